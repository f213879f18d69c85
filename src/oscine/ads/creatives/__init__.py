"""Ads: texts made from an advertiser's own page, each claim tied to the passage that it stands on.

page.py         a landing page or a brief as what a reader of it sees: visible.py what is seen, blocks.py in what order, about.py what it
                says of itself, looks.py its pictures and colours; fetch.py gets it from an address
placements.py   where a text is shown, and how long it may be there
texts.py        the records: audience, wish, variant, claim, what was dropped and why
phrases.py      a sentence shortened at its clauses, and what kind of thing it says
compose.py      variants out of the page's own sentences, by the patterns in patterns/
write.py        variants by a language model, where one is in use
choose.py       best of many: ranked by the reward, chosen to be distinct; nearness.py tells how near texts are
creative.py     the whole: from a page and a wish to variants that stand on the page
hashtags.py     hashtags out of the page's own words
claims.py       which sentences claim something, and whether the page says so
audiences.py    who may not be aimed at
measures.py     distinct, fitting, readable: measured

Nothing here knows whether a page tells the truth: a text claims what its page claims, and no more.
"""
