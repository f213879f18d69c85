"""Search under a licence that withholds what the index knows a post by: its author's name, its pictures' descriptions, its links.

A post is found by what the licence gives of it and by nothing else: the newest posts that the words may mean are read as the viewer may, indexed anew as if
they had been written so, and the whole query is asked of that. By words only, since vectors know names; and among the newest thousand only, which `READ` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.sql import SQL, Composable, Identifier, Literal

from oscine import ingest
from oscine.access import reading
from oscine.access.reading import Reading
from oscine.records import PostWritten
from oscine.search import retrieve
from oscine.search.grammar import And, Node, Not, Or, Query
from oscine.search.retrieve import Candidate
from oscine.view import EVERYTHING, View

READ = 1_000  # posts that are indexed anew, the newest
KNOWN_BY = frozenset({"author", "media", "links"})
_NEWEST = SQL("p.created_at DESC, p.id DESC")
_COLUMNS = SQL(", ").join(
    SQL("q.{}").format(Identifier(name))
    for name in ("id", "network", "key", "author", "text", "created_at", "lang", "reply_to", "root", "quote_of", "visibility", "media", "urls", "tags",
                 "mentions", "likes", "reposts", "replies", "quotes", "labels", "sensitive", "content_warning", "source", "lat", "lon", "place", "card")
)  # fmt: skip
_ANEW = SQL("(SELECT {columns}, t.told::tsvector AS lexemes FROM posts q JOIN unnest({posts}::bigint[], {lexemes}::text[]) AS t(id, told) ON t.id = q.id) p")


def needed(view: View) -> bool:
    """Whether a viewer's licence withholds what the index knows posts by."""
    return bool(view.withheld & KNOWN_BY)


def candidates(view: View, query: Query, languages: Sequence[str | None]) -> list[Candidate]:
    """The posts that hold some word of the query, each with how many of its words it holds."""
    said: list[Composable] = [retrieve.all_words(query._replace(words=(word,)), languages) for word in retrieve.needed(query, languages)]
    some = SQL("({})").format(SQL(" OR ").join(said)) if said else EVERYTHING
    held = SQL(" + ").join([SQL("({})::int").format(each) for each in said]) if said else SQL("1")
    counted = SQL("0") if "counts" in view.withheld else SQL("p.likes + 2 * (p.reposts + p.quotes) + p.replies")
    whose = SQL("p.id") if "author" in view.withheld else SQL("p.author")
    columns = SQL("p.id AS number, ({})::float AS words, NULL::float AS near, p.created_at, {} AS engagement, char_length(p.text) AS length, {} AS author")
    return [Candidate(**row) for row in _found(view, query, languages, columns.format(held, counted, whose), some, _NEWEST, EVERYTHING)]


def numbers(view: View, query: Query, languages: Sequence[str | None], limit: int, before: tuple[datetime, int] | None = None, count: str = "") -> list[int]:
    """Numbers of the newest posts that hold every word, those before a moment and number if given; or, by a `count`, those with most of it."""
    older = SQL("(p.created_at, p.id) < ({}, {})").format(*map(Literal, before)) if before else EVERYTHING
    order = SQL("p.{} DESC, {}").format(Identifier(retrieve.COUNTS[count]), _NEWEST) if count else _NEWEST
    rows = _found(view, query, languages, SQL("p.id"), retrieve.all_words(query, languages), order, older)
    return [row["id"] for row in rows[:limit]]


def _found(view: View, query: Query, languages: Sequence[str | None], columns: Composable, words: Composable, order: Composable,
           older: Composable) -> list[dict[str, Any]]:  # fmt: skip
    positive = query._replace(must=tuple(node for node in query.must if not _denies(node)))  # what the index denies, the given fields may not
    may = retrieve.conjunction([retrieve.condition(positive, languages), words, older])
    posts = [row["id"] for row in view.select(SQL("p.id"), may, READ, order=_NEWEST)]
    with reading.reading(Reading()):  # looked at, not handed out
        seen = view.posts(posts)
    lexemes = [ingest.index(PostWritten(cursor=0, post=each.post, author=each.author)).lexemes for each in seen]
    anew = _ANEW.format(columns=_COLUMNS, posts=Literal([each.number for each in seen]), lexemes=Literal(lexemes))
    does = retrieve.conjunction([retrieve.condition(query, languages), words])
    return view.select(columns, does, READ, order=order, tables=anew) if seen else []


def _denies(node: Node) -> bool:
    return isinstance(node, Not) or (isinstance(node, And | Or) and any(map(_denies, node.nodes)))
