"""Training: arrays in, arrays out. An island: it knows neither posts nor files, and needs torch (the extra `train`).

encoder.py   the sentence encoder that adapters are trained on
fit.py       the loop: steps, rates, the end
reader.py    an adapter that reads posts for a question
query.py     an adapter that embeds questions
"""
