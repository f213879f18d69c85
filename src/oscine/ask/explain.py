"""What one needs to know to understand a post: who wrote it, what it answers and quotes, what it refers to, who says the same and who does not.

Every sentence is Oscine's own frame around a post's own words, and names the posts it stands on. What is not for the viewer, was deleted or never
came is one and the same gap. What introduces a name is looked for before the post, and, where there is nothing, soon after. It finds what looks
like a contradiction (one number for another, a denial); whether it is one, and who is right, it does not know.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Literal as OneOf
from typing import NamedTuple

from psycopg.sql import SQL, Literal

from oscine.ask import disagreement, phrases, quoting, references
from oscine.errors import NotFound
from oscine.safety.injection import byline
from oscine.search.conversation import conversation
from oscine.search.rank import Folder
from oscine.search.search import Search
from oscine.view import SeenPost, View

Kind = OneOf["author", "thread", "quotes", "refers", "same", "differs", "replies"]
THREAD = 200  # posts of a thread that are read
ABOVE = 2  # posts above this one that are told, besides the first of all
NAMED = 3  # accounts it mentions
AROUND = timedelta(days=7)  # within which other words for the same thing are looked for
LIKE = 40  # posts compared with this one
SHARED = 0.5  # of the words of two posts, from which they say much the same
MOST_ALIKE, MOST_DIFFERING, MOST_REPLIES = 2, 2, 2
SHORT = references.SHORT
_WITH_AUTHOR = SQL("posts p JOIN accounts a ON a.id = p.author")


class Point(NamedTuple):
    """One sentence about the post, and the posts it stands on."""

    kind: Kind
    text: str
    sources: tuple[SeenPost, ...]


class Explanation(NamedTuple):
    """A post and what is known about it; `lang` is what Oscine's own words are in."""

    seen: SeenPost
    lang: str
    points: tuple[Point, ...]

    @property
    def posts(self) -> tuple[SeenPost, ...]:
        """The posts that are cited, in order, without the post itself."""
        cited = {seen.number: seen for point in self.points for seen in point.sources}
        return tuple(seen for number, seen in cited.items() if number != self.seen.number)

    @property
    def text(self) -> str:
        """The whole, in one piece."""
        return "\n".join(point.text for point in self.points)


def explain(view: View, search: Search, seen: SeenPost, lang: str | None = None, now: datetime | None = None) -> Explanation:
    """All that is known about a post, as one viewer may know it; in the language of the post, or another."""
    return _Explainer(view, search, seen, phrases.spoken(lang, seen.post.lang), now or datetime.now(UTC)).explanation()


class _Explainer:
    def __init__(self, view: View, search: Search, seen: SeenPost, lang: str, now: datetime) -> None:
        self._view, self._search, self._seen, self._lang, self._now = view, search, seen, lang, now
        self._thread = {post.post.id: post for post in conversation(view, seen.post.id, seen.post.network, THREAD)}
        self._stems = quoting.stems(seen)

    def explanation(self) -> Explanation:
        alike = self._alike()
        parts = (
            self._author(),
            self._above(),
            self._quoted(),
            self._referred(),
            self._same(alike),
            self._differing(alike),
            self._replies(),
        )
        return Explanation(self._seen, self._lang, tuple(point for part in parts for point in part))

    def _author(self) -> Iterator[Point]:
        """Who wrote it, and what is known of the account."""
        here = (self._seen,)
        name = quoting.name(self._seen)
        on = phrases.say("on", self._lang, day=phrases.day(self._seen.post.created_at, self._lang))
        yield Point("author", phrases.say("author", self._lang, name=name, on=on), here)
        rows = self._view.select(
            SQL("p.author, a.bio, a.created_at, a.searchable"), SQL("p.id = {}").format(Literal(self._seen.number)), 1, tables=_WITH_AUTHOR
        )
        if not rows or not rows[0]["searchable"]:
            return
        if bio := quoting.quote(rows[0]["bio"], longest=SHORT):
            yield Point("author", phrases.say("bio", self._lang, quote=phrases.quoted(bio, self._lang)), here)
        if since := rows[0]["created_at"]:
            yield Point("author", phrases.say("account_since", self._lang, day=phrases.day(since, self._lang)), here)
        counted = self._view.select(
            SQL("count(*) AS n, min(p.created_at) AS first"), SQL("p.author = {}").format(Literal(rows[0]["author"])), 1
        )[0]
        first = phrases.day(counted["first"], self._lang)
        yield Point("author", phrases.say("account_posts", self._lang, counted["n"], first=first), here)

    def _above(self) -> Iterator[Point]:
        """The thread above: what it answers, what that answers, and how it all began."""
        chain = self._chain()
        for place, (post, said) in enumerate((post, self._said(post)) for post in chain[:ABOVE]):
            if said:
                yield Point("thread", phrases.say("that_answers" if place else "in_reply_to", self._lang, said=said), (post,))
        top = (chain or [self._seen])[-1]
        root = self._thread.get(top.post.root or "")
        if top.post.reply_to:
            yield Point("thread", phrases.say("gap", self._lang), (top,))
        between = chain[ABOVE:] if root else chain[ABOVE:-1]
        if between:
            yield Point("thread", phrases.say("between", self._lang, len(between)), tuple(between))
        first = root if root and root not in (*chain, self._seen) else chain[-1] if len(chain) > ABOVE else None
        if first and (said := self._said(first)):
            yield Point("thread", phrases.say("began", self._lang, said=said), (first,))

    def _chain(self) -> list[SeenPost]:
        """The posts above, the nearest first, up to the first gap."""
        chain: list[SeenPost] = []
        post = self._seen
        while (parent := self._thread.get(post.post.reply_to or "")) and parent not in (self._seen, *chain):
            chain.append(parent)
            post = parent
        return chain

    def _quoted(self) -> Iterator[Point]:
        if not (key := self._seen.post.quote_of):
            return
        try:
            quoted = self._view.post(key, self._seen.post.network)
        except NotFound:
            yield Point("quotes", phrases.say("quotes_gap", self._lang), (self._seen,))
            return
        if said := self._said(quoted):
            yield Point("quotes", phrases.say("quotes", self._lang, said=said), (quoted,))

    def _referred(self) -> Iterator[Point]:
        """The accounts it mentions, and of its names, tags and links those that other posts introduce, the rarest first."""
        yield from self._mentioned()
        for term, post, before in references.found(self._view, self._search, self._seen, frozenset(self._thread), self._now):
            key = "same_link" if term.kind == "link" else "refers_before" if before else "refers_after"
            if said := self._said(post, references.parts(term)):
                yield Point("refers", phrases.say(key, self._lang, name=quoting.plain(term.shown), said=said), (post,))

    def _mentioned(self) -> Iterator[Point]:
        names = list(dict.fromkeys(name for name in self._seen.post.mentions if name != self._seen.author.handle.lower()))[:NAMED]
        for mention in names:
            where = SQL("a.network = {network} AND (lower(a.handle) = {name} OR lower(a.key) = {name})")
            rows = self._view.accounts(where.format(network=Literal(self._seen.post.network), name=Literal(mention)), 1)
            if rows and (bio := quoting.quote(rows[0]["bio"], longest=SHORT)):
                name, account = quoting.handle(rows[0]["handle"]), byline(rows[0]["name"])
                words = phrases.say("mentions", self._lang, name=f"@{name}", account=account or name, quote=phrases.quoted(bio, self._lang))
                yield Point("refers", words, (self._seen,))

    def _alike(self) -> list[SeenPost]:
        """The posts most like this one, whoever wrote them, repetitions and all; itself and covered ones left out."""
        if not (words := references.words(self._seen.post.text)):
            return []
        results = self._search.search(self._view, words, limit=LIKE, fold=False, now=self._now).results
        return [item.seen for item in results if item.seen.number != self._seen.number and not item.seen.blurred]

    def _same(self, alike: Sequence[SeenPost]) -> Iterator[Point]:
        """Others who post the same words, and posts that say much the same in other words."""
        folder = Folder()
        folder.original(self._seen.number, self._seen.post.text)
        first = {post.number: folder.original(post.number, post.post.text) for post in alike}
        others = (post for post in alike if first[post.number] == self._seen.number and _account(post) != _account(self._seen))
        copies = sorted((post for post in others if not self._differs(post)), key=lambda post: (post.post.created_at, post.number))
        if copies and (said := self._said(copies[0])):
            yield Point("same", phrases.say("same_text", self._lang, len(set(map(_account, copies))), said=said), tuple(copies))
        near = [post for post in alike if first[post.number] == post.number and self._is_near(post)]
        for post in near[:MOST_ALIKE]:
            if said := self._said(post):
                yield Point("same", phrases.say("similar", self._lang, said=said), (post,))

    def _is_near(self, post: SeenPost) -> bool:
        """Whether a post of another thread says much the same and contradicts nothing."""
        shared = _shared(self._stems, quoting.stems(post))
        return post.post.id not in self._thread and shared >= SHARED and not self._differs(post)

    def _differs(self, post: SeenPost) -> str:
        return disagreement.differs(self._seen.post.text, post.post.text, self._seen.post.lang)

    def _differing(self, alike: Sequence[SeenPost]) -> Iterator[Point]:
        """Posts of about the same time that give another number for the same thing, or deny what this one says or say what it denies."""
        near = (post for post in alike if abs(post.post.created_at - self._seen.post.created_at) <= AROUND)
        found = ((post, how) for post in near if (how := self._differs(post)))
        for post, how in islice(found, MOST_DIFFERING):
            if said := self._said(post):
                yield Point("differs", phrases.say(f"differs_{how}", self._lang, said=said), (post,))

    def _replies(self) -> Iterator[Point]:
        """How many replies there are, and those that say most."""
        replies = [post for post in self._thread.values() if post.post.reply_to == self._seen.post.id and post.number != self._seen.number]
        shown = sorted((post for post in replies if not post.blurred), key=lambda post: (-_weight(post), post.number))
        told = [(post, said) for post in shown if (said := self._said(post))][:MOST_REPLIES]
        if told:
            accounts = phrases.say("accounts", self._lang, len(set(map(_account, replies))))
            said = phrases.listed([said for _, said in told], self._lang)
            words = phrases.say("replied", self._lang, len(replies), accounts=accounts, said=said)
            yield Point("replies", words, tuple(post for post, _ in told))

    def _said(self, post: SeenPost, about: frozenset[str] = frozenset()) -> str:
        uncover = bool(self._seen.blurred) and post.post.id in self._thread
        return quoting.said(post, self._lang, about or self._stems, SHORT, uncover=uncover)


def _account(seen: SeenPost) -> tuple[str, str]:
    return seen.author.network, seen.author.id


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of common words, of all words of the two."""
    return len(one & other) / max(1, len(one | other))


def _weight(post: SeenPost) -> float:
    """How much a reply says, and how much it is liked."""
    return min(len(quoting.stems(post)), 12) + 2 * math.sqrt(max(0, post.post.likes + post.post.replies))
