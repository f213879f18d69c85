"""The conversation that a post stands in, as one viewer may see it: what it replies to, and what hangs below.

It reads only through the view: a post that is not for this viewer is left out, and nothing tells that it is there. It ranks nothing and
explains nothing.
"""

from __future__ import annotations

from datetime import datetime

from psycopg.sql import SQL, Composable, Literal

from oscine.errors import NotFound
from oscine.view import SeenPost, View

DEEPEST = 50  # posts that are climbed
_BELOW = SQL(
    "p.id IN (WITH RECURSIVE thread AS (SELECT id, network, key FROM posts WHERE network = {network} AND (key = {key} OR root = {key})"
    " UNION SELECT c.id, c.network, c.key FROM posts c JOIN thread t ON (c.network, c.reply_to) = (t.network, t.key))"
    " SELECT id FROM thread)"
)


def conversation(view: View, key: str, network: str = "", limit: int = 50) -> list[SeenPost]:
    """The first `limit` posts of the conversation that a post stands in, oldest first; the post is always among them. Raises `NotFound`."""
    asked = view.post(key, network)
    above = _above(view, asked)
    rows = view.select(SQL("p.id"), _below([asked, *above][-1]), limit, order=SQL("p.created_at, p.id"))
    posts = {seen.number: seen for seen in [asked, *above, *view.posts([row["id"] for row in rows])]}
    others = sorted((seen for number, seen in posts.items() if number != asked.number), key=_age)
    return sorted([asked, *others[: limit - 1]], key=_age)


def _age(seen: SeenPost) -> tuple[datetime, int]:
    return seen.post.created_at, seen.number


def _above(view: View, seen: SeenPost) -> list[SeenPost]:
    """What a post replies to, the nearest first, as far up as this viewer may see; over a gap, to the post that began it all."""
    climbed: list[SeenPost] = []
    known = {seen.number}
    while len(climbed) < DEEPEST and (parent := _first_seen(view, seen)) and parent.number not in known:
        known.add(parent.number)
        climbed.append(parent)
        seen = parent
    return climbed


def _first_seen(view: View, seen: SeenPost) -> SeenPost | None:
    for key in filter(None, (seen.post.reply_to, seen.post.root)):
        try:
            return view.post(key, seen.post.network)
        except NotFound:
            continue
    return None


def _below(top: SeenPost) -> Composable:
    return _BELOW.format(network=Literal(top.post.network), key=Literal(top.post.id))
