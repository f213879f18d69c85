"""Summaries of a search, a thread, a day, an account or any posts: the posts that stand for all, quoted, each with who wrote it. No model writes a word.

The posts are chosen by how central they are, how much they say, and a little by engagement; near-duplicates are folded and counted, no two say the
same, and nobody is quoted twice but the account that is summed up. Numbers are counted among what the viewer may see. Covered posts are counted
but not quoted, except in a thread that begins covered. Who opted out of search is in no summary but that of a thread it takes part in.
It tells what was said, not whether it is true, and it does not see what posts were deleted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Literal as OneOf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg.sql import SQL, Composable, Literal

from oscine import text
from oscine.ask import central, disagreement, phrases, quoting
from oscine.ask.answer import Sentence
from oscine.errors import InputError, NotFound
from oscine.search.conversation import conversation
from oscine.search.rank import MUCH_ENGAGEMENT, Folder
from oscine.search.retrieve import SEARCHABLE, conjunction
from oscine.search.search import Search
from oscine.view import SeenPost, View

Kind = OneOf["search", "thread", "day", "account"]
LENGTH, LONGEST = 5, 20  # sentences
CONSIDERED = 300  # posts among which a summary chooses
FROM_SEARCH = 60
TELLING = 4  # words of topic below which a post says too little to stand for others
MUCH = 12  # words of topic from which more say no more
MILD = 0.2  # what engagement adds at most
FADING = 0.95  # of a search result's weight, from place to place
AHEAD = 0.03  # of the median cosine, where no post has a word of the search
SLACK = 0.03  # of cosine, for a post with some of the words
_BY = SQL(
    "p.author IN (SELECT id FROM accounts WHERE (lower(handle) = {name} OR lower(key) = {name}) AND ({network} = '' OR network = {network}))"
)
_ENGAGEMENT = SQL("p.likes + 2 * (p.reposts + p.quotes) + p.replies DESC, p.created_at DESC, p.id DESC")


class Summary(NamedTuple):
    """`fact` says how many posts by how many accounts it is of; `sentences` quote those that stand for them; `lang` is what Oscine's own words are in."""

    of: Kind | OneOf["posts"]
    subject: str
    lang: str
    fact: str
    sentences: tuple[Sentence, ...]

    @property
    def posts(self) -> tuple[SeenPost, ...]:
        """The posts quoted, in order."""
        return tuple({seen.number: seen for sentence in self.sentences for seen in sentence.sources}.values())

    @property
    def text(self) -> str:
        """The whole, in one piece."""
        return "\n\n".join([self.fact, *(sentence.text for sentence in self.sentences)])


class _Group(NamedTuple):
    """A post with those that repeat it, and its weight before others are looked at."""

    seen: SeenPost
    repeats: tuple[SeenPost, ...] = ()
    weight: float = 1.0

    @property
    def others(self) -> set[tuple[str, str]]:
        """The accounts that repeat it, without its author: to repeat oneself adds no weight."""
        return {_account(seen) for seen in self.repeats} - {_account(self.seen)}


class Summaries:
    """Summaries of what a viewer may see, of at most `length` sentences; `lang` is the language of what Oscine says, by default that of the posts."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def of(self, kind: Kind, view: View, subject: str, network: str = "", length: int = LENGTH, lang: str | None = None) -> Summary:
        """The summary of a search, a post's id, a day as `2024-05-31`, or a handle. Raises what the four below raise."""
        if kind == "search":
            return self.of_search(view, subject, length, lang)
        if kind == "thread":
            return self.of_thread(view, subject, network, length, lang)
        if kind == "account":
            return self.of_account(view, subject, network, length, lang)
        return self.of_day(view, _day(subject), length, lang)

    def of_search(self, view: View, query: str, length: int = LENGTH, lang: str | None = None, now: datetime | None = None) -> Summary:
        """What the best posts for a query say. Raises `InputError` where nothing is searched."""
        if not query.strip():
            raise InputError("Nothing was searched.", "Give words or operators to search.")
        now = now or datetime.now(UTC)
        about = _about(query)
        near = {item.seen.number: item.near for item in self._search.find(view, query, FROM_SEARCH, now)[0]}
        results = self._search.search(view, query, limit=FROM_SEARCH, fold=False, now=now).results
        kept = _fitting(_folded([item.seen for item in results]), near, about)
        lang = phrases.spoken(lang, text.language(query), common_language([group.seen for group in kept]))
        found = [seen for group in kept for seen in (group.seen, *group.repeats)]
        fact = _span(phrases.say("found", lang, len(found)), found, lang) if found else phrases.say("nothing", lang)
        groups = [group._replace(weight=FADING**place) for place, group in enumerate(kept) if not group.seen.blurred]
        return Summary("search", query, lang, fact, self._sentences(view, groups, length, lang, about))

    def of_thread(self, view: View, key: str, network: str = "", length: int = LENGTH, lang: str | None = None) -> Summary:
        """What is said in the thread that a post stands in, in the order of time, its beginning first. Raises `NotFound`."""
        posts = conversation(view, key, network, CONSIDERED)
        root = posts[0]
        lang = phrases.spoken(lang, root.post.lang, common_language(posts))
        shown = [seen for seen in posts if root.blurred or not seen.blurred]
        groups = [group for group in _folded(shown) if group.seen.number != root.number]
        told = self._sentences(view, groups, length - 1, lang, uncover=bool(root.blurred))
        opening = quoting.said(root, lang, uncover=True) if root in shown else ""
        first = (Sentence(opening, (root,)),) if opening else ()
        ordered = sorted(told, key=lambda sentence: (sentence.sources[0].post.created_at, sentence.sources[0].number))
        return Summary("thread", root.post.id, lang, fact(posts, lang), (*first, *ordered))

    def of_day(self, view: View, day: date, length: int = LENGTH, lang: str | None = None) -> Summary:
        """What was said on a day, in UTC."""
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
        within = SQL("p.created_at >= {} AND p.created_at < {}").format(Literal(begin), Literal(begin + timedelta(days=1)))
        posts, counted = self._gathered(view, conjunction([SEARCHABLE, within]))
        lang = phrases.spoken(lang, common_language(posts))
        fact = phrases.say("span_day", lang, what=phrases.posts_by(*counted[:2], lang), first=phrases.day(begin, lang))
        return Summary("day", day.isoformat(), lang, fact, self._sentences(view, _folded(posts), length, lang))

    def of_account(self, view: View, name: str, network: str = "", length: int = LENGTH, lang: str | None = None) -> Summary:
        """What an account, named by handle or id, writes about. Raises `NotFound`, the same where there is none and where there is nothing to see."""
        called = Literal(name.strip().lstrip("@").lower())
        posts, counted = self._gathered(view, conjunction([SEARCHABLE, _BY.format(name=called, network=Literal(network))]))
        if not counted[0]:
            raise NotFound(f"There is no account {name!r} here with posts for you to see.", "Check its handle.")
        lang = phrases.spoken(lang, common_language(posts))
        fact = _between(phrases.posts_by(*counted[:2], lang), *counted[2:], lang)
        return Summary("account", name, lang, fact, self._sentences(view, _folded(posts), length, lang, one_each=False))

    def of_posts(self, view: View, where: Composable, length: int = LENGTH, lang: str | None = None) -> Summary:
        """What the posts `p` that meet a condition say, whoever wrote them: whether they may be found is for the caller to say."""
        posts, counted = self._gathered(view, where)
        lang = phrases.spoken(lang, common_language(posts))
        fact = _between(phrases.posts_by(*counted[:2], lang), *counted[2:], lang) if counted[0] else phrases.say("nothing", lang)
        return Summary("posts", "", lang, fact, self._sentences(view, _folded(posts), length, lang))

    def _gathered(self, view: View, where: Composable) -> tuple[list[SeenPost], tuple[int, int, datetime, datetime]]:
        """The posts with most engagement that may be quoted; and of all how many there are, of how many accounts, the first and the last time."""
        columns = SQL("count(*) AS posts, count(DISTINCT p.author) AS accounts, min(p.created_at) AS first, max(p.created_at) AS last")
        counts = view.select(columns, where, 1)[0]
        rows = view.select(SQL("p.id"), where, CONSIDERED, order=_ENGAGEMENT)
        shown = [seen for seen in view.posts([row["id"] for row in rows]) if not seen.blurred]
        return shown, (counts["posts"], counts["accounts"], counts["first"], counts["last"])

    def _sentences(self, view: View, groups: Sequence[_Group], length: int, lang: str, about: frozenset[str] = frozenset(),
                   one_each: bool = True, uncover: bool = False) -> tuple[Sentence, ...]:  # fmt: skip
        """The groups that stand for all, told."""
        known = [(group, stems) for group in groups if len(stems := quoting.stems(group.seen)) >= TELLING]
        known = known or [(group, stems) for group in groups if (stems := quoting.stems(group.seen))]
        if not known or length < 1:
            return ()
        likeness = central.alike([sorted(stems) for _, stems in known], _vectors(view, [group.seen.number for group, _ in known]))
        full = np.array([_fullness(group.seen, stems) for group, stems in known])
        weights = np.array([group.weight for group, _ in known])
        repeats = np.array([1 + math.log1p(len(group.others)) for group, _ in known])
        liked = np.array([1 + MILD * _engagement(group.seen) for group, _ in known])
        worth = central.centrality(likeness, full * weights * repeats) * full * weights * liked
        authors = [_account(group.seen) for group, _ in known] if one_each else None
        chosen = [known[place][0] for place in central.diverse(worth, likeness, length, authors)]
        told = ((_told(group, lang, about, uncover), group.seen) for group in chosen)
        return tuple(Sentence(words, (seen,)) for words, seen in told if words)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        raise InputError(f"{written[:40]!r} is no day.", "Write it as 2024-05-31.") from None


def _folded(posts: Sequence[SeenPost]) -> list[_Group]:
    """The posts that repeat none before them, each with those that repeat it; one with another number, or a denial, repeats nothing."""
    folder = Folder()
    groups: dict[int, _Group] = {}
    for seen in posts:
        first = groups.get(folder.original(seen.number, seen.post.text))
        if first and not disagreement.differs(first.seen.post.text, seen.post.text, seen.post.lang):
            groups[first.seen.number] = first._replace(repeats=(*first.repeats, seen))
        else:
            groups[seen.number] = _Group(seen)
    return list(groups.values())


def _told(group: _Group, lang: str, about: frozenset[str], uncover: bool) -> str:
    words = quoting.said(group.seen, lang, about, uncover=uncover)
    return f"{words} ({phrases.say('alike', lang, len(group.repeats))})" if words and group.repeats else words


def _about(query: str) -> frozenset[str]:
    """The stems that a search is about, in its own language and in English; operators and what is excluded left out."""
    words = " ".join(word for word in query.split() if ":" not in word and not word.startswith("-"))
    return frozenset(token.stem for lang in (text.language(words), text.FALLBACK_LANGUAGE) for token in text.content_words(words, lang))


def _fitting(groups: Sequence[_Group], nearness: Mapping[int, float | None], about: AbstractSet[str]) -> list[_Group]:
    """The results that are what was searched and not merely the next best: most of the words that any has, or as near in meaning as those."""
    stems = {group.seen.number: quoting.stems(group.seen) for group in groups}
    held = {number: len(about & said) for number, said in stems.items()}
    most = max(held.values(), default=0)
    best = {number for number, words in held.items() if most and 2 * words > most}
    known = [near for number in held if (near := nearness.get(number)) is not None and (number in best or not most)]
    bar = median(known) + (0 if most else AHEAD) if known else math.inf

    def fits(number: int) -> bool:
        near = nearness.get(number)
        return number in best or (near is not None and near >= bar - (SLACK if held[number] else 0) and len(stems[number]) >= TELLING)

    return [group for group in groups if not about or fits(group.seen.number)]


def _fullness(seen: SeenPost, stems: AbstractSet[str]) -> float:
    """How much a post says, from 0 to 1: its words of topic, less where signs take the place of words."""
    words = seen.post.text[: quoting.READ].split()
    plain = sum(word[:1].isalpha() for word in words)
    return min(len(stems), MUCH) / MUCH * plain / max(1, len(words))


def _engagement(seen: SeenPost) -> float:
    post = seen.post
    return min(1.0, math.log1p(max(0, post.likes + 2 * (post.reposts + post.quotes) + post.replies)) / math.log1p(MUCH_ENGAGEMENT))


def _vectors(view: View, numbers: Sequence[int]) -> NDArray[np.float32] | None:
    """The posts' vectors, shape (n, d); None unless each has one."""
    if not view.select(SQL("1"), SQL("to_regclass('vectors') IS NOT NULL"), 1):
        return None
    tables = SQL("posts p JOIN vectors v ON v.post = p.id")
    rows = view.select(
        SQL("p.id, v.embedding::text AS vector"), SQL("p.id = ANY ({})").format(Literal(list(numbers))), len(numbers), tables=tables
    )
    known = {row["id"]: np.fromstring(row["vector"][1:-1], np.float32, sep=",") for row in rows}
    return np.stack([known[number] for number in numbers]) if all(number in known for number in numbers) else None


def common_language(posts: Sequence[SeenPost]) -> str | None:
    """The language of most posts, if they have one."""
    codes = [seen.post.lang for seen in posts if seen.post.lang]
    return max(set(codes), key=lambda code: (codes.count(code), code)) if codes else None


def _account(seen: SeenPost) -> tuple[str, str]:
    return seen.author.network, seen.author.id


def fact(posts: Sequence[SeenPost], lang: str) -> str:
    """How many posts by how many accounts, and from when to when: `12 posts by 3 accounts, 3 May 2014`."""
    accounts = len(set(map(_account, posts)))
    return _span(phrases.posts_by(len(posts), accounts, lang), posts, lang)


def _span(what: str, posts: Sequence[SeenPost], lang: str) -> str:
    times = [seen.post.created_at for seen in posts]
    return _between(what, min(times), max(times), lang)


def _between(what: str, first: datetime, last: datetime, lang: str) -> str:
    """A fact with the days that it spans."""
    days = phrases.day(first, lang), phrases.day(last, lang)
    key = "span_day" if days[0] == days[1] else "span"
    return phrases.say(key, lang, what=what, first=days[0], last=days[1])
