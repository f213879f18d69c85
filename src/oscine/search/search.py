"""The whole of search: a text in, a page of posts out, with what was understood of the query.

`Search` holds what outlives a query: the embedder, and the languages of the network. Who looks is the view's.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from psycopg.sql import SQL, Composable

from oscine import text
from oscine.engines.embedding import Embedder
from oscine.errors import EngineUnavailable, InputError
from oscine.search import grammar, rank, retrieve
from oscine.search.grammar import Ignored, Query, Understood
from oscine.view import EVERYTHING, SeenPost, View

Sort = Literal["top", "latest"]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
POOL = 100  # candidates by words, and as many by meaning, for the first pages
DEEPER_POOLS = (240, 1_000)  # for later ones: few steps, because another pool may order posts a little differently
MARKED = 3_000  # characters of a post in which words are highlighted
DEEPEST = 1_000  # results that can be paged through
LANGUAGES_SECONDS = 300.0


class Result(NamedTuple):
    """A post found: its score, the code points of its text that the query names, and the near-duplicates under it."""

    seen: SeenPost
    score: float | None
    highlights: tuple[tuple[int, int], ...]
    folded: tuple[str, ...]


class Results(NamedTuple):
    """A page; `cursor` leads to the next."""

    results: list[Result]
    cursor: str | None
    understood: tuple[Understood, ...]
    ignored: tuple[Ignored, ...]


class Found(NamedTuple):
    """What Ask needs of a search: the posts in order, each with its scores."""

    seen: SeenPost
    score: float
    near: float | None


class _Place(msgspec.Struct):
    """What a cursor says: how many results were seen and when the first page was made, or the last post seen."""

    offset: int = 0
    now: Moment | None = None
    before: tuple[Moment, int] | None = None


class Search:
    """Search; where `embedder` gives None, by words only; `public` is an anonymous view, from which the network's languages are learned."""

    def __init__(self, public: View, embedder: Callable[[], Embedder | None]) -> None:
        self._embedder = embedder
        self._public = public
        self._beside = ThreadPoolExecutor(max_workers=8, thread_name_prefix="words")  # while one thread embeds and looks near
        self._languages: tuple[float, list[str]] = (-LANGUAGES_SECONDS, [])

    def search(self, view: View, query: str, *, limit: int = 20, sort: Sort = "top", cursor: str | None = None,
               fold: bool = True, now: datetime | None = None) -> Results:  # fmt: skip
        """One page. Raises `InputError` for a cursor that is none of ours or a limit outside 1 to 100; never for a query."""
        if not 1 <= limit <= 100:
            raise InputError(f"limit is {limit}.", "It takes a number from 1 to 100.")
        place = _read(cursor)
        now = place.now or now or datetime.now(UTC)
        parsed = grammar.parse(query, now, view.viewer)
        languages = self._query_languages(parsed)
        if sort == "latest" or not parsed.wanted:
            return self._latest(view, parsed, languages, limit, place, fold)
        return self._top(view, parsed, languages, limit, place, fold, now)

    def find(self, view: View, query: str, limit: int, now: datetime) -> tuple[list[Found], tuple[Ignored, ...]]:
        """The best posts with their scores, near-duplicates folded."""
        parsed = grammar.parse(query, now, view.viewer)
        languages = self._query_languages(parsed)
        known, ranked, notes = self._ranked(view, parsed, languages, 2 * limit, now)
        page = _fold(view.posts([item.number for item in ranked[: 2 * limit]]), fold=True)[:limit]
        scores = dict(ranked)
        return [Found(seen, scores[seen.number], known[seen.number].near) for seen, _ in page], notes

    def condition(self, query: str, now: datetime) -> Composable:
        """What a post has to meet to be a result of `latest`: every word and every condition of the query."""
        parsed = grammar.parse(query, now)
        languages = self._query_languages(parsed)
        return retrieve.conjunction([retrieve.condition(parsed, languages), retrieve.all_words(parsed, languages)])

    def _top(self, view: View, query: Query, languages: list[str | None], limit: int, place: _Place, fold: bool, now: datetime) -> Results:
        end = place.offset + limit
        _, ranked, notes = self._ranked(view, query, languages, end + 1, now)
        scores = dict(ranked)
        depth = min(len(ranked), end + end // 2 + 1 if fold else end + 1)
        kept = _fold(view.posts([item.number for item in ranked[:depth]]), fold)
        marker = Marker(query, languages)
        page = [Result(seen, scores[seen.number], marker.marks(seen), folded) for seen, folded in kept[place.offset : end]]
        more = len(kept) > end or len(ranked) > depth
        onward = _write(_Place(offset=end, now=now)) if page and more and end < DEEPEST else None
        return Results(page, onward, query.understood, (*query.ignored, *notes))

    def _latest(self, view: View, query: Query, languages: list[str | None], limit: int, place: _Place, fold: bool) -> Results:
        where = retrieve.conjunction([retrieve.condition(query, languages), retrieve.all_words(query, languages)])
        numbers = retrieve.newest(view, where, limit + 1, place.before)
        seen = view.posts(numbers[:limit])
        onward = _write(_Place(before=(seen[-1].post.created_at, seen[-1].number))) if seen and len(numbers) > limit else None
        marker = Marker(query, languages)
        page = [Result(post, None, marker.marks(post), folded) for post, folded in _fold(seen, fold)]
        return Results(page, onward, query.understood, query.ignored)

    def _ranked(self, view: View, query: Query, languages: list[str | None], depth: int,
                now: datetime) -> tuple[dict[int, retrieve.Candidate], list[rank.Ranked], tuple[Ignored, ...]]:  # fmt: skip
        where = retrieve.condition(query, languages)
        words = retrieve.rank_words(query, languages)
        pool = next((size for size in (POOL, *DEEPER_POOLS) if size >= 2 * depth), DEEPER_POOLS[-1])
        few = self._beside.submit(retrieve.few, view, where) if query.must and self._embedder() else None
        vector, notes = self._vector(" ".join(query.wanted))
        if vector is None:
            worded, near = retrieve.by_words(view, words, None, where, pool), []
        else:
            beside = self._beside.submit(retrieve.by_words, view, words, vector, where, pool)
            near = retrieve.by_meaning(view, words, vector, where, pool, few.result() if few else None)
            worded = beside.result()
        known = {candidate.number: candidate for candidate in [*near, *worded]}
        return known, rank.fuse(list(known.values()), now), notes

    def _vector(self, wanted: str) -> tuple[NDArray[np.float32] | None, tuple[Ignored, ...]]:
        embedder = self._embedder()
        if embedder is None:
            return None, ()
        try:
            return embedder.embed_query(wanted), ()
        except EngineUnavailable as error:
            return None, (Ignored("meaning", f"searched by words only: {error}"),)

    def _query_languages(self, query: Query) -> list[str | None]:
        """The languages that the query's words may be in: what it looks like, what the network speaks, and the fallback."""
        mine = text.language(" ".join(query.wanted))
        return list(dict.fromkeys([*([mine] if mine else []), *self._network_languages(), text.FALLBACK_LANGUAGE]))

    def _network_languages(self) -> list[str]:
        """The languages of at least a twentieth of the latest posts, at most four."""
        made, known = self._languages
        if time.monotonic() - made > LANGUAGES_SECONDS:
            known = common_languages(self._public)
            self._languages = (time.monotonic(), known)
        return known


def common_languages(view: View, sample: int = 5_000) -> list[str]:
    """The languages of at least a twentieth of the latest posts that `view` shows, the most common first, at most four."""
    rows = view.select(SQL("p.lang"), EVERYTHING, sample, order=SQL("p.created_at DESC"))
    codes = [row["lang"] for row in rows if row["lang"]]
    counts = {code: codes.count(code) for code in set(codes)}
    return [code for code in sorted(counts, key=lambda c: (-counts[c], c)) if 20 * counts[code] >= len(codes)][:4]


class Marker:
    """Finds the words of a query in posts."""

    def __init__(self, query: Query, languages: Sequence[str | None]) -> None:
        wanted = " ".join(query.wanted)
        self._stems = frozenset(token.stem for lang in languages for token in text.content_words(wanted, lang))
        self._exact = frozenset(token.exact for token in text.content_words(wanted, languages[0]))

    def marks(self, seen: SeenPost) -> tuple[tuple[int, int], ...]:
        """The stretches of a post's text, in code points, that hold words of the query; sorted, none touching another."""
        merged: list[tuple[int, int]] = []
        for start, end in sorted(text.find(seen.post.text[:MARKED], seen.post.lang, self._stems, self._exact)):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return tuple(merged)


def _fold(posts: Sequence[SeenPost], fold: bool) -> list[tuple[SeenPost, tuple[str, ...]]]:
    """Each post that repeats none before it, with the ids of those that repeat it."""
    folder = rank.Folder()
    under: dict[int, list[str]] = {}
    kept: list[SeenPost] = []
    for seen in posts:
        first = folder.original(seen.number, seen.post.text) if fold else seen.number
        if first == seen.number:
            kept.append(seen)
        else:
            under.setdefault(first, []).append(seen.post.id)
    return [(seen, tuple(under.get(seen.number, ()))) for seen in kept]


def _write(place: _Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _read(cursor: str | None) -> _Place:
    if not cursor:
        return _Place()
    try:
        place: Any = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=_Place)
        if not 0 <= place.offset <= DEEPEST:
            raise ValueError
        return place  # type: ignore[no-any-return]
    except ValueError:  # DecodeError and ValidationError are ValueErrors too
        raise InputError("The cursor is not one of ours.", "Leave it out to begin with the first page.") from None
