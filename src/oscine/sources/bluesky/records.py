"""What the records of a repository mean: each becomes events, and so does its deletion.

Posts become posts, likes and reposts engagement, follows, blocks and list items relations, a profile and a declaration of user intents what is known of
an account. Replies and quotes are posts. All else (threadgates, feeds, lists themselves) means nothing here, nor does a block list that an account
subscribes to: only whom it blocks by name. It knows nothing of repositories, frames and signatures, and asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import libipld
import msgspec
from msgspec import convert

from oscine.errors import InputError
from oscine.records import (
    AUTOMATED,
    INACTIVE,
    SIGNED_IN_ONLY,
    Account,
    AccountChanged,
    AccountDeleted,
    AnyEvent,
    Card,
    Engagement,
    EngagementKind,
    Intent,
    Labelled,
    Media,
    Post,
    PostDeleted,
    PostWritten,
    Relation,
    RelationKind,
    Undone,
)
from oscine.sources.bluesky import lexicons
from oscine.sources.jsonl import language_code, without_nul

NETWORK = "bluesky"
POSTS = "app.bsky.feed.post"
PROFILES = "app.bsky.actor.profile"
INTENTS = ("org.user-intents.declaration", "org.user-intents.demo.declaration")
TROUBLES = ("desynchronized", "throttled")  # between a relay and a server; the account is what it was
PICTURE = "https://cdn.bsky.app/img/feed_fullsize/plain/{did}/{cid}@jpeg"
FILM = "https://video.bsky.app/watch/{did}/{cid}/playlist.m3u8"
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)  # when Usenet began: no post is older, whatever it says
FEATURES = {"app.bsky.richtext.facet#mention": "did", "app.bsky.richtext.facet#link": "uri", "app.bsky.richtext.facet#tag": "tag"}
LONGEST_FEATURE = 8_192
UNSET: dict[str, Intent] = dict.fromkeys(lexicons.DECLARED, "unset")

Record = dict[str, Any]


class Written(NamedTuple):
    """A record's place, and when its repository (or whoever told of it) says that it was written."""

    did: str
    uri: str
    cid: str
    at: datetime
    cursor: int
    edited: bool


def events(did: str, collection: str, rkey: str, record: Any, cid: str, at: datetime, cursor: int, edited: bool = False) -> list[AnyEvent]:
    """What a record says. `at` is when it was written, as its server tells; `edited`: that it was there before.

    A post says itself when it was made; what lies in the future or before all networks is taken for `at`, and kept in `extra["claimed"]`.
    Raises `InputError` for a record that does not follow its lexicon.
    """
    read = READERS.get(collection)
    if read is None or (rkey != "self" and collection in ONE_EACH):
        return []
    uri = f"at://{did}/{collection}/{rkey}"
    try:
        if not isinstance(record, dict):
            raise ValueError("it is no object")
        if record.get("$type", collection) != collection:
            raise ValueError("it says that it is of another")
        if b"\\u0000" in msgspec.json.encode(record):
            record = without_nul(record)
        return read(Written(did, uri, cid, at.astimezone(UTC), cursor, edited), record)
    except (ValueError, TypeError, RecursionError) as error:  # a ValidationError is a ValueError
        raise InputError(f"{uri} does not follow its lexicon: {error}.", "Nothing else is lost with it.") from None


def gone(did: str, collection: str, rkey: str, cursor: int, at: datetime | None = None) -> AnyEvent | None:
    """What the deletion of a record says; None where the record said nothing."""
    uri = f"at://{did}/{collection}/{rkey}"
    if collection == POSTS:
        return PostDeleted(cursor=cursor, network=NETWORK, id=uri)
    if collection not in ONE_EACH:
        return Undone(cursor=cursor, network=NETWORK, key=uri) if collection in READERS else None
    if rkey != "self":
        return None
    if collection == PROFILES:
        return _changed(cursor, did, name="", bio="", bot=False)
    return _changed(cursor, did, intents=UNSET, intents_at=at)


def _changed(cursor: int, did: str, **told: Any) -> AccountChanged:
    account = Account(id=did, network=NETWORK, **({"handle": did} | told))
    return AccountChanged(cursor=cursor, account=account, told=frozenset(told) - {"intents_at"})


def renamed(did: str, handle: str, cursor: int) -> AccountChanged:
    """That an account has another handle."""
    return _changed(cursor, did, handle=handle)


def hosted(did: str, active: bool, status: str | None, at: datetime, cursor: int) -> AnyEvent | None:
    """What the state of an account at its server says; None for a server's own troubles."""
    if not active and status in TROUBLES:
        return None
    if not active and status == "deleted":
        return AccountDeleted(cursor=cursor, network=NETWORK, id=did)
    return Labelled(cursor=cursor, network=NETWORK, label=INACTIVE, by="network", at=at, account=did, on=not active)


def _post(written: Written, record: Record) -> list[AnyEvent]:
    told = convert(record, lexicons.Post)
    claimed = _moment(told.createdAt)
    created_at, shown, features = _believed(claimed, written.at), _shown(written.did, told.embed), _features(told.facets or ())
    extra = {"cid": written.cid} | ({} if created_at == claimed else {"claimed": told.createdAt[:64]})
    post = Post(
        id=written.uri, network=NETWORK, author=written.did, text=told.text, created_at=created_at,
        edited_at=written.at if written.edited else None, lang=language_code(told.langs[0]) if told.langs else None,
        reply_to=told.reply.parent.uri if told.reply else None, root=told.reply.root.uri if told.reply else None, quote_of=shown.quote_of,
        media=shown.media, urls=_unique(features["uri"], shown.urls), mentions=_unique(features["did"]),
        tags=_unique(tag.lstrip("#＃") for tag in (*features["tag"], *(told.tags or ()))), card=shown.card, labels=_values(told.labels) or None,
        extra=extra,
    )  # fmt: skip
    return [PostWritten(cursor=written.cursor, post=post, author=Account(id=written.did, network=NETWORK, handle=written.did))]


class _Shown(NamedTuple):
    """What a post shows below its text."""

    media: tuple[Media, ...] = ()
    urls: tuple[str, ...] = ()
    quote_of: str | None = None
    card: Card | None = None


def _shown(did: str, record: Record | None) -> _Shown:
    if record is None or record.get("$type") not in lexicons.EMBEDS:
        return _Shown()
    embed = convert(record, lexicons.Embed)
    match embed:
        case lexicons.External(external=link):
            return _Shown(urls=(link.uri,), card=Card(name="external", url=link.uri, title=link.title))
        case lexicons.Quote(record=quoted):
            return _Shown(quote_of=_quoted(quoted))
        case lexicons.QuoteWithMedia(record=quote, media=media):
            return _shown(did, media)._replace(quote_of=_quoted(quote.record))
        case lexicons.Video(video=film, alt=alt):
            return _Shown(media=(Media(url=FILM.format(did=did, cid=_cid(film.ref)), alt=alt, kind="video"),))
        case lexicons.Gallery(items=items):
            pictures = convert([item for item in items if item.get("$type") == lexicons.GALLERY_IMAGE], list[lexicons.Image])
        case lexicons.Images(images=pictures):
            pass
    return _Shown(media=tuple(Media(url=PICTURE.format(did=did, cid=_cid(each.image.ref)), alt=each.alt) for each in pictures))


def _quoted(subject: lexicons.Subject) -> str | None:
    """The address of a quoted post; None for a list, a feed, a labeler."""
    return subject.uri if f"/{POSTS}/" in subject.uri else None


def _cid(ref: bytes | dict[str, str]) -> str:
    """The name of a file. Raises `ValueError`."""
    if isinstance(ref, dict):
        return libipld.encode_cid(ref.get("$link", ""))
    return libipld.encode_cid(ref)


def _features(facets: Iterable[lexicons.Facet]) -> dict[str, list[str]]:
    """Whom a text mentions, where it links and its tags, by the lexicon's names of them."""
    found: dict[str, list[str]] = {"did": [], "uri": [], "tag": []}
    for facet in facets:
        for feature in facet.features:
            key = FEATURES.get(feature.get("$type", ""))
            value = feature.get(key) if key else None
            if key and isinstance(value, str) and 0 < len(value) <= LONGEST_FEATURE:
                found[key].append(value)
    return found


def _unique(*several: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for values in several for value in values if value))


def _values(labels: lexicons.SelfLabels | None) -> tuple[str, ...]:
    return tuple(label.val for label in labels.values if label.val) if labels else ()


def _moment(claimed: str) -> datetime | None:
    """A time as a record tells it, in UTC; None for one that cannot be."""
    try:
        moment = datetime.fromisoformat(claimed)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _believed(claimed: datetime | None, at: datetime) -> datetime:
    """When something was made: as it says itself, if that can be."""
    return claimed if claimed and EARLIEST <= claimed <= at else at


def _engaged(kind: EngagementKind, written: Written, record: Record) -> list[AnyEvent]:
    act = convert(record, lexicons.Act)
    if not (post := _quoted(act.subject)):
        return []
    at = _believed(_moment(act.createdAt), written.at)
    return [Engagement(cursor=written.cursor, network=NETWORK, kind=kind, actor=written.did, post=post, at=at, key=written.uri)]


def _related(kind: RelationKind, written: Written, record: Record) -> list[AnyEvent]:
    told = convert(record, lexicons.Towards)
    at = _believed(_moment(told.createdAt), written.at)
    return [Relation(cursor=written.cursor, network=NETWORK, kind=kind, actor=written.did, target=told.subject, at=at, key=written.uri)]


def _listed(written: Written, record: Record) -> list[AnyEvent]:
    told = convert(record, lexicons.ListItem)
    at = _believed(_moment(told.createdAt), written.at)
    return [Relation(cursor=written.cursor, network=NETWORK, kind="list", actor=written.did, target=told.subject, at=at, list=told.list, public=True,
                     key=written.uri)]  # fmt: skip


def _profile(written: Written, record: Record) -> list[AnyEvent]:
    told = convert(record, lexicons.Profile)
    said = _values(told.labels)
    found: list[AnyEvent] = [
        _changed(written.cursor, written.did, name=told.displayName or "", bio=told.description or "", bot=AUTOMATED in said)
    ]
    hidden = SIGNED_IN_ONLY in said
    if hidden or written.edited:
        found.append(Labelled(cursor=written.cursor, network=NETWORK, label=SIGNED_IN_ONLY, by=written.did, at=written.at, account=written.did,
                              on=hidden))  # fmt: skip
    return found


def _intents(written: Written, record: Record) -> list[AnyEvent]:
    said: dict[bool | None, Intent] = {None: "unset", True: "allow", False: "deny"}
    intents = {use: said[intention.allow] for use, intention in lexicons.intentions(record).items()}
    return [_changed(written.cursor, written.did, intents=intents, intents_at=written.at)]


ONE_EACH = frozenset({PROFILES, *INTENTS})  # an account has one of these, called `self`
READERS: dict[str, Callable[[Written, Record], list[AnyEvent]]] = {
    POSTS: _post,
    "app.bsky.feed.like": partial(_engaged, "like"),
    "app.bsky.feed.repost": partial(_engaged, "repost"),
    "app.bsky.graph.follow": partial(_related, "follow"),
    "app.bsky.graph.block": partial(_related, "block"),
    "app.bsky.graph.listitem": _listed,
    PROFILES: _profile,
    **dict.fromkeys(INTENTS, _intents),
}
