"""Posts of the people one follows, and of nobody else, newest first, through one's own view: public ones and those for followers.

The store is asked for ever longer spans of time, so that neither many authors nor few make it read much. It does not rank.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from psycopg.sql import SQL, Composable, Literal

from oscine.view import EVERYTHING, View

ORDER = SQL("p.created_at DESC, p.id DESC")
SPANS = (timedelta(hours=6), timedelta(days=2), timedelta(days=14), timedelta(days=120), timedelta(days=1_500))
Place = tuple[datetime, int]  # when a post was written, and its number


def by_followed(number: int, without: int = 0) -> Composable:
    """That an account follows a post's author; `without` is one that it is to be thought not to follow."""
    follows = SQL("SELECT target FROM relations WHERE actor = {} AND kind = 'follow' AND active AND target <> {}")
    return SQL("p.author IN ({})").format(follows.format(Literal(number), Literal(without)))


def newest(
    view: View, where: Composable, limit: int, now: datetime, since: datetime | None = None, before: Place | None = None, many: bool = False
) -> list[Place]:
    """The newest posts that may be seen, from `since`, up to `now` and before a place, if given; newest first.

    Where `many` posts meet the condition they are looked for in their order in time, else among their authors'.
    """
    older = SQL("(p.created_at, p.id) < ({}, {})").format(*map(Literal, before)) if before else EVERYTHING
    end, found = before[0] if before else now, list[Place]()
    for span in (*SPANS, None):
        start = since if span is None else max(end - span, since) if since else end - span
        after = SQL("p.created_at >= {}").format(Literal(start)) if start else EVERYTHING
        condition = SQL("{} AND {} AND {} AND p.created_at <= {}").format(where, older, after, Literal(now))
        rows = view.select(SQL("p.id, p.created_at"), condition, limit, order=ORDER, by_index=many)
        found = [(row["created_at"], row["id"]) for row in rows]
        if len(found) == limit or start == since:
            break
    return found
