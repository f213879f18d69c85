"""Whom and where: what is known of a page and, where they allow it, of a person; never a special category.

check.py        what may be ordered, each rule by name; special.py which special category some words touch, by words and by meaning
vocabulary.py   the words of live campaigns, told of places and of people: fills `Place` and `Person`
basis.py        what is known of posts whatever campaigns ask; reader.py posts read for campaigns' words; context.py how safe a place is
topics.py       which topics a post is about, calibrated on the network's own posts
matching.py     a search query, met or not by one post; conditions.py the operators that a single post answers
interests.py    which interests a person's acts tell; lookalike.py whether they resemble a seed
reach.py        how many people and places a targeting would match
countries.py    codes of countries, as OpenRTB writes them
recent.py       what was used last; remembering.py queries that are embedded once

Data: `special.toml` (what the special categories are about), `panel.txt` (ordinary subjects, that topics are compared with).
"""
