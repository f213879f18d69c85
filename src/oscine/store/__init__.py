"""PostgreSQL, embedded or the operator's own: posts, accounts, relations, engagement, vectors, keys.

embedded.py   a server in the data directory, started with the first process that needs it and stopped with the last
postgres.py   connections to a server, whichever it is; what it must have; errors in our own words
migrations/   the schema, by Alembic
posts.py      write, edit, delete: one batch of events, one transaction
vectors.py    which posts still lack a vector, and the vectors
words_index.py  keeps the BM25 index right across restarts
imports.py    how far each file has been read

Advertising: what is ordered, what was served and charged; `terms.py` says what may be ordered, `states.py` what may follow what,
`shapes.py` how rows become records.

advertisers.py  who pays
campaigns.py    campaigns with their trail, and what stands in an auction; with flights.py, creatives.py, orders.py
ledger.py       money set aside, events and their charges; with reservations.py, recording.py, entries.py, retention.py, prepared.py
outcomes.py    what ads brought, counted from what is kept and what was rolled up
repository.py  what was shown within a year, for the public
"""
