"""The page that people open: posts and ads by rules of adjacency, what was served kept so that it can be measured, what one missed.

It decides neither the order of posts nor which ad wins.

page.py       posts and ads on one page, kept as it was served
adjacency.py  where ads may stand
ads.py        ads for those places
outcomes.py   what came of a page, as it is told
why.py        why a post stands on a page, and where it would stand otherwise
catch_up.py   what one missed
digest.py     the best of some days
"""
