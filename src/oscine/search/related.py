"""Related searches: the hashtags, names and phrases that stand in a search's best posts far more often than in the network.

Made from public posts, each term from at least two authors. It proposes searches; it does not know whether they are good ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from psycopg.sql import SQL, Literal

from oscine import text
from oscine.search import grammar
from oscine.search.retrieve import SEARCHABLE
from oscine.search.search import Search
from oscine.search.terms import Term, surprise, terms
from oscine.view import SeenPost, View

BEST = 60  # posts of the search
NEAREST = 12  # of them, where too few hold every word
ENOUGH = 3  # posts with every word
CANDIDATES = 40  # terms whose use in the network is counted
AT_MOST = 20_000  # posts of a term that are counted
FEWEST_AUTHORS = 2
UNLIKELY = 10.8  # G² that chance alone reaches once in a thousand
SAME = 0.6  # share of the posts of two terms that hold both, from which they are one topic
PUBLIC = SQL("(p.visibility = 'public' AND {})").format(SEARCHABLE)


class Related(NamedTuple):
    """A search to try next, how telling its term is (G²), and how many of the best posts hold it."""

    query: str
    score: float
    posts: int


class Topic(NamedTuple):
    """A term that some posts are about, and how many of them hold it."""

    term: Term
    posts: int


class _Use:
    def __init__(self, term: Term) -> None:
        self.term = term
        self.written: Counter[str] = Counter()
        self.posts: set[int] = set()
        self.authors: set[tuple[str, str]] = set()


def searches(search: Search, public: View, query: str, limit: int = 8, now: datetime | None = None) -> list[Related]:
    """The most telling terms of the best posts, each as a search; `public` is an anonymous view."""
    now = now or datetime.now(UTC)
    own = _own_words(query, now)
    found = [
        Related(_query(use, query, own), score, len(use.posts)) for score, use in _telling(public, _best(search, public, query, now), own)
    ]
    return list({item.query.lower(): item for item in reversed(found)}.values())[: -limit - 1 : -1]


def topics(public: View, posts: Sequence[SeenPost], limit: int = 8) -> list[Topic]:
    """What stands in some posts, of at least two authors, far more often than elsewhere; the most telling first."""
    return [Topic(use.term._replace(shown=use.written.most_common(1)[0][0]), len(use.posts)) for _, use in _telling(public, posts)[:limit]]


def _telling(public: View, best: Sequence[SeenPost], own: frozenset[str] = frozenset()) -> list[tuple[float, _Use]]:
    """The terms of posts that are clearly commoner there than in the network, the most telling first, those that say no more than `own` left out."""
    uses = _uses(best, own)
    counts = _counts(public, [use.term for use in uses])
    everyone = public.count(PUBLIC, 1_000_000_000)
    scored = [
        (surprise(len(use.posts), len(best), max(there - len(use.posts), 0), max(everyone - len(best), 1)), use)
        for use, there in zip(uses, counts, strict=True)
    ]
    return _distinct(sorted(((score, use) for score, use in scored if score >= UNLIKELY), key=lambda item: -item[0]))


def _best(search: Search, public: View, query: str, now: datetime) -> list[SeenPost]:
    """The best posts: of those with every word of the query, where these are enough to tell anything."""
    best = [found.seen for found in search.find(public, query, BEST, now)[0]]
    about = SQL("{} AND p.id = ANY ({})").format(search.condition(query, now), Literal([seen.number for seen in best]))
    whole = {row["id"] for row in public.select(SQL("p.id"), about, BEST)}
    return [seen for seen in best if seen.number in whole] if len(whole) >= ENOUGH else best[:NEAREST]


def _own_words(query: str, now: datetime) -> frozenset[str]:
    wanted = " ".join(grammar.parse(query, now).wanted)
    return frozenset(form for token in text.tokens(wanted) for form in (token.stem, token.exact.lstrip("#$@")))


def _uses(best: Sequence[SeenPost], own: frozenset[str]) -> list[_Use]:
    """The terms that at least two authors of the best posts use, and that say more than the query does; the most used first."""
    found: dict[tuple[str, str], _Use] = {}
    for seen in best:
        for term in terms(seen.post.text, (), seen.post.lang):
            if not _says(term, own):
                use = found.setdefault((term.kind, term.key), _Use(term))
                use.written[term.shown] += 1
                use.posts.add(seen.number)
                use.authors.add((seen.author.network, seen.author.id))
    enough = (use for use in found.values() if len(use.authors) >= FEWEST_AUTHORS)
    return sorted(enough, key=lambda use: -len(use.authors))[:CANDIDATES]


def _says(term: Term, own: frozenset[str]) -> bool:
    """Whether a term says no more than the query's own words."""
    return all(token.stem in own or token.exact.lstrip("#$@") in own for token in text.tokens(term.shown))


def _counts(public: View, wanted: Sequence[Term]) -> list[int]:
    """How many public posts hold each term."""
    if not wanted:
        return []
    queries = SQL("unnest({}::tsquery[]) WITH ORDINALITY AS t(query, number)").format(Literal([term.tsquery for term in wanted]))
    held = SQL("SELECT count(*) AS posts FROM (SELECT FROM p WHERE p.lexemes @@ t.query LIMIT {}) AS held").format(Literal(AT_MOST))
    rows = public.among(SQL("SELECT posts FROM {} CROSS JOIN LATERAL ({}) AS counted ORDER BY number").format(queries, held), PUBLIC)
    return [row["posts"] for row in rows]


def _distinct(scored: Sequence[tuple[float, _Use]]) -> list[tuple[float, _Use]]:
    kept: list[tuple[float, _Use]] = []
    for score, use in scored:
        if not any(len(use.posts & better.posts) >= SAME * len(use.posts | better.posts) for _, better in kept):
            kept.append((score, use))
    return kept


def _query(use: _Use, query: str, own: frozenset[str]) -> str:
    """The term as a search; a single name, or a phrase that shares a word with the search it came from, narrows that search."""
    written = use.term._replace(shown=use.written.most_common(1)[0][0])
    words = [token for token in text.tokens(written.shown) if token.kind == "word"]
    rest = [written.shown[token.start : token.end] for token in words if token.stem not in own]
    narrows = use.term.kind == "name" or (use.term.kind == "phrase" and len(rest) < len(words))
    return " ".join([query, *rest]) if narrows else written.query
