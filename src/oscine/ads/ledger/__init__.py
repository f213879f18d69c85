"""What may be believed of an ad's events, before `oscine.store.ledger` keeps and charges them.

tokens.py     what an ad carries: signed, expiring
traffic.py    which events look like no person's: rules, each with its reason; `traffic.toml` has the limits and the sentences
recent.py     how often somebody did something in the last minute, in memory alone

Pure, but for `recent.py`, which counts. Nothing here knows money: what is refused here is kept with its reason and not charged.
"""
