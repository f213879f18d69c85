"""What a person may know of an ad and change, and what the public may look up.

why.py          who pays for an ad, on whose behalf, why it was shown, what to change and where; what "less of this" means
repository.py   every ad that was shown within a year: what, whose, for whom, how many saw it; what was taken down, and why
phrases.py      the sentences, which stand in phrases.toml, and the names of languages and places

The articles are those of the Digital Services Act (Regulation (EU) 2022/2065): 26 for the person, 39 for the public.
"""
