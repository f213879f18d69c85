"""Query → candidates: by words (BM25), by meaning (vectors), or simply the newest; always inside one viewer's view.

Every condition of the query stands in the same statement as the index scan and the view's predicate. It does not decide the order of
what it finds: `rank` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg.sql import SQL, Composable, Identifier, Literal

from oscine import text
from oscine.search.grammar import And, Condition, Node, Not, Or, Phrase, Query, Word
from oscine.search.operators.base import adjacent, matching
from oscine.store.vectors import literal
from oscine.view import EVERYTHING, TABLE, View

EXACT_BELOW = 5_000  # where conditions leave fewer posts than this, every vector is compared
_WILDCARD = re.compile(r"(?:^|\s)\*(?=\s|$)")
COUNTS = {"likes": "likes", "reposts": "reposts", "replies": "replies"}  # the orders that are a count, and its column
_WITH_VECTORS = SQL("posts p JOIN vectors v ON v.post = p.id")
SEARCHABLE = SQL("p.author NOT IN (SELECT id FROM accounts WHERE NOT searchable)")


class Candidate(NamedTuple):
    """A post that may be a result: its BM25 score (0 where it shares no word), its cosine (None without a vector), and what else may count.

    `feedback` is its cosine to the middle of the best posts, once those are known; `length` is in characters.
    """

    number: int
    words: float
    near: float | None
    created_at: datetime
    engagement: int
    linked: bool = False
    length: int = 0
    author: int = 0
    feedback: float | None = None


def condition(query: Query, languages: Sequence[str | None]) -> Composable:
    """What must hold of a result, as SQL."""
    return conjunction([SEARCHABLE, *(_condition(node, languages) for node in query.must)])


def all_words(query: Query, languages: Sequence[str | None]) -> Composable:
    """That a post holds every bare word of the query, in any of its forms; stop words need not be there."""
    return conjunction([_condition(word, languages) for word in needed(query, languages)])


def needed(query: Query, languages: Sequence[str | None]) -> Sequence[Word]:
    """The bare words that a post must hold: those that are no stop words; all of them where nothing else is left."""
    return [word for word in query.words if not _is_stop_word(word.text, languages)] or query.words


def conjunction(conditions: Iterable[Composable]) -> Composable:
    """All of them."""
    return SQL("({})").format(SQL(" AND ").join([*conditions] or [EVERYTHING]))


def rank_words(query: Query, languages: Sequence[str | None]) -> str:
    """The words to rank by, as BM25 wants them: the stems in each language the words may be in, stop words left out if others remain."""
    wanted = " ".join(query.wanted)
    stems = {
        token.stem: not text.is_stop_word(token.exact, lang)
        for lang in languages
        for token in _telling(text.tokens(wanted, lang))
        if token.kind in ("word", "dense", "emoji")
    }
    chosen = [stem for stem, carries_topic in stems.items() if carries_topic] or list(stems)
    return " ".join(map(text.ascii_word, chosen))


def by_words(view: View, words: str, vector: NDArray[np.float32] | None, where: Composable, limit: int) -> list[Candidate]:
    """The best posts by BM25, best first, with their cosines to `vector`."""
    if not words:
        return []
    score = SQL("-bm25_get_current_score()")  # of the index scan: to score a row anew costs ten times as much
    rows = view.select(_columns(score, vector), where, limit, order=_bm25(words), tables=_tables(vector, SQL("LEFT JOIN")), by_index=True)
    return [Candidate(**row) for row in rows if row["words"] > 0]


def few(view: View, where: Composable) -> list[int] | None:
    """The numbers of all posts that meet the conditions, if they are so few that every vector can be compared; else None."""
    rows = view.select(SQL("p.id"), where, EXACT_BELOW)
    return [row["id"] for row in rows] if len(rows) < EXACT_BELOW else None


def by_meaning(
    view: View, words: str, vector: NDArray[np.float32], where: Composable, limit: int, among: list[int] | None
) -> list[Candidate]:
    """The nearest posts, nearest first, with their BM25 scores: by the vector index, or by comparing every vector `among` some."""
    distance = _distance(vector)
    order = distance
    if among is not None:
        where = SQL("p.id = ANY ({})").format(Literal(among))
        order = SQL("({}) + 0").format(distance)  # the index cannot serve an expression
    score = SQL("-({})").format(_bm25(words)) if words else SQL("0.0::float")
    rows = view.select(_columns(score, vector), where, limit, order=order, tables=_tables(vector, SQL("JOIN")), by_index=among is None)
    return [Candidate(**row) for row in rows]


def most(view: View, where: Composable, count: str, limit: int) -> list[int]:
    """Numbers of the posts with most likes, reposts or replies, newer ones first among equals."""
    order = SQL("p.{} DESC, p.created_at DESC, p.id DESC").format(Identifier(COUNTS[count]))
    return [row["id"] for row in view.select(SQL("p.id"), where, limit, order=order)]


def feedback(view: View, best: Sequence[int], numbers: Sequence[int]) -> dict[int, float]:
    """How near posts are to the middle of the best ones: what those have in common may say better than the query what it is about.

    Pseudo-relevance feedback (Rocchio 1971) on vectors; posts without one are left out.
    """
    middle = SQL("(SELECT avg(w.embedding) FROM vectors w WHERE w.post = ANY ({}))").format(Literal(list(best)))
    columns = SQL("p.id AS number, 1 - (v.embedding <=> {}) AS near").format(middle)
    rows = view.select(columns, SQL("p.id = ANY ({})").format(Literal(list(numbers))), len(numbers), tables=_WITH_VECTORS)
    return {row["number"]: row["near"] for row in rows if row["near"] is not None}


def _columns(words: Composable, vector: NDArray[np.float32] | None) -> Composable:
    near = SQL("NULL::float") if vector is None else SQL("1 - ({})").format(_distance(vector))
    return SQL(
        "p.id AS number, {} AS words, {} AS near, p.created_at, p.likes + 2 * (p.reposts + p.quotes) + p.replies AS engagement,"
        " p.urls <> '{{}}' AS linked, char_length(p.text) AS length, p.author"
    ).format(words, near)


def _tables(vector: NDArray[np.float32] | None, join: Composable) -> Composable:
    return TABLE if vector is None else SQL("posts p {} vectors v ON v.post = p.id").format(join)


def newest(view: View, where: Composable, limit: int, before: tuple[datetime, int] | None) -> list[int]:
    """Numbers of the newest posts, newest first, those before a moment and number if given."""
    older = SQL("(p.created_at, p.id) < ({}, {})").format(*map(Literal, before)) if before else EVERYTHING
    order = SQL("p.created_at DESC, p.id DESC")
    return [row["id"] for row in view.select(SQL("p.id"), conjunction([where, older]), limit, order=order)]


def _bm25(words: str) -> Composable:
    return SQL("p.words <@> to_bm25query({}, 'posts_words')").format(Literal(words))


def _distance(vector: NDArray[np.float32]) -> Composable:
    return SQL("v.embedding <=> {}::halfvec").format(Literal(literal(vector)))


def _condition(node: Node, languages: Sequence[str | None]) -> Composable:
    stated = _stated(node, languages)
    return EVERYTHING if stated is None else stated


def _stated(node: Node, languages: Sequence[str | None]) -> Composable | None:
    """What a node demands; None where it has nothing that is indexed (`-!!!`), so that its contrary demands nothing either."""
    if isinstance(node, Not):
        inner = _stated(node.node, languages)
        return None if inner is None else SQL("NOT coalesce({}, false)").format(inner)
    if isinstance(node, And | Or):
        parts = [part for child in node.nodes if (part := _stated(child, languages)) is not None]
        return SQL("({})").format(SQL(" AND " if isinstance(node, And) else " OR ").join(parts)) if parts else None
    if isinstance(node, Condition):
        return node.operator.condition and SQL("({})").format(node.operator.condition(node.value))
    tsquery = _phrase(node, languages) if isinstance(node, Phrase) else _word(node, languages)
    return matching(tsquery) if tsquery else None


def _word(word: Word, languages: Sequence[str | None]) -> str:
    """A tsquery: at each place of the word, one of its forms."""
    return " & ".join(f"({' | '.join(sorted(map(text.quote, at)))})" for at in forms(word, languages))


def _phrase(phrase: Phrase, languages: Sequence[str | None]) -> str:
    """A tsquery: the exact words, at the distances at which they stand."""
    return adjacent(exact(phrase, languages))


def forms(word: Word, languages: Sequence[str | None]) -> list[set[str]]:
    """At each place of a word (it may be several, as in `e-mail`), the lexemes of its forms."""
    places: dict[int, set[str]] = {}
    for lang in languages:
        for token in _telling(text.tokens(word.text, lang)):
            places.setdefault(token.position, set()).add(token.stem)
    return list(places.values())


def exact(phrase: Phrase, languages: Sequence[str | None]) -> list[text.Token]:
    """The exact words of a phrase at their places; a `*` is a word's distance more."""
    found: list[text.Token] = []
    place = 1
    for piece in _WILDCARD.split(phrase.text):
        said = _telling(text.tokens(piece, languages[0], place))
        found += [token for token in said if token.kind in ("word", "dense", "emoji")]
        place = 2 + max((token.position for token in said), default=place - 1)
    return found


def _telling(found: list[text.Token]) -> list[text.Token]:
    """Of a run of characters written without spaces, the pairs; a single character where it stands alone."""
    paired = {place for token in found if token.kind == "dense" and len(token.exact) == 2 for place in (token.start, token.start + 1)}
    return [token for token in found if not (token.kind == "dense" and len(token.exact) == 1 and token.start in paired)]


def _is_stop_word(word: str, languages: Sequence[str | None]) -> bool:
    found = text.tokens(word)
    return bool(found) and all(any(text.is_stop_word(token.exact, lang) for lang in languages) for token in found)
