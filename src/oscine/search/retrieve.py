"""Query → candidates: by words (BM25), by meaning (vectors), or simply the newest; always inside one viewer's view.

Every condition of the query stands in the same statement as the index scan and the view's predicate. It does not decide the order of
what it finds: `rank` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg.sql import SQL, Composable, Literal

from oscine import text
from oscine.search.grammar import And, Condition, Node, Not, Or, Phrase, Query, Word
from oscine.store.vectors import literal
from oscine.view import EVERYTHING, TABLE, View

EXACT_BELOW = 4_000  # where conditions leave fewer posts than this, every vector is compared
SEARCHABLE = SQL("p.author NOT IN (SELECT id FROM accounts WHERE NOT searchable)")
WITH_VECTORS = SQL("posts p JOIN vectors v ON v.post = p.id")


class Candidate(NamedTuple):
    """A post that may be a result: its BM25 score, its cosine to the query (each None while not known), and what else may count."""

    number: int
    words: float | None
    near: float | None
    created_at: datetime
    engagement: int


_ABOUT = SQL("p.id, p.created_at, p.likes + 2 * (p.reposts + p.quotes) + p.replies AS engagement")


def condition(query: Query, languages: Sequence[str | None]) -> Composable:
    """What must hold of a result, as SQL."""
    return conjunction([SEARCHABLE, *(_condition(node, languages) for node in query.must)])


def all_words(query: Query, languages: Sequence[str | None]) -> Composable:
    """That a post holds every bare word of the query, in any of its forms; stop words need not be there."""
    kept = [word for word in query.words if not _is_stop_word(word.text, languages)] or query.words
    return conjunction([_condition(word, languages) for word in kept])


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


def by_words(view: View, words: str, where: Composable, limit: int) -> list[Candidate]:
    """The best posts by BM25, best first."""
    if not words:
        return []
    score = _bm25(words)
    rows = view.select(SQL("{}, {} AS score").format(_ABOUT, score), where, limit, order=score)
    return [Candidate(row["id"], -row["score"], None, row["created_at"], row["engagement"]) for row in rows if row["score"] < 0]


def by_meaning(view: View, vector: NDArray[np.float32], where: Composable, limit: int, filtered: bool) -> list[Candidate]:
    """The nearest posts, nearest first: from the vector index, or from all of them where the conditions leave few."""
    distance = _distance(vector)
    few = filtered and view.count(where, EXACT_BELOW) < EXACT_BELOW
    order = SQL("({}) + 0").format(distance) if few else distance  # the index cannot serve an expression
    columns = SQL("{}, {} AS distance").format(_ABOUT, distance)
    rows = view.select(columns, where, limit, order=order, tables=WITH_VECTORS, by_index=not few)
    return [Candidate(row["id"], None, 1 - row["distance"], row["created_at"], row["engagement"]) for row in rows]


def complete(view: View, found: Iterable[Candidate], words: str, vector: NDArray[np.float32] | None) -> list[Candidate]:
    """The candidates, each once, with both scores, whichever way it was found; the cosine stays None for a post without a vector."""
    known: dict[int, Candidate] = {}
    for candidate in found:
        other = known.get(candidate.number, candidate)
        known[candidate.number] = candidate._replace(
            words=candidate.words if other.words is None else other.words, near=candidate.near if other.near is None else other.near
        )
    unread = [number for number, candidate in known.items() if candidate.words is None]
    unplaced = [number for number, candidate in known.items() if candidate.near is None]
    scores = _scores(view, unread, SQL("-({})").format(_bm25(words)), TABLE) if words and unread else {}
    cosines = _scores(view, unplaced, SQL("1 - ({})").format(_distance(vector)), WITH_VECTORS) if vector is not None and unplaced else {}
    return [
        candidate._replace(
            words=scores.get(number, 0.0) if candidate.words is None else candidate.words,
            near=cosines.get(number) if candidate.near is None else candidate.near,
        )
        for number, candidate in known.items()
    ]


def _scores(view: View, numbers: Sequence[int], score: Composable, tables: Composable) -> dict[int, float]:
    where = SQL("p.id = ANY ({})").format(Literal(list(numbers)))
    rows = view.select(SQL("p.id, {} AS score").format(score), where, len(numbers), order=SQL("p.id"), tables=tables)
    return {row["id"]: row["score"] for row in rows}


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
    if isinstance(node, Not):
        return SQL("NOT coalesce({}, false)").format(_condition(node.node, languages))
    if isinstance(node, And):
        return conjunction(_condition(child, languages) for child in node.nodes)
    if isinstance(node, Or):
        return SQL("({})").format(SQL(" OR ").join(_condition(child, languages) for child in node.nodes))
    if isinstance(node, Condition):
        return SQL("({})").format(node.operator.condition(node.value))
    matching = _phrase(node, languages) if isinstance(node, Phrase) else _word(node, languages)
    return SQL("p.lexemes @@ {}::tsquery").format(Literal(matching)) if matching else EVERYTHING


def _word(word: Word, languages: Sequence[str | None]) -> str:
    """A tsquery: at each place of the word (it may be several, as in `e-mail`), one of its forms."""
    places: dict[int, set[str]] = {}
    for lang in languages:
        for token in _telling(text.tokens(word.text, lang)):
            places.setdefault(token.position, set()).add(text.quote(token.stem))
    return " & ".join(f"({' | '.join(sorted(forms))})" for forms in places.values())


def _phrase(phrase: Phrase, languages: Sequence[str | None]) -> str:
    """A tsquery: the exact words, at the distances at which they stand."""
    found = [token for token in _telling(text.tokens(phrase.text, languages[0])) if token.kind in ("word", "dense", "emoji")]
    apart = {token.position: token for token in found}  # of a name's parts and its whole, one a place
    places = sorted(apart)
    parts = [text.quote(text.exact_lexeme(apart[place])) for place in places]
    steps = [f" <{after - before}> " for before, after in pairwise(places)]
    return "".join(part + step for part, step in zip(parts, [*steps, ""], strict=True))


def _telling(found: list[text.Token]) -> list[text.Token]:
    """Of a run of characters written without spaces, the pairs; a single character where it stands alone."""
    paired = {place for token in found if token.kind == "dense" and len(token.exact) == 2 for place in (token.start, token.start + 1)}
    return [token for token in found if not (token.kind == "dense" and len(token.exact) == 1 and token.start in paired)]


def _is_stop_word(word: str, languages: Sequence[str | None]) -> bool:
    found = text.tokens(word)
    return bool(found) and all(any(text.is_stop_word(token.exact, lang) for lang in languages) for token in found)
