"""Posts as X's API v2 gives them: answers of any endpoint or stream, one after the other or in an array, or the posts alone, as tools flatten them.

What `includes` brings along counts too: whoever wrote a post, its pictures, and the posts that it answers, quotes or reposts. A time that was not
asked for is read from the id; an author who was not asked for cannot be. Events of the compliance stream may stand among the posts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Raw

from oscine.records import Account, AnyEvent, Engagement, Media, Post, PostDeleted, PostWritten, Refused
from oscine.sources.archives import x_compliance
from oscine.sources.archives.archive import Objects, Opener
from oscine.sources.archives.x_api_layout import (
    Answer,
    Attachments,
    Entities,
    Includes,
    Metrics,
    NoteTweet,
    Peeked,
    Picture,
    Tweet,
    User,
    UserMetrics,
)
from oscine.sources.archives.x_tweet import Link, made_at, moment, plain
from oscine.sources.jsonl import language_code

LARGEST = 8 << 20  # characters of an answer: 500 posts
KINDS = {"photo": "image", "animated_gif": "image", "video": "video"}


def known(fields: Any) -> bool:
    """Whether an object is an answer of the API, an event of the compliance stream, or a post of it."""
    if not isinstance(fields, dict):
        return False
    data = fields.get("data", fields)
    some = data[0] if isinstance(data, list) and data else data
    if not isinstance(some, dict):
        return False
    is_post = {"id", "text"} <= some.keys() and bool({"author_id", "edit_history_tweet_ids"} & some.keys())
    is_event = len(some) == 1 and any(isinstance(some.get(name), dict) for name in x_compliance.MEANINGS)
    return is_post or is_event


class _Included:
    """What an answer brings along, by its keys."""

    def __init__(self, includes: Includes) -> None:
        self.users = {user.id: user for user in includes.users}
        self.media = {picture.media_key: picture for picture in includes.media}
        self.tweets = includes.tweets


class XApi(Objects):
    """A file of answers of X's API v2."""

    what = "posts or compliance events of the X API v2"

    def __init__(self, opened: Opener, name: str, network: str) -> None:
        super().__init__(opened, name, network, LARGEST)

    def read(self) -> Iterator[AnyEvent]:
        """See `Archive`."""
        yield from self.objects(Raw, self._answer)

    def _answer(self, element: Raw) -> Iterable[AnyEvent]:
        answer = msgspec.json.decode(element, type=Answer)
        data = b"[]" if answer.is_empty else bytes(answer.data) or bytes(element)
        some = msgspec.json.decode(data, type=list[Raw]) if data.lstrip()[:1] == b"[" else [Raw(data)]
        included = _Included(answer.includes or Includes())
        return [event for tweet in [*some, *included.tweets] for event in self._each(tweet, included)]

    def _each(self, item: Raw, included: _Included) -> Iterable[AnyEvent]:
        """One post or event: what cannot be read is refused alone."""
        try:
            if not bytes(msgspec.json.decode(item, type=Peeked).text):
                return list(x_compliance.events(self._network, msgspec.json.decode(item, type=x_compliance.Compliance)))
            return self._told(msgspec.json.decode(item, type=Tweet), included)
        except (ValueError, OverflowError) as error:
            return [Refused(cursor=0, reason=str(error))]

    def _told(self, tweet: Tweet, included: _Included) -> list[AnyEvent]:
        user = included.users.get(tweet.author_id or "") or tweet.author
        author = tweet.author_id or (user.id if user else "")
        at = moment(tweet.created_at) if tweet.created_at else made_at(tweet.id)
        if not author or at is None:
            raise ValueError(f"post {tweet.id} has no author_id or no created_at: ask the API for both (tweet.fields)")
        if repeated := tweet.refers("retweeted"):
            return [Engagement(cursor=0, network=self._network, kind="repost", actor=author, post=repeated, at=at)]
        account = _account(self._network, user or User(id=author))
        older = [version for version in tweet.edit_history_tweet_ids if int(version) < int(tweet.id)]
        return [
            *(PostDeleted(cursor=0, network=self._network, id=version) for version in older),
            PostWritten(cursor=0, post=_post(tweet, account, at, included), author=account),
            *x_compliance.withheld(self._network, tweet.id, "", tweet.withheld.country_codes if tweet.withheld else (), at),
        ]


def _account(network: str, user: User) -> Account:
    metrics = user.public_metrics or UserMetrics()
    return Account(
        id=user.id,
        network=network,
        handle=user.username,
        name=user.name,
        bio=plain(user.description or "", ()),
        created_at=moment(user.created_at) if user.created_at else None,
        followers=metrics.followers_count,
        following=metrics.following_count,
        verified=user.verified,
    )


def _post(tweet: Tweet, account: Account, at: datetime, included: _Included) -> Post:
    whole = tweet.note_tweet or NoteTweet(tweet.text, tweet.entities)
    entities, metrics = whole.entities or tweet.entities or Entities(), tweet.public_metrics or Metrics()
    links = [Link(link.url, link.unwound_url or link.expanded_url) for link in entities.urls if not link.media_key]
    pictures = [included.media[key] for key in (tweet.attachments or Attachments()).media_keys if key in included.media]
    user = included.users.get(account.id) or tweet.author
    return Post(
        id=tweet.id,
        network=account.network,
        author=account.id,
        text=plain(whole.text, links, [link.url for link in entities.urls if link.media_key]),
        created_at=at,
        lang=language_code(tweet.lang),
        reply_to=tweet.refers("replied_to"),
        root=tweet.conversation_id if tweet.conversation_id != tweet.id else None,
        quote_of=tweet.refers("quoted"),
        visibility="followers" if user and user.protected else "public",
        media=tuple(_media(picture) for picture in pictures),
        urls=tuple(dict.fromkeys(link.expanded_url or link.url for link in links if link.url)),
        tags=tuple(tag.tag for tag in entities.hashtags if tag.tag),
        mentions=tuple(named.username for named in entities.mentions if named.username),
        likes=max(0, metrics.like_count),
        reposts=max(0, metrics.retweet_count),
        replies=max(0, metrics.reply_count),
        quotes=max(0, metrics.quote_count),
        sensitive=tweet.possibly_sensitive,
        source=tweet.source or "",
    )


def _media(picture: Picture) -> Media:
    films = [variant for variant in picture.variants if variant.content_type == "video/mp4"]
    best = max(films, key=lambda variant: variant.bit_rate).url if films else picture.url or picture.preview_image_url or ""
    return Media(url=best, alt=picture.alt_text or "", kind=KINDS.get(picture.type, picture.type))
