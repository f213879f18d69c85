"""`oscine eval model`: how well a language model knows posts that it has not seen, what it remembers word for word, how it writes, what it can tell.

run.py         one evaluation, as a report and as JSON      subjects.py    the model that a name means
held.py        the posts, and bits per byte of them         memory.py      canaries, exposure, extraction
tasks.py       choices by likelihood                        samples.py     what it writes when nobody asks

Models are opened and read by `model/bits.py`; nothing is trained here and nothing fetched.
"""
