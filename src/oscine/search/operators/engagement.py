"""Operators of counts: at least so many likes, reposts, replies, quotes; negated, fewer."""

from __future__ import annotations

from psycopg.sql import SQL, Literal

from oscine.search.operators.base import Operator, number


def _minimum(name: str, column: str, *synonyms: str) -> Operator:
    return Operator(
        name,
        f"{name}:10",
        f"with at least so many {column}; negated, with fewer",
        "engagement",
        number,
        lambda n: f"with at least {n} {column}",
        lambda n: SQL(f"p.{column} >= {{}}").format(Literal(n)),
        lambda n: f"with fewer than {n} {column}",
        synonyms,
    )


ALL = [
    _minimum("min_faves", "likes", "min_likes", "min_favorites"),
    _minimum("min_retweets", "reposts", "min_reposts"),
    _minimum("min_replies", "replies"),
    _minimum("min_quotes", "quotes"),
]
