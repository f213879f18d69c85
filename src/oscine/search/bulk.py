"""Posts in bulk, in the order in which they arrived: a small batch at a time, each read anew through the view that holds at that moment.

A batch is what stands in a window of the store's numbers, so that no statement reads far however little of it is wanted. It knows no wire, and keeps nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from psycopg.sql import SQL, Composable, Literal

from oscine.errors import InputError, NotAllowed
from oscine.search import grammar, licensed, narrowed
from oscine.search.retrieve import conjunction
from oscine.search.search import Search
from oscine.sources import lines
from oscine.view import SeenPost, View

BATCH = 100  # posts
WINDOW = 20_000  # numbers that a batch looks through
LARGEST = 10**18
_SAID = SQL("p.id, a.intents, a.intents_at, a.searchable")
_WITH_AUTHOR = SQL("posts p JOIN accounts a ON a.id = p.author")


class Wanted(NamedTuple):
    """What of the posts is wanted: written since, of one network, meeting a query."""

    since: datetime | None = None
    network: str = ""
    query: str = ""


class Batch(NamedTuple):
    """Posts as lines of Oscine JSONL, each with its number; `authors` are lines of what theirs said; all up to number `upto` is told."""

    posts: list[tuple[int, dict[str, Any]]]
    authors: list[dict[str, Any]]
    upto: int


def cursor(given: str) -> int:
    """The number that a cursor stands for; 0 for none. Raises `InputError`."""
    if not given:
        return 0
    if not given.isascii() or not given.isdigit() or int(given) > LARGEST or len(given) > 20:
        raise InputError(f"{given[:40]!r} is no cursor of ours.", "Give the last one that was told.")
    return int(given)


def batch(search: Search, view: View, wanted: Wanted, after: int, upto: int, now: datetime) -> Batch:
    """What comes after one number, up to another. Raises `NotAllowed` where the query would tell of what the viewer's licence withholds."""
    last = min(upto, after + WINDOW)
    where = SQL("p.id > {} AND p.id <= {} AND {}").format(Literal(after), Literal(last), _condition(search, view, wanted, now))
    said = {row["id"]: row for row in view.select(_SAID, where, BATCH, order=SQL("p.id"), tables=_WITH_AUTHOR)}
    seen = view.posts(list(said))
    posts = [(each.number, lines.post(each.post, each.author, each.number, _intents(said[each.number]), view.withheld)) for each in seen]
    return Batch(posts, _authors(seen, said), max(said) if len(said) == BATCH else last)


def check(view: View, query: str, now: datetime) -> None:
    """Raise `NotAllowed` where a query would tell of what the viewer's licence withholds: its words are looked for in more than the text."""
    if not query:
        return
    licensed.check(view, grammar.parse(query, now, view.viewer))
    if narrowed.needed(view):
        missing = ", ".join(sorted(view.withheld & narrowed.KNOWN_BY))
        raise NotAllowed(f"A query looks for its words in what this licence does not give as well: {missing}.", "Leave the query out, and look yourself.")


def _condition(search: Search, view: View, wanted: Wanted, now: datetime) -> Composable:
    check(view, wanted.query, now)
    parts = [SQL("p.created_at >= {}").format(Literal(wanted.since))] if wanted.since else []
    parts += [SQL("p.network = {}").format(Literal(wanted.network))] if wanted.network else []
    query = [search.condition(wanted.query, now, view.viewer)] if wanted.query else []
    return conjunction([*parts, *query])


def _intents(row: dict[str, Any]) -> dict[str, Any]:
    """What an author said; that they are not to be found by search is said too, whoever said it."""
    return dict(row["intents"]) | ({} if row["searchable"] else {"search": "deny"})


def _authors(seen: list[SeenPost], said: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    told = {}
    for each in seen:
        row = said[each.number]
        if each.post.author and (row["intents"] or not row["searchable"]):
            told[each.post.network, each.post.author] = lines.account(
                each.post.network, each.post.author, row["intents"], row["intents_at"], row["searchable"]
            )
    return list(told.values())
