"""The search operators that a single post answers by itself, each as a test in memory; and why the others cannot be a targeting.

It says of one post what the operator's SQL says of it in the store (`oscine.search.operators`): a test on the real database holds the two
together.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from oscine import text
from oscine.records import Post
from oscine.search.operators import links, places, texts, times
from oscine.search.operators.kinds import FILTERS, PLACES_TO_LOOK, Kind
from oscine.view import SeenPost


class Read(NamedTuple):
    """A post with its lexemes, each with the places at which it stands."""

    seen: SeenPost
    places: Mapping[str, frozenset[int]]

    @property
    def post(self) -> Post:
        """The post itself."""
        return self.seen.post


Test = Callable[[Read], bool]
NOWHERE: frozenset[int] = frozenset()


def together(tokens: Iterable[text.Token]) -> Test:
    """That tokens stand in a post as they are written, at the distances at which they stand here."""
    return standing({token.position: text.exact_lexeme(token) for token in tokens})


def standing(lexemes: Mapping[int, str]) -> Test:
    """That lexemes stand in a post as far from each other as here."""
    if not lexemes:
        return lambda _: False
    first = min(lexemes)
    rest = [(place - first, lexeme) for place, lexeme in lexemes.items() if place != first]

    def met(read: Read) -> bool:
        starts = read.places.get(lexemes[first], NOWHERE)
        return any(all(start + away in read.places.get(lexeme, NOWHERE) for away, lexeme in rest) for start in starts)

    return met


def _holds(lexeme: str) -> Test:
    return lambda read: lexeme in read.places


def _sounds(sign: str, _value: str) -> Test:
    return _holds(sign)


def _by(who: str) -> Test:
    return lambda read: who in (read.seen.author.handle.lower(), read.seen.author.id.lower())


def _mentions(who: str) -> Test:
    name = "@" + text.fold(who)
    if [token.exact for token in text.tokens("@" + who) if token.kind == "mention"] == [name]:
        return _holds(name)
    said = together(text.tokens("@" + who))
    return lambda read: said(read) and who in read.post.mentions


def _in_language(code: str) -> Test:
    return lambda read: read.post.lang == (None if code == "und" else code)


def _linked(address: str) -> Test:
    return standing(dict(enumerate(links.parts(address))))


def _to_hosts(*hosts: str) -> Test:
    leads = re.compile(links.at_hosts(*hosts), re.IGNORECASE)
    return lambda read: any(leads.search(url) for url in read.post.urls)


def _card(field: str, test: Callable[[str], Callable[[str], object]]) -> Callable[[str], Test]:
    def of(value: str) -> Test:
        fits = test(value)
        return lambda read: bool((told := getattr(read.post.card, field, "").lower()) and fits(told))

    return of


def _like(value: str) -> Callable[[str], object]:
    return re.compile(".*".join(map(re.escape, value.lower().split("*"))), re.DOTALL).fullmatch


def _media(kinds: str) -> Test:
    begins = re.compile(kinds, re.IGNORECASE)
    return lambda read: any(begins.match(medium.kind) for medium in read.post.media)


def _any(*tests: Test) -> Test:
    return lambda read: any(test(read) for test in tests)


def _from(moment: datetime) -> Test:
    return lambda read: read.post.created_at >= moment


def _before(moment: datetime) -> Test:
    return lambda read: read.post.created_at < moment


def _within(span: times.Span) -> Test:
    return lambda read: span.start <= read.post.created_at < span.end


def _at_least(column: str) -> Callable[[int], Test]:
    return lambda least: lambda read: getattr(read.post, column) >= least


def _names_place(name: str) -> Test:
    return together(text.place_tokens(name))


def _is_place(name: str) -> Test:
    return lambda read: read.post.geo is not None and read.post.geo.name.lower() == name.lower()


def _in_circle(circle: places.Circle) -> Test:
    """Within a distance by the great circle (haversine formula)."""
    lat, lon = math.radians(circle.lat), math.radians(circle.lon)

    def met(read: Read) -> bool:
        geo = read.post.geo
        if geo is None or geo.lat is None or geo.lon is None:
            return False
        up, along = math.radians(geo.lat) - lat, math.radians(geo.lon) - lon
        bend = math.sin(up / 2) ** 2 + math.cos(lat) * math.cos(math.radians(geo.lat)) * math.sin(along / 2) ** 2
        return 12742 * math.asin(math.sqrt(min(1.0, bend))) <= circle.radius

    return met


def _program(name: str) -> Test:
    return lambda read: bool(read.post.source) and read.post.source.lower().replace(" ", "_") == name


_NATIVE = _media("video|film|gifv|animated")
_KINDS: dict[str, Test] = {
    "links": lambda read: bool(read.post.urls),
    "news": _to_hosts(*links.DOMAINS["news"]),
    "media": lambda read: bool(read.post.media),
    "images": _media("image|photo|picture|gif"),
    "videos": _any(_NATIVE, _to_hosts(*links.DOMAINS["video"])),
    "native_video": _NATIVE,
    "audio": _media("audio|sound|voice"),
    "spaces": _any(_linked("twitter.com/i/spaces"), _linked("x.com/i/spaces")),
    "polls": _any(_media("poll"), _card("name", _like)("poll*")),
    "cards": lambda read: read.post.card is not None,
    "hashtags": lambda read: bool(read.post.tags),
    "mentions": lambda read: bool(read.post.mentions),
    "place": lambda read: read.post.geo is not None and (read.post.geo.lat is not None or read.post.geo.name != ""),
    "replies": lambda read: read.post.reply_to is not None,
    "quote": lambda read: read.post.quote_of is not None,
    "retweets": lambda read: read.post.quote_of is not None or bool(re.match(r"RT(?!\w)", read.post.text)),
    "has_engagement": lambda read: bool(read.post.likes or read.post.reposts or read.post.replies or read.post.quotes),
    "verified": lambda read: read.seen.author.verified,
    "safe": lambda read: not read.seen.blurred,
    "sensitive": lambda read: read.post.sensitive or read.post.content_warning != "",
}


def _kind(kind: Kind) -> Test | None:
    return next((_KINDS[name] for name, known in FILTERS.items() if known is kind and name in _KINDS), None)


def _not_of(kind: Kind) -> Test | None:
    test = _kind(kind)
    return test and (lambda read: not test(read))


def _collection(kind: Kind) -> Test | None:
    return (lambda read: read.post.visibility == "public") if kind is PLACES_TO_LOOK["public"] else None


TESTS: dict[str, Callable[[Any], Test | None]] = {
    "+": lambda value: together(text.tokens(value)),
    **dict.fromkeys(("#", "$"), _holds),
    **{sign: partial(_sounds, sign) for sign in ("?", ":)", ":(")},
    "lang": lambda code: _in_language(code) if code == "und" or code not in texts.LANGUAGE_CODES else None,
    "from": _by,
    "did": _by,
    "@": _mentions,
    "url": _linked,
    "domain": _to_hosts,
    "card_name": _card("name", _like),
    "card_domain": _card("url", lambda host: re.compile(links.at_hosts(host)).search),
    "card_url": _card("url", lambda part: _like(f"*{part}*")),
    "filter": _kind,
    "exclude": _not_of,
    "in": _collection,
    "since": lambda span: _from(span.start),
    "until": lambda span: _before(span.start),
    "before": lambda span: _before(span.start),
    "after": lambda span: _from(span.end),
    "during": _within,
    "since_time": lambda span: _from(span.start),
    "until_time": lambda span: _before(span.start),
    "min_faves": _at_least("likes"),
    "min_retweets": _at_least("reposts"),
    "min_replies": _at_least("replies"),
    "min_quotes": _at_least("quotes"),
    "near": lambda near: _names_place(near.name) if near.radius is None else None,
    "place": _is_place,
    "geocode": _in_circle,
    "source": _program,
    "in_reply_to_tweet_id": lambda key: lambda read: read.post.reply_to == key,
    "quoted_tweet_id": lambda key: lambda read: read.post.quote_of == key,
    "retweets_of_tweet_id": lambda key: lambda read: read.post.id == key and read.post.reposts > 0,
    "retweets_of_user_id": lambda who: lambda read: read.post.reposts > 0 and _by(who)(read),
}
"""By the operator's first name: a test of its value; None where only other posts could tell."""
