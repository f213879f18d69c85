"""The whole of search: a text in, a page of posts out, with what was understood of the query.

`Search` holds what outlives a query: the embedder, whom names mean, and the languages of the network. Who looks is the view's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg.sql import SQL, Composable

from oscine import text
from oscine.engines.embedding import Embedder
from oscine.errors import EngineUnavailable, InputError
from oscine.records import ANONYMOUS, Viewer
from oscine.search import cursor as cursors
from oscine.search import grammar, licensed, narrowed, plain, questions, rank, retrieve
from oscine.search.cursor import DEEPEST, Place
from oscine.search.grammar import Ignored, Query, Understood
from oscine.search.highlight import Marker
from oscine.search.plain import Part, Reading
from oscine.view import EVERYTHING, SeenPost, View

Sort = Literal["top", "latest", "likes", "reposts", "replies"]
POOL = 100  # candidates by words, and as many by meaning, for the first pages
DEEPER_POOLS = (240, 1_000)  # for later ones: few steps, because another pool may order posts a little differently
LANGUAGES_SECONDS = 300.0


class Result(NamedTuple):
    """A post found: its score, the code points of its text that the query names, and the near-duplicates under it."""

    seen: SeenPost
    score: float | None
    highlights: tuple[tuple[int, int], ...]
    folded: tuple[str, ...]


class Results(NamedTuple):
    """A page; `cursor` leads to the next. `query` is what was searched: the text with its plain language, told in `reading`, as operators."""

    results: list[Result]
    cursor: str | None
    understood: tuple[Understood, ...]
    ignored: tuple[Ignored, ...]
    query: str = ""
    reading: tuple[Part, ...] = ()


class Found(NamedTuple):
    """What Ask needs of a search: the posts in order, each with its scores."""

    seen: SeenPost
    score: float
    near: float | None


class Search:
    """Search; where `embedder` gives None, by words only; `public` is an anonymous view, from which the network's languages are learned.

    `known` gives the handle of the account that a name means, or None: only then does plain language name people.
    """

    def __init__(self, public: View, embedder: Callable[[], Embedder | None], known: Callable[[str], str | None] = lambda _: None,
                 weights: Mapping[str, Mapping[str, float]] = rank.WEIGHTS) -> None:  # fmt: skip
        self._embedder = embedder
        self._weights = weights
        self._public = public
        self._known = known
        self._beside = ThreadPoolExecutor(max_workers=8, thread_name_prefix="words")  # while one thread embeds and looks near
        self._languages: tuple[float, list[str]] = (-LANGUAGES_SECONDS, [])

    def search(self, view: View, query: str, *, limit: int = 20, sort: Sort = "top", cursor: str | None = None,
               fold: bool = True, now: datetime | None = None, plainly: bool = True) -> Results:  # fmt: skip
        """One page. `plainly` False takes the words of plain language as words. Raises `InputError` for a cursor that is none of ours or a
        limit outside 1 to 100; never for a query. Raises `NotAllowed` where a query would tell of what the viewer's licence withholds."""
        if not 1 <= limit <= 100:
            raise InputError(f"limit is {limit}.", "It takes a number from 1 to 100.")
        place = cursors.read(cursor)
        place.now = place.now or now or datetime.now(UTC)
        reading = self._read(query, place.now, plainly and not place.as_words and not view.withheld)
        found = self._page(view, reading, limit, sort, place, fold)
        if found.results or not reading.parts or cursor:
            return found
        place.as_words = True  # what we read into the words left nothing: never narrower than what was said
        found = self._page(view, self._read(query, place.now, False), limit, sort, place, fold)
        notes = [Ignored(part.text, f"leaves nothing ({part.means}); searched without it") for part in reading.parts]
        return found._replace(ignored=(*found.ignored, *notes))

    def find(self, view: View, query: str, limit: int, now: datetime, plainly: bool = False) -> tuple[list[Found], tuple[Ignored, ...]]:
        """The best posts with their scores, near-duplicates folded; plain language, if read, is taken as words where it leaves nothing."""
        reading = self._read(query, now, plainly and not view.withheld)
        found, notes = self._find(view, reading, limit, now)
        return (found, notes) if found or not reading.parts else self._find(view, self._read(query, now, False), limit, now)

    def _find(self, view: View, reading: Reading, limit: int, now: datetime) -> tuple[list[Found], tuple[Ignored, ...]]:
        parsed = grammar.parse(reading.query, now, view.viewer)
        licensed.check(view, parsed)
        known, ranked, notes = self.ranked(view, parsed, 2 * limit, now, questions.kind(reading.sentence))
        ranked = rank.spread(ranked, {number: candidate.author for number, candidate in known.items()})
        page = _fold(_speaking_first(view.posts([item.number for item in ranked[: 2 * limit]])), fold=True)[:limit]
        scores = dict(ranked)
        return [Found(seen, scores[seen.number], known[seen.number].near) for seen, _ in page], notes

    def _read(self, query: str, now: datetime, plainly: bool) -> Reading:
        return plain.read(questions.closed(query), now, self._known) if plainly else Reading(query, query, (), None)

    def _page(self, view: View, reading: Reading, limit: int, sort: Sort, place: Place, fold: bool) -> Results:
        assert place.now
        parsed = grammar.parse(reading.query, place.now, view.viewer)
        languages = self._query_languages(parsed)
        order = parsed.sort or sort
        licensed.check(view, parsed, order)
        if order in retrieve.COUNTS:
            found = self._most(view, parsed, languages, order, limit, place, fold)
        elif order == "latest" or not parsed.wanted:
            found = self._latest(view, parsed, languages, limit, place, fold)
        else:
            found = self._top(view, parsed, languages, limit, place, fold, questions.kind(reading.sentence))
        return found._replace(query=reading.query, reading=reading.parts)

    def condition(self, query: str, now: datetime, viewer: Viewer = ANONYMOUS) -> Composable:
        """What a post has to meet to be a result of `latest`: every word and every condition of the query."""
        parsed = grammar.parse(query, now, viewer)
        languages = self._query_languages(parsed)
        return self._where(parsed, languages)

    def _top(self, view: View, query: Query, languages: list[str | None], limit: int, place: Place, fold: bool,
             kind: questions.Kind) -> Results:  # fmt: skip
        assert place.now
        end = place.offset + limit
        known, ranked, notes = self.ranked(view, query, end + 1, place.now, kind)
        ranked = rank.spread(ranked, {number: candidate.author for number, candidate in known.items()})
        scores = dict(ranked)
        depth = min(len(ranked), end + end // 2 + 1 if fold else end + 1)
        kept = _fold(_speaking_first(view.posts([item.number for item in ranked[:depth]])), fold)
        marker = Marker(query, languages)
        page = [Result(seen, scores[seen.number], marker.marks(seen), folded) for seen, folded in kept[place.offset : end]]
        more = len(kept) > end or len(ranked) > depth
        return Results(page, _onward(place, end) if page and more else None, query.understood, (*query.ignored, *notes))

    def _most(self, view: View, query: Query, languages: list[str | None], count: str, limit: int, place: Place, fold: bool) -> Results:
        end = place.offset + limit
        if narrowed.needed(view):
            numbers = narrowed.numbers(view, query, languages, end + 1, count=count)
        else:
            numbers = retrieve.most(view, self._where(query, languages), count, end + 1)
        seen = view.posts(numbers[place.offset : end])
        marker = Marker(query, languages)
        page = [Result(post, None, marker.marks(post), folded) for post, folded in _fold(seen, fold)]
        return Results(page, _onward(place, end) if len(numbers) > end else None, query.understood, query.ignored)

    def _latest(self, view: View, query: Query, languages: list[str | None], limit: int, place: Place, fold: bool) -> Results:
        if narrowed.needed(view):
            numbers = narrowed.numbers(view, query, languages, limit + 1, place.before)
        else:
            numbers = retrieve.newest(view, self._where(query, languages), limit + 1, place.before)
        seen = view.posts(numbers[:limit])
        last = Place(now=place.now, before=(seen[-1].post.created_at, seen[-1].number), as_words=place.as_words) if seen else None
        marker = Marker(query, languages)
        page = [Result(post, None, marker.marks(post), folded) for post, folded in _fold(seen, fold)]
        return Results(page, cursors.write(last) if last and len(numbers) > limit else None, query.understood, query.ignored)

    @staticmethod
    def _where(query: Query, languages: list[str | None]) -> Composable:
        return retrieve.conjunction([retrieve.condition(query, languages), retrieve.all_words(query, languages)])

    def ranked(self, view: View, query: Query, depth: int, now: datetime,
               kind: questions.Kind) -> tuple[dict[int, retrieve.Candidate], list[rank.Ranked], tuple[Ignored, ...]]:  # fmt: skip
        """The candidates by number, their order for the first `depth` results, and what could not be done."""
        weights = self._weights["foreign" if kind == "question" and self._foreign(query) else kind]
        pool = next((size for size in (POOL, *DEEPER_POOLS) if size >= 2 * depth), DEEPER_POOLS[-1])
        if narrowed.needed(view):
            found = narrowed.candidates(view, query, self._query_languages(query))
            return {candidate.number: candidate for candidate in found}, rank.fuse(found, now, weights), ()
        vector, notes = self._vector(" ".join(query.wanted))
        found = self._candidates(view, query, self._query_languages(query), vector, pool)
        if "counts" in view.withheld:
            found = [candidate._replace(engagement=0) for candidate in found]
        ranked = rank.fuse(found, now, weights)
        if vector is not None and weights.get("feedback") and len(ranked) >= rank.ENOUGH_TO_LEARN:
            cosines = retrieve.feedback(view, [item.number for item in ranked[: rank.BEST]], [item.number for item in ranked])
            found = [candidate._replace(feedback=cosines.get(candidate.number)) for candidate in found]
            ranked = rank.fuse(found, now, weights)
        return {candidate.number: candidate for candidate in found}, ranked, notes

    def _candidates(self, view: View, query: Query, languages: list[str | None], vector: NDArray[np.float32] | None,
                    pool: int) -> list[retrieve.Candidate]:  # fmt: skip
        """The posts that may be results: the best by words and the nearest by meaning, looked for at the same time."""
        where = retrieve.condition(query, languages)
        words = retrieve.rank_words(query, languages)
        if vector is None:
            return retrieve.by_words(view, words, None, where, pool)
        few = self._beside.submit(retrieve.few, view, where) if query.must else None
        worded = self._beside.submit(retrieve.by_words, view, words, vector, where, pool)
        near = retrieve.by_meaning(view, words, vector, where, pool, few.result() if few else None)
        return list({candidate.number: candidate for candidate in [*near, *worded.result()]}.values())

    def _vector(self, wanted: str) -> tuple[NDArray[np.float32] | None, tuple[Ignored, ...]]:
        embedder = self._embedder()
        if embedder is None:
            return None, ()
        try:
            return embedder.embed_query(wanted), ()
        except EngineUnavailable as error:
            return None, (Ignored("meaning", f"searched by words only: {error}"),)

    def _query_languages(self, query: Query) -> list[str | None]:
        return query_languages(query, self._network_languages())

    def _foreign(self, query: Query) -> bool:
        """Whether a query is in a language that is not the network's: then its words are seldom the posts' words."""
        mine = text.language(" ".join(query.wanted))
        return mine is not None and mine not in self._network_languages()

    def _network_languages(self) -> list[str]:
        """The languages of at least a twentieth of the latest posts, at most four."""
        made, known = self._languages
        if time.monotonic() - made > LANGUAGES_SECONDS:
            known = common_languages(self._public)
            self._languages = (time.monotonic(), known)
        return known


def query_languages(query: Query, network: Sequence[str]) -> list[str | None]:
    """The languages that a query's words may be in: what it looks like, what the network speaks, and the fallback."""
    mine = text.language(" ".join(query.wanted))
    return list(dict.fromkeys([*([mine] if mine else []), *network, text.FALLBACK_LANGUAGE]))


def common_languages(view: View, sample: int = 5_000) -> list[str]:
    """The languages of at least a twentieth of the latest posts that `view` shows, the most common first, at most four."""
    rows = view.select(SQL("p.lang"), EVERYTHING, sample, order=SQL("p.created_at DESC"))
    codes = [row["lang"] for row in rows if row["lang"]]
    counts = {code: codes.count(code) for code in set(codes)}
    return [code for code in sorted(counts, key=lambda c: (-counts[c], c)) if 20 * counts[code] >= len(codes)][:4]


def _speaking_first(posts: Sequence[SeenPost]) -> list[SeenPost]:
    """The posts in their order, but those that are piles of words after all others."""
    return sorted(posts, key=lambda seen: rank.piled(seen.post.text))


def _fold(posts: Sequence[SeenPost], fold: bool) -> list[tuple[SeenPost, tuple[str, ...]]]:
    """Each post that repeats none before it, with the ids of those that repeat it."""
    folder = rank.Folder()
    under: dict[int, list[str]] = {}
    kept: list[SeenPost] = []
    for seen in posts:
        author = (seen.author.network, seen.author.id) if seen.author.id else None  # a licence may not tell whose it is
        first = folder.original(seen.number, seen.post.text, author) if fold else seen.number
        if first == seen.number:
            kept.append(seen)
        else:
            under.setdefault(first, []).append(seen.post.id)
    return [(seen, tuple(under.get(seen.number, ()))) for seen in kept]


def _onward(place: Place, end: int) -> str | None:
    """The cursor of what follows the first `end` results; None where nobody may go further."""
    return cursors.write(Place(offset=end, now=place.now, as_words=place.as_words)) if end < DEEPEST else None
