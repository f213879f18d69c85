"""Which ad stands in a place, at what price, and why. Pure: no input or output, no clock; time and randomness are arguments.

place.py      what is known of a place and of the person before it: made by `ads.audience`, read by everything here
market.py     live orders, compiled: a row each, and for each rule an index from what is asked for to the rows that ask
targeting.py  what of a place and a person stands against each order, for all at once
frequency.py  how often one person may see a campaign
brand.py      beside what posts an ad may stand
rates.py      how likely a click is, or a conversion after one: learned online
bidding.py    what an order bids that bids by itself
pacing.py     the chance that an order may bid, so that its budget lasts as planned
auction.py    first price, second price, GSP, VCG: who stands where, at what price
choice.py     which of a campaign's creatives, by Thompson sampling
decide.py     one decision for one place, from candidates to creatives
explain.py    a decision as a record, and all that can be told of it
reasons.py    why an order does not stand in a place: codes, and sentences in reasons.toml
"""
