"""Every search operator once: how its value is read, what it means, its condition in SQL, its help; one file a family.

The parser, the completion in the web app and `docs/reference/search.md` are made from this table.

base.py        what an operator is          links.py       links and cards
texts.py       what a text says             threads.py     conversations, replies, quotes, reposts
people.py      who                          engagement.py  how many likes, reposts, replies
times.py       when                         places.py      where
kinds.py       of which kind                sources.py     written with what; in which order
"""

from __future__ import annotations

from oscine.search.operators import engagement, kinds, links, people, places, sources, texts, threads, times
from oscine.search.operators.base import Operator, Reading, Unanswerable
from oscine.search.operators.kinds import FILTERS, LEFT_OUT, UNANSWERED, Kind
from oscine.search.operators.sources import Order

FAMILIES: dict[str, str] = {
    "people": "People", "text": "Text", "time": "Time", "kind": "Kinds", "links": "Links and cards", "thread": "Conversations",
    "engagement": "Engagement", "place": "Place", "other": "Program and order",
}  # fmt: skip
_ROWS = (people, texts, times, kinds, links, threads, engagement, places, sources)
OPERATORS: dict[str, Operator] = {operator.name: operator for family in _ROWS for operator in family.ALL}
SIGNS: dict[str, Operator] = {name: operator for name, operator in OPERATORS.items() if name in "@#$+"}
"""Operators that stand before a word without a colon."""
_NAMED = {name: operator for operator in OPERATORS.values() for name in (operator.name, *operator.synonyms)}
SYNTAX: tuple[tuple[str, str], ...] = (
    ("storm warning", "the best posts about it, by words and by meaning; with `sort:latest`, posts that hold every word"),
    ('"storm warning"', "posts with exactly these words next to each other"),
    ('"storm * warning"', "the same, with any one word in the place of each `*`"),
    ("storm -sandy", "no post with the word; `-` works before phrases, operators and parentheses too"),
    ("rain OR snow", "one or the other; OR binds tighter than the space between words, as on X"),
    ("rain AND snow", "both, as without `AND`"),
    ("(rain snow) OR hail", "parentheses group; inside them, and under OR and `-`, words must hold"),
)
"""What is written without an operator: an example and what it finds."""

__all__ = ["FAMILIES", "FILTERS", "LEFT_OUT", "OPERATORS", "SIGNS", "SYNTAX", "UNANSWERED", "Kind", "Operator", "Order", "Reading", "Unanswerable", "named"]


def named(name: str) -> Operator | None:
    """The operator of a name or synonym, in any case."""
    return _NAMED.get(name.lower())
