"""Search: a query's grammar, what it finds, in which order.

operators.py   the table of operators: how each is read, what it means, its SQL
grammar.py     text -> query; any text is a query
retrieve.py    query -> candidates, by words and by meaning, inside one viewer's view
rank.py        candidates -> order; near-duplicates folded
search.py      the whole: what the API, the CLI and Ask call
"""
