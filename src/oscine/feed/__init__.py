"""A feed that people can steer: sources → hydrate → filters → scorers → selector. Ranking decides the order; the view alone decides what may be seen.

pipeline.py  the stages, and how they are run; pure
reader.py    who reads: what they did, whom they follow, what they have seen
for_you.py   the composed feed: the list of its stages
"""
