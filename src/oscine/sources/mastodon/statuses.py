"""Statuses and accounts as a Mastodon server gives them in JSON, as events. Shapes: https://docs.joinmastodon.org/entities/Status/ and /Account/.

An account is `name@host` in full, a post the server's own id of it. Other servers that speak this API leave fields out or give null for them:
all but an id, a time and an account may be missing. What was deleted, and whether the server tells the truth, is not known here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from oscine.errors import InputError
from oscine.records import Account, AccountChanged, AnyEvent, Card, Engagement, Media, Post, PostWritten, Refused, Visibility
from oscine.sources.jsonl import language_code
from oscine.sources.mastodon import entities
from oscine.sources.mastodon.content import plain

TOLD = frozenset(("name", "bio", "bot", "searchable"))  # of an account, where anything is
VISIBILITIES: dict[str, Visibility] = {"public": "public", "unlisted": "unlisted", "private": "followers", "direct": "direct"}
KINDS = {"video": "video", "gifv": "video", "audio": "audio"}
LONGEST_URL = 2_000
_SNAC = re.compile(r"^\d{10}(?=[0-9a-f]{32}\Z)")
_WEB = re.compile(r"https?://[^\s<>\"]+")


def written(status: Any, host: str, cursor: int, also: str = "") -> Iterator[AnyEvent]:
    """A status as a post, with the post that it quotes before it; a boost as an engagement, with the boosted post before it.

    `also` is an account that the status is known to mention, whether it says so or not. What a filter of the reading account hides is refused.
    Raises `InputError` for what is no status.
    """
    shape = entities.read(status, entities.Status)
    if hidden := next((f.filter.title for f in shape.filtered or () if f.filter.filter_action == "hide"), None):
        yield Refused(cursor=cursor, reason=f"the filter {hidden[:50]!r} of the account that reads hides it")
        return
    if shape.reblog:
        yield from written({**shape.reblog, "reblog": None}, host, cursor, also)
        inner = stable(entities.read(shape.reblog, entities.Status).id)
        actor = full_name(shape.account.acct, host)
        at, key = _utc(shape.created_at), stable(shape.id)
        yield Engagement(cursor=cursor, network=host, kind="repost", actor=actor, post=inner, at=at, key="" if key == inner else key)
        return
    if shape.quote and shape.quote.state == "accepted" and shape.quote.quoted_status:
        yield from written({**shape.quote.quoted_status, "quote": None}, host, cursor)
    yield PostWritten(cursor=cursor, post=_post(shape, host, also), author=_account(shape.account, host))


def account(given: Any, host: str) -> Account:
    """An account as it tells of itself. Raises `InputError` for what is none."""
    return _account(entities.read(given, entities.Account), host)


def changed(account: Account, cursor: int) -> AccountChanged:
    """What an account tells of itself, flags that were taken back included."""
    return AccountChanged(cursor=cursor, account=account, told=TOLD)


def full_name(acct: str, host: str) -> str:
    """`name@host` for a name that its own server gives without a host."""
    return (acct if "@" in acct else f"{acct}@{host}").lower()


def stable(status: str) -> str:
    """A status's id as it always is. The server `snac` puts the time of the last change before its own."""
    return _SNAC.sub("0" * 10, status)


def _post(s: entities.Status, host: str, also: str) -> Post:
    names = [full_name(mention.acct, host) for mention in s.mentions or ()]
    content = plain(s.content or "", _known_by(s.mentions or (), names))
    return Post(
        id=stable(s.id), network=host, author=full_name(s.account.acct, host), text=content.text, created_at=_utc(s.created_at),
        edited_at=s.edited_at and _utc(s.edited_at), lang=language_code(s.language), reply_to=s.in_reply_to_id and stable(s.in_reply_to_id),
        quote_of=_quoted(s.quote), visibility=_visibility(s), media=tuple(filter(None, map(_media, s.media_attachments or ()))),
        urls=tuple(url for url in content.urls if len(url) <= LONGEST_URL), tags=tuple(tag.name for tag in s.tags or ()),
        mentions=tuple(dict.fromkeys([*names, *([also] if also else [])])),
        likes=_count(s.favourites_count), reposts=_count(s.reblogs_count), replies=_count(s.replies_count), quotes=_count(s.quotes_count),
        sensitive=bool(s.sensitive), content_warning=s.spoiler_text or "", source=s.application.name if s.application else "",
        card=_card(s), extra={"url": url} if (url := _address(s.url) or _address(s.uri)) else {},
    )  # fmt: skip


def _known_by(mentions: Sequence[entities.Mention], names: Sequence[str]) -> dict[str, str]:
    """Names by the address that a mention links to and, where only one is called so, by the name that it shows."""
    short = Counter(name.partition("@")[0] for name in names)
    shown = {f"@{one}": name for name in names if short[one := name.partition("@")[0]] == 1}
    return shown | {mention.url: name for mention, name in zip(mentions, names, strict=True) if mention.url}


def _account(a: entities.Account, host: str) -> Account:
    """`indexable` is the author's word on search, asked for since Mastodon 4.2; where it is not asked, `discoverable` is the nearest to it."""
    stated = a.indexable if a.indexable is not None else a.discoverable
    name = full_name(a.acct, host)
    return Account(
        id=name, network=host, handle=name, name=a.display_name or "", bio=plain(a.note or "").text, created_at=_when(a.created_at),
        followers=_known(a.followers_count), following=_known(a.following_count), bot=bool(a.bot),
        searchable=stated is not False and not a.noindex,
    )  # fmt: skip


def _visibility(status: entities.Status) -> Visibility:
    """Whom a status is for. Forks know more kinds, such as for one list: what is not known is for those whom it names."""
    stated = VISIBILITIES.get(status.visibility or "public", "direct")
    return "followers" if status.local_only and stated in ("public", "unlisted") else stated


def _quoted(quote: entities.Quote | None) -> str | None:
    """The quoted status, where its author has let it be quoted."""
    if not quote or quote.state != "accepted":
        return None
    found = quote.quoted_status_id or (quote.quoted_status or {}).get("id")
    return stable(found) if isinstance(found, str) and found else None


def _media(media: entities.Media) -> Media | None:
    url = _address(media.url) or _address(media.remote_url)
    return Media(url=url, alt=media.description or "", kind=KINDS.get(media.type or "", "image")) if url else None


def _card(status: entities.Status) -> Card | None:
    if status.poll:
        return Card(name="poll", title=" / ".join(option.title for option in status.poll.options))
    url = _address(status.card.url) if status.card else ""
    return Card(name="summary", url=url, title=status.card.title or "") if status.card and url else None


def _address(url: str | None) -> str:
    return url if url and len(url) <= LONGEST_URL and _WEB.fullmatch(url) else ""


def _count(stated: int | None) -> int:
    return min(max(0, stated or 0), 2**31 - 1)


def _known(stated: int | None) -> int | None:
    """A count, or None where it is hidden, which Mastodon gives as -1."""
    return _count(stated) if stated is not None and stated >= 0 else None


def _when(stated: str | None) -> datetime | None:
    """A time, or None for what is none: old servers and bridges give dates of many kinds for an account."""
    try:
        moment = datetime.fromisoformat(stated or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _utc(moment: datetime) -> datetime:
    """Raises `InputError` where UTC has no such year."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise InputError("Its time is not within the years 1 to 9999, UTC.") from None
