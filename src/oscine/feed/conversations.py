"""Conversations: those that a viewer takes part in, and those that many people had. What is counted is what the viewer may see.

A conversation is known by the post that began it, or by what is replied to where a network does not tell how it began. It tells nothing of what was said.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg.sql import SQL, Composable, Literal

from oscine.records import Viewer
from oscine.search.feed import UNHIDDEN
from oscine.search.retrieve import SEARCHABLE, conjunction
from oscine.view import EVERYTHING, View

OWN = 500  # of the viewer's newest posts, whose conversations are looked at
ROOT = SQL("coalesce(p.root, p.reply_to, p.key)")
LOOKED_AT = 20_000  # posts of a time, the newest, among which conversations are looked for
_BUSIEST = SQL("""
SELECT network, coalesce(root, reply_to, key) AS root FROM (
    SELECT network, root, reply_to, key, author, created_at FROM p ORDER BY created_at DESC, id DESC LIMIT {most}) AS newest
GROUP BY 1, 2 HAVING count(DISTINCT author) >= {fewest} ORDER BY count(DISTINCT author) DESC, count(*) DESC, max(created_at) DESC, 1, 2 LIMIT {limit}
""")
_COUNTS = SQL("count(*) AS posts, count(DISTINCT p.author) AS people")


class Span(NamedTuple):
    """A time: after `since`, up to `until`."""

    since: datetime
    until: datetime

    @property
    def posts(self) -> Composable:
        """The posts `p` of it."""
        return SQL("p.created_at > {} AND p.created_at <= {}").format(Literal(self.since), Literal(self.until))


class Conversation(NamedTuple):
    """A conversation by the id of what began it, with how many posts by how many people were counted."""

    network: str
    root: str
    posts: int = 0
    people: int = 0

    @property
    def within(self) -> Composable:
        """The posts `p` of it."""
        known = SQL("(p.network = {} AND (p.key = {root} OR p.root = {root} OR (p.root IS NULL AND p.reply_to = {root})))")
        return known.format(Literal(self.network), root=Literal(self.root))


class Own(NamedTuple):
    """What a viewer wrote, newest first: the ids, and the conversations by what began them."""

    keys: list[str]
    roots: list[str]


def own(view: View) -> Own:
    """The viewer's own posts; none of an anonymous one."""
    if view.viewer.anonymous:
        return Own([], [])
    rows = view.select(
        SQL("p.key, {} AS root").format(ROOT), SQL("p.author = {}").format(me(view.viewer)), OWN, order=SQL("p.created_at DESC, p.id DESC")
    )
    return Own([row["key"] for row in rows], list(dict.fromkeys(row["root"] for row in rows)))


def others(view: View) -> Composable:
    """The posts `p` of other people that the viewer did not ask to see less of."""
    if view.viewer.anonymous:
        return EVERYTHING
    return SQL("(p.author IS DISTINCT FROM {} AND {})").format(me(view.viewer), UNHIDDEN)


def hidden(view: View, numbers: Sequence[int]) -> set[int]:
    """Which of some posts the viewer asked to see no more."""
    if view.viewer.anonymous or not numbers:
        return set()
    where = SQL("p.id = ANY ({}) AND NOT {}").format(Literal(list(numbers)), UNHIDDEN)
    return {row["id"] for row in view.select(SQL("p.id"), where, len(numbers))}


def followed(viewer: Viewer) -> Composable:
    """The posts `p` by people whom a viewer follows."""
    return SQL("p.author IN (SELECT target FROM relations WHERE actor = {} AND kind = 'follow' AND active)").format(me(viewer))


def me(viewer: Viewer) -> Composable:
    """The number of a viewer's account."""
    return SQL("(SELECT id FROM accounts WHERE (network, key) = ({}, {}))").format(Literal(viewer.network), Literal(viewer.account))


def mine(view: View, own: Own, span: Span, limit: int) -> list[Conversation]:
    """Conversations that the viewer takes part in and in which others wrote, the busiest first; direct replies to the viewer are not counted."""
    if not own.roots:
        return []
    inside = SQL("p.network = {} AND (p.root = ANY ({roots}) OR (p.root IS NULL AND p.reply_to = ANY ({roots})))")
    parts = [
        inside.format(Literal(view.viewer.network), roots=Literal(own.roots)),
        span.posts,
        others(view),
        SQL("NOT ({})").format(answers(view, own)),
    ]
    return _found(view, conjunction(parts), 1, limit)


def busiest(view: View, among: Composable, span: Span, fewest: int, limit: int, but: Collection[str] = ()) -> list[Conversation]:
    """Conversations in which most people wrote, of those whose posts meet `among`; without those that began with one of the posts `but`."""
    apart = SQL("{} <> ALL ({})").format(ROOT, Literal(list(but))) if but else EVERYTHING
    return _found(view, conjunction([among, span.posts, others(view), SEARCHABLE, apart]), fewest, limit)


def answers(view: View, own: Own) -> Composable:
    """The posts `p` that reply to the viewer."""
    return SQL("(p.network = {} AND p.reply_to IS NOT NULL AND p.reply_to = ANY ({}))").format(
        Literal(view.viewer.network), Literal(own.keys)
    )


def mentions(viewer: Viewer) -> Composable:
    """The posts `p` that name the viewer."""
    return SQL(
        "(p.network = {} AND p.mentions && ARRAY(SELECT unnest(ARRAY[lower(key), lower(handle)]) FROM accounts WHERE id = {}))"
    ).format(Literal(viewer.network), me(viewer))


def _found(view: View, where: Composable, fewest: int, limit: int) -> list[Conversation]:
    rows = view.among(_BUSIEST.format(most=Literal(LOOKED_AT), fewest=Literal(fewest), limit=Literal(limit)), where)
    found = [Conversation(row["network"], row["root"]) for row in rows]
    counts = [view.select(_COUNTS, conjunction([each.within, where]), 1)[0] for each in found]
    return [each._replace(posts=row["posts"], people=row["people"]) for each, row in zip(found, counts, strict=True)]
