"""A query as a list without end: the posts of one network that meet it, newest first, page after page, each post once.

Only posts that hold every word of the query are in it, and none of which the viewer has asked to see less. A post dated in the future waits for its
day. It does not know how it is asked for.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from psycopg.sql import SQL, Literal

from oscine.access import reading
from oscine.search import cursor as cursors
from oscine.search import retrieve
from oscine.search.cursor import Place
from oscine.search.search import Search
from oscine.view import EVERYTHING, View

ORDER = SQL("p.created_at DESC, p.id DESC")
UNHIDDEN = SQL(
    "NOT EXISTS (SELECT FROM me JOIN engagements e ON e.actor = me.id"
    " WHERE (e.network, e.post, e.kind) = (p.network, p.key, 'hide') AND e.active)"
)


class Page(NamedTuple):
    """Ids of posts, and the cursor of those that follow; None where there are none."""

    posts: list[str]
    cursor: str | None


def page(search: Search, view: View, network: str, query: str, now: datetime, limit: int = 50, cursor: str | None = None) -> Page:
    """One page of what `view` shows. Raises `InputError` for a cursor that is none of ours."""
    before = cursors.read(cursor).before
    older = SQL("(p.created_at, p.id) < ({}, {})").format(*map(Literal, before)) if before else EVERYTHING
    here = SQL("p.network = {} AND p.created_at <= {}").format(Literal(network), Literal(now))
    wanted = EVERYTHING if view.viewer.anonymous else UNHIDDEN
    where = retrieve.conjunction([here, search.condition(query, now), wanted, older])
    author = SQL("(SELECT a.key FROM accounts a WHERE a.id = p.author) AS author")
    rows = view.select(SQL("p.id, p.network, p.key, p.created_at, {}").format(author), where, limit + 1, order=ORDER)
    more = len(rows) > limit
    last = rows[:limit][-1:]
    reading.note([(row["network"], row["key"], row["author"]) for row in rows[:limit]])
    onward = cursors.write(Place(before=(last[0]["created_at"], last[0]["id"]))) if more else None
    return Page([row["key"] for row in rows[:limit]], onward)
