"""From posts to training shards: what may be trained on, cleaned, without doubles and personal data, with a ledger of who is in it.

build.py          the pipeline: one list of steps, and what drives it
posts.py          reading files and the store into frames, and what their authors say meanwhile
permission.py     who and what may go in; what is withdrawn stays out whole
cleaning.py       short texts made plain        rules.py     what is no text to learn from, with reasons
personal.py       personal data out             scores.py    language, toxicity, quality
duplicates.py     exact and near doubles        contamination.py  what stands in an evaluation set
threads.py        replies become documents, documents get their split
shards.py         documents to Parquet          ledger.py    who went in, signed and provable
shingles.py       what of a text is compared, hashed          scratch.py   where texts lie meanwhile
report.py         counts and samples to read    card.py      the data card
folder.py         corpora that are there: list, verify, prove
workers.py        many processes, one order     ray_workers.py    many machines, one order
options.py        what an operator chooses

It needs Polars (`pip install 'oscine[train]'`); nothing here trains.
"""
