"""Trends: what people write about now clearly more than before, in public posts.

The window now is compared with the windows of the same length before it. What is counted is authors, each once a window, so that whoever
posts a hundred times counts once; a term needs at least three, who did not all post the same text. The score is Dunning's log-likelihood
ratio. Nothing is said where there is no earlier window to compare with. It does not know why a term trends.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import regex
from psycopg.sql import SQL, Composable, Literal

from oscine.errors import InputError
from oscine.search.retrieve import SEARCHABLE
from oscine.search.terms import Term, surprise, terms
from oscine.view import EVERYTHING, SeenPost, View

EARLIER = 14  # windows before now
READ = 20_000  # posts of the window, the newest
CANDIDATES = 400  # terms whose earlier use is counted
FEWEST = 3  # authors with words of their own
UNLIKELY = 10.8  # G² that chance alone reaches once in a thousand
RATIO = 2.0  # times as many authors as before
LONGEST_HOURS = 24 * 31
SAME = 0.6  # share of a term's posts, held by a better term too, from which it is the same topic
SAMPLES = 10  # posts of a term, one of which the viewer may see
KEPT, KEPT_SECONDS = 32, 60.0  # windows whose counts are kept, and for how long
PUBLIC = SQL("(p.visibility = 'public' AND {})").format(SEARCHABLE)
_NOT_SAID = regex.compile(r"https?://\S+|[@\d]\w*|\W+")


class Trend(NamedTuple):
    """A term, its posts and distinct authors in the window, its score (G²), and a post of it that the viewer may see."""

    term: Term
    posts: int
    authors: int
    score: float
    sample: SeenPost


class _Window(NamedTuple):
    """The time that is looked at, and the language, if one is asked for."""

    end: datetime
    length: timedelta
    lang: str | None

    def posts(self, windows_back: int) -> Composable:
        """The public posts of the window and of so many before it."""
        spoken = SQL("p.lang = {}").format(Literal(self.lang)) if self.lang else EVERYTHING
        start = self.end - (1 + windows_back) * self.length
        return SQL("{} AND {} AND p.created_at > {} AND p.created_at <= {}").format(PUBLIC, spoken, Literal(start), Literal(self.end))

    @property
    def number(self) -> Composable:
        """Which window a post is in: 0 is now."""
        return SQL("floor(extract(epoch FROM {} - p.created_at) / {})").format(Literal(self.end), Literal(self.length.total_seconds()))


class _Use:
    """A term in the window: how it is written, its posts, who wrote them, what they say, and the best of them."""

    def __init__(self, term: Term) -> None:
        self.term = term
        self.written: Counter[str] = Counter()
        self.posts: dict[int, int] = {}  # a post's number → its engagement
        self.authors: set[int] = set()
        self.first: dict[str, int] = {}  # what is said → who said it first, of those read

    @property
    def enough(self) -> bool:
        """Whether enough people used it, in words of their own; a link comes with its title."""
        return len(self.authors if self.term.kind == "link" else set(self.first.values())) >= FEWEST

    @property
    def best(self) -> list[int]:
        """Its posts, those with the most engagement first, then the newest."""
        return sorted(self.posts, key=lambda number: (-self.posts[number], -number))[:SAMPLES]


class Trends:
    """Trends from what everybody sees, `public`. What was counted of the newest window is kept for a minute."""

    def __init__(self, public: View) -> None:
        self._public = public
        self._counting = threading.Lock()
        self._kept: dict[tuple[float, str | None], tuple[float, list[tuple[float, _Use]]]] = {}

    def topics(self, view: View, at: datetime | None = None, hours: float = 24, limit: int = 20, lang: str | None = None) -> list[Trend]:
        """The trends of the last `hours` before `at`, by default the newest public post's time; the most surprising first.

        Samples are chosen from what the viewer sees, and a term without one is left out. Raises `InputError` for hours that make no window.
        """
        if not 0 < hours <= LONGEST_HOURS:
            raise InputError(f"hours is {hours:g}.", f"It takes more than 0 and at most {LONGEST_HOURS}.")
        return _with_samples(view, self._counted(hours, lang) if at is None else self._count(at, hours, lang), limit)

    def _counted(self, hours: float, lang: str | None) -> list[tuple[float, _Use]]:
        with self._counting:  # who asks at the same time waits for the same counts
            made, counted = self._kept.get((hours, lang), (-math.inf, []))
            if time.monotonic() - made > KEPT_SECONDS:
                end = newest(self._public)
                counted = self._count(end, hours, lang) if end else []
                if len(self._kept) >= KEPT:
                    self._kept.clear()
                self._kept[hours, lang] = (time.monotonic(), counted)
            return counted

    def _count(self, end: datetime, hours: float, lang: str | None) -> list[tuple[float, _Use]]:
        window = _Window(end, timedelta(hours=hours), lang)
        return _distinct(_scored(self._public, window, _uses(self._public, window)))


def newest(public: View, now: datetime | None = None) -> datetime | None:
    """When the newest public post was written; one that claims a later time than `now` does not count."""
    past = SQL("{} AND p.created_at <= {}").format(PUBLIC, Literal(now or datetime.now(UTC)))
    rows = public.select(SQL("p.created_at"), past, 1, order=SQL("p.created_at DESC"))
    return rows[0]["created_at"] if rows else None


def _uses(public: View, window: _Window) -> list[_Use]:
    """The terms that enough people use in the window, the most used first."""
    columns = SQL("p.id, p.author, p.text, p.urls, p.lang, p.likes + 2 * (p.reposts + p.quotes) + p.replies AS engagement")
    found: dict[tuple[str, str], _Use] = {}
    for row in public.select(columns, window.posts(0), READ, order=SQL("p.created_at DESC")):
        said = _NOT_SAID.sub(" ", row["text"].lower())
        for term in terms(row["text"], row["urls"], row["lang"]):
            _note(found.setdefault((term.kind, term.key), _Use(term)), term, row, said)
    return sorted((use for use in found.values() if use.enough), key=lambda use: -len(use.authors))[:CANDIDATES]


def _note(use: _Use, term: Term, row: dict[str, Any], said: str) -> None:
    use.written[term.shown] += 1
    use.posts[row["id"]] = row["engagement"]
    use.authors.add(row["author"])
    use.first.setdefault(said, row["author"])


def _scored(public: View, window: _Window, uses: Sequence[_Use]) -> list[tuple[float, _Use]]:
    """The terms that are used clearly more than before, with their scores, best first."""
    everyone = public.among(_COUNTED.format(window=window.number, term=SQL("0"), joined=SQL("p")), window.posts(EARLIER))
    now, before = (everyone[0]["now"], everyone[0]["before"]) if everyone else (0, 0)
    counts = _counts(public, window, [use.term for use in uses])
    scored = [
        (surprise(here, now, earlier, before), here * before, earlier * now, use) for use, (here, earlier) in zip(uses, counts, strict=True)
    ]
    kept = [(score, use) for score, more, less, use in scored if score >= UNLIKELY and more >= RATIO * less]
    return sorted(kept, key=lambda item: (-round(item[0], 1), -len(item[1].term.key)))


_COUNTED = SQL("""
SELECT {term} AS term, count(DISTINCT author) FILTER (WHERE w = 0) AS now, count(DISTINCT (author, w)) FILTER (WHERE w > 0) AS before
FROM {joined} CROSS JOIN LATERAL (SELECT {window} AS w) AS windows GROUP BY 1
""")


def _counts(public: View, window: _Window, wanted: Iterable[Term]) -> list[tuple[int, int]]:
    """Of each term, its authors in the window, and its authors in each window before it, added up."""
    queries = [term.tsquery for term in wanted]
    joined = SQL("unnest({}::tsquery[]) WITH ORDINALITY AS t(query, number) JOIN p ON p.lexemes @@ t.query").format(Literal(queries))
    rows = public.among(_COUNTED.format(window=window.number, term=SQL("number"), joined=joined), window.posts(EARLIER)) if queries else []
    found = {row["term"]: (row["now"], row["before"]) for row in rows}
    return [found.get(number, (0, 0)) for number in range(1, len(queries) + 1)]


def _distinct(scored: Sequence[tuple[float, _Use]]) -> list[tuple[float, _Use]]:
    """Without the terms that stand in much the same posts as a better one."""
    kept: list[tuple[float, _Use]] = []
    for score, use in scored:
        if not any(len(use.posts.keys() & better.posts.keys()) >= SAME * len(use.posts) for _, better in kept):
            kept.append((score, use))
    return kept


def _with_samples(view: View, scored: Sequence[tuple[float, _Use]], limit: int) -> list[Trend]:
    seen = {post.number: post for post in view.posts([number for _, use in scored[: 2 * limit] for number in use.best])}
    trends = []
    for score, use in scored[: 2 * limit]:
        sample = next((seen[number] for number in use.best if number in seen), None)
        if sample:
            term = use.term._replace(shown=use.written.most_common(1)[0][0])
            trends.append(Trend(term, len(use.posts), len(use.authors), score, sample))
    return trends[:limit]
