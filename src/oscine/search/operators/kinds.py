"""Kinds of posts: `filter:`, with Mastodon's `has:` and `is:` as synonyms, and `exclude:`, its contrary; and `in:`, where to look."""

from __future__ import annotations

from typing import NamedTuple

from psycopg.sql import SQL, Composable, Literal

from oscine.search.operators.base import Operator, Reading, Unanswerable, contrary, matching
from oscine.search.operators.links import DOMAINS, linked, to_hosts
from oscine.search.operators.people import NO_ACCOUNT, VIEWER, accounts


class Kind(NamedTuple):
    """A kind of posts: what it means, its condition, its other names, and its contrary where a rule of English does not do."""

    means: str
    condition: Composable
    synonyms: tuple[str, ...] = ()
    unless: str = ""
    personal: bool = False

    def says(self, negative: bool) -> str:
        """What it means, or what its contrary does."""
        return (self.unless or contrary(self.means)) if negative else self.means


def _media(kinds: str) -> Composable:
    """With a medium whose kind begins so; one without a kind is a picture."""
    unnamed = " || !exists(@.kind)" if "image" in kinds else ""
    return SQL("p.media @? {}::jsonpath").format(Literal(f'$[*] ? (@.kind like_regex "^({kinds})" flag "i"{unnamed})'))


_IMAGES, _FILMS, _SOUND, _POLL = (_media(kinds) for kinds in ("image|photo|picture|gif", "video|film|gifv|animated", "audio|sound|voice", "poll"))
_MINE = SQL("(p.network, p.key) IN (SELECT e.network, e.post FROM engagements e WHERE e.active AND e.actor = (SELECT id FROM me) AND e.kind = ANY ({}))")
_OWN_THREAD = SQL(
    "p.reply_to IS NOT NULL AND EXISTS (SELECT FROM seen r WHERE (r.network, r.key) = (p.network, p.reply_to) AND r.author = p.author)"
)

FILTERS: dict[str, Kind] = {
    "links": Kind("with links", SQL("p.urls <> '{}'"), ("link",)),
    "news": Kind("with links to news", to_hosts(*DOMAINS["news"])),
    "media": Kind("with pictures, sound or film", SQL("p.media <> '[]'"), unless="without pictures, sound and film"),
    "images": Kind("with pictures", _IMAGES, ("image", "photos", "photo", "twimg")),
    "videos": Kind("with films, or links to them", SQL("({} OR {})").format(_FILMS, to_hosts(*DOMAINS["video"])), ("video",),
                   "without films and links to them"),
    "native_video": Kind("with films of their own", _FILMS),
    "audio": Kind("with sound", _SOUND),
    "spaces": Kind("with links to audio rooms", matching(linked("twitter.com/i/spaces", "x.com/i/spaces"))),
    "polls": Kind("with polls", SQL("({} OR p.card IS NOT NULL AND lower(p.card ->> 'name') LIKE 'poll%')").format(_POLL), ("poll",)),
    "cards": Kind("with a card", SQL("p.card IS NOT NULL"), ("card", "embed", "embeds")),
    "hashtags": Kind("with hashtags", SQL("p.tags <> '{}'"), ("hashtag", "tags", "tag")),
    "mentions": Kind("that mention somebody", SQL("p.mentions <> '{}'"), ("mention",), "that mention nobody"),
    "place": Kind("with a place", SQL("(p.lat IS NOT NULL OR p.place <> '')"), ("geo",)),
    "replies": Kind("that are replies", SQL("p.reply_to IS NOT NULL"), ("reply",)),
    "self_threads": Kind("that are replies of authors to themselves", _OWN_THREAD, ("self_thread",)),
    "quote": Kind("that quote another post", SQL("p.quote_of IS NOT NULL"), ("quotes",), "that quote no other post"),
    "retweets": Kind("that repeat another post: quotes, and texts that begin with RT", SQL("(p.quote_of IS NOT NULL OR p.text ~ '^RT\\M')"),
                     unless="that repeat no other post"),
    "has_engagement": Kind("that were liked, reposted, answered or quoted",
                           SQL("(p.likes > 0 OR p.reposts > 0 OR p.replies > 0 OR p.quotes > 0)"), ("engagement",),
                           "that nobody liked, reposted, answered or quoted"),
    "verified": Kind("by verified accounts", SQL("p.author IN (SELECT id FROM accounts WHERE verified)"), ("blue_verified",)),
    "follows": Kind("by accounts that you follow",
                    SQL("p.author IN (SELECT target FROM relations WHERE actor = (SELECT id FROM me) AND kind = 'follow' AND active)"),
                    ("followed",), personal=True),
    "safe": Kind("that are shown uncovered",
                 SQL("NOT p.sensitive AND p.content_warning = '' AND NOT coalesce(p.labels && (SELECT covered FROM policy), false)"),
                 unless="that are shown covered: sensitive, with a warning or a label"),
    "sensitive": Kind("that are marked as sensitive or carry a warning", SQL("(p.sensitive OR p.content_warning <> '')"),
                      unless="that are neither marked as sensitive nor carry a warning"),
}  # fmt: skip
PLACES_TO_LOOK: dict[str, Kind] = {
    "public": Kind("that are public", SQL("p.visibility = 'public'")),
    "library": Kind("that are yours, name you, or were liked, reposted or answered by you",
                    SQL("(p.author = {me} OR {named} OR {mine})").format(
                        me=accounts(VIEWER), named=SQL("p.mentions && ARRAY(SELECT unnest(ARRAY[lower(key), lower(handle)]) FROM me)"),
                        mine=_MINE.format(Literal(["like", "repost", "reply", "quote"]))),
                    unless="that are not yours, do not name you, and were not liked, reposted or answered by you", personal=True),
    "likes": Kind("that you liked", _MINE.format(Literal(["like"])), unless="that you did not like", personal=True),
    "reposts": Kind("that you reposted", _MINE.format(Literal(["repost"])), unless="that you did not repost", personal=True),
}  # fmt: skip
UNANSWERED = {
    "nativeretweets": "reposts are kept as acts, not as posts: there are none to find or leave out; retweeted_by_user_id:NAME finds what somebody reposted",
    "social": "whom others follow is theirs to tell; filter:follows finds posts by accounts that you follow yourself",
}
"""What X can filter by and nobody can here, and why."""
LEFT_OUT = {"include": "nothing is kept from a search that could be asked for; reposts are acts here, not posts"}
"""Operators of X that have nothing to say here, and why."""


def _named(kinds: dict[str, Kind], value: str, reading: Reading) -> Kind:
    name = value.lower()
    if name in UNANSWERED:
        raise Unanswerable(UNANSWERED[name])
    kind = kinds.get(name) or next((kind for kind in kinds.values() if name in kind.synonyms), None)
    if kind is None:
        raise ValueError(f"takes one of {', '.join(kinds)}")
    if kind.personal and reading.viewer.anonymous:
        raise Unanswerable(NO_ACCOUNT)
    return kind


def _filter(value: str, reading: Reading) -> Kind:
    return _named(FILTERS, value, reading)


def _in(value: str, reading: Reading) -> Kind:
    return _named(PLACES_TO_LOOK, value, reading)


def _excluded(kind: Kind) -> Composable:
    return SQL("NOT coalesce({}, false)").format(kind.condition)


ALL = [
    Operator("filter", "filter:links", "of a kind", "kind", _filter, lambda kind: kind.says(False), lambda kind: kind.condition,
             lambda kind: kind.says(True), ("has", "is"), tuple(FILTERS)),
    Operator("exclude", "exclude:replies", "not of a kind", "kind", _filter, lambda kind: kind.says(True), _excluded,
             lambda kind: kind.says(False), values=tuple(FILTERS)),
    Operator("in", "in:public", "of a collection: what is public, what you liked or reposted, or all that concerns you", "kind", _in,
             lambda kind: kind.says(False), lambda kind: kind.condition, lambda kind: kind.says(True), values=tuple(PLACES_TO_LOOK)),
]  # fmt: skip
