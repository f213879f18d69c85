"""What a post refers to: of its names, tags and links those that other posts introduce, each with the post that does so best.

A post introduces a term when it was written before, holds the term where it can be quoted, and says more than that; where there is none before, one
soon after does. Posts of the same thread and repetitions introduce nothing. It knows no world but the posts: a name that stands in no other is not told.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import regex
from psycopg.sql import SQL, Literal

from oscine import text
from oscine.ask import quoting
from oscine.evidence import reading
from oscine.search.rank import Folder
from oscine.search.search import Search
from oscine.search.terms import Term, terms
from oscine.view import SeenPost, View

MOST = 4  # terms that are told
TRIED = 8  # terms that are searched
COMMON = 2_000  # posts with a term, from which it needs no introduction
SOON = timedelta(days=2)  # after a post
CONSIDERED = 20  # posts for a term
RARE = 20  # posts with a tag, up to which any of them may introduce it; others have to speak of more that this post speaks of
SIGNS = ("tag", "cash", "link")
TELLING = 4  # words of topic from which a post can introduce something
SHORT = 160  # characters of a quote
_NOT_WORDS = regex.compile(r"[^\p{L}\p{M}\p{N}'’]+")


class Reference(NamedTuple):
    """A term of a post, the post that introduces it, and whether that came before."""

    term: Term
    seen: SeenPost
    before: bool


def found(view: View, search: Search, seen: SeenPost, thread: AbstractSet[str], now: datetime) -> Iterator[Reference]:
    """Up to `MOST` references of a post, links first, then the rarest; `thread` are the ids of its thread."""
    told: set[int] = set()
    explained: frozenset[str] = frozenset()
    introductions = _Introductions(view, search, seen, thread, now)
    for term, count in _telling(view, seen)[:TRIED]:
        if len(told) == MOST or parts(term) & explained:
            continue
        if reference := introductions.of(term, count <= RARE and term.kind in SIGNS, told):
            told.add(reference.seen.number)
            explained |= parts(term)
            yield reference


def words(post: str) -> str:
    """A post's words as a search: nothing in them is an operator."""
    return str(_NOT_WORDS.sub(" ", quoting.spoken(post))).strip().lower()


def parts(term: Term) -> frozenset[str]:
    """The folded words of a term, without its sign."""
    return frozenset(part.lstrip("#$") for part in term.key.split())


def _telling(view: View, seen: SeenPost) -> list[tuple[Term, int]]:
    """The terms that another post holds and not too many, with how many do, the rarest first; links before all."""
    lang = reading.language(seen.post.text, seen.post.lang)
    known = {term.key: term for term in terms(seen.post.text, seen.post.urls, seen.post.lang) if _is_name(term, lang)}
    whole = {part for term in known.values() if term.kind == "phrase" for part in term.key.split()}
    single = [term for term in known.values() if not (term.kind == "name" and term.key in whole)]
    counts = {term.key: view.count(SQL("p.lexemes @@ {}::tsquery").format(Literal(term.tsquery)), COMMON) for term in single}
    chosen = [(term, counts[term.key]) for term in single if 1 < counts[term.key] < COMMON]
    return sorted(chosen, key=lambda item: (item[0].kind != "link", item[1]))


def _is_name(term: Term, lang: str) -> bool:
    """Whether a term names something: a phrase does where each of its words has a capital, a word where it is no ordinary one."""
    if term.kind == "phrase":
        return all(part[:1].isupper() for part in term.shown.split()) and not all(reading.ordinary(part, lang) for part in term.key.split())
    return term.kind != "name" or not reading.ordinary(term.key, lang)


class _Introductions:
    """Looks for the posts that introduce the terms of one post."""

    def __init__(self, view: View, search: Search, seen: SeenPost, thread: AbstractSet[str], now: datetime) -> None:
        self._view, self._search, self._seen, self._thread, self._now = view, search, seen, thread, now
        self._words = words(seen.post.text)
        self._stems = quoting.stems(seen)

    def of(self, term: Term, rare: bool, told: AbstractSet[int]) -> Reference | None:
        """The best post for a term before this one, or else soon after; not one of those told already."""
        moment = self._seen.post.created_at
        for times, before in ((f"until:{_iso(moment)}", True), (f"since:{_iso(moment)} until:{_iso(moment + SOON)}", False)):
            for post in self._others(term, times):
                if post.number not in told and self._introduces(post, term, rare):
                    return Reference(term, post, before)
        return None

    def _others(self, term: Term, times: str) -> Iterator[SeenPost]:
        """The best posts that hold a term, without those of this thread and those that repeat this post."""
        folder = Folder()
        folder.original(self._seen.number, self._seen.post.text)
        named = f'"{term.shown}"' if term.kind == "name" else term.query
        for item in self._search.find(self._view, f"{named} {self._words} {times}", CONSIDERED, self._now)[0]:
            repeats = folder.original(item.seen.number, item.seen.post.text) == self._seen.number
            if not (repeats or item.seen.blurred or item.seen.post.id in self._thread):
                yield item.seen

    def _introduces(self, post: SeenPost, term: Term, rare: bool) -> bool:
        """Whether what is quoted of a post holds the term, unless it is a link, and says more; of what this post speaks, unless the term is rare."""
        quoted = quoting.quote(post.post.text, parts(term), post.post.lang, SHORT)
        held = {token.exact.lstrip("#$") for token in text.tokens(quoted)}
        if term.kind == "link":
            return bool(quoted)
        more = quoting.stems(post) - {text.stem(part, post.post.lang) for part in parts(term)} - parts(term)
        return parts(term) <= held and len(more) >= TELLING - len(parts(term)) and (rare or bool(more & self._stems))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
