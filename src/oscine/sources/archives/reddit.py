"""Reddit's comments and submissions as JSON, one object a line or in an array: the form of its API and of the dumps that researchers keep.

A post is known by its full name (`t1_…` a comment, `t3_…` a submission), an account by its name. What was deleted or removed is left out, and so is
whoever deleted the account. The subreddit is a tag. A score is likes less dislikes; below zero it counts as none. It does not know who may read
a private subreddit: what is in the file is taken for public.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from oscine.records import Account, AnyEvent, Media, Post, PostWritten
from oscine.sources.archives.archive import Objects
from oscine.sources.jsonl import Count

GONE = frozenset(("[deleted]", "[removed]"))
LONGEST_PATH = 1_000

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Base36 = Annotated[str, Meta(pattern=r"^[0-9a-z]{1,13}\Z")]
FullName = Annotated[str, Meta(pattern=r"^t[1-6]_[0-9a-z]{1,13}\Z")]


class Item(msgspec.Struct):
    """A comment (it has a `body`) or a submission (it has a `title`). Times are seconds since 1970, in old dumps as strings."""

    id: Base36
    author: Name
    created_utc: float
    subreddit: Name
    body: str | None = None
    title: str | None = None
    selftext: str | None = None
    parent_id: FullName | None = None
    link_id: FullName | None = None
    crosspost_parent: FullName | None = None
    score: Count | None = None
    num_comments: Count | None = None
    edited: bool | float | None = None
    url: str | None = None
    is_self: bool | None = None
    post_hint: str | None = None
    over_18: bool | None = None
    permalink: str | None = None
    removed_by_category: str | None = None

    @property
    def is_gone(self) -> bool:
        """Whether its author deleted it, or somebody removed it."""
        return bool({self.author, self.body, self.selftext, self.title} & GONE) or self.removed_by_category is not None


def known(fields: Any) -> bool:
    """Whether an object is a comment or a submission."""
    return (
        isinstance(fields, dict)
        and {"author", "created_utc", "subreddit", "id"} <= fields.keys()
        and bool({"body", "title"} & fields.keys())
    )


class Reddit(Objects):
    """A file of comments or submissions."""

    what = "comments or submissions of Reddit"

    def read(self) -> Iterator[AnyEvent]:
        """See `Archive`."""
        yield from self.objects(Item, self._told)

    def _told(self, item: Item) -> Iterable[AnyEvent]:
        if item.is_gone:
            self.left_out["posts that were deleted or removed"] += 1
            return []
        if item.body is None and item.title is None:
            raise ValueError("it is neither a comment nor a submission")
        author = Account(id=item.author, network=self._network, handle=item.author)
        return [PostWritten(cursor=0, post=_post(item, self._network), author=author)]


def _post(item: Item, network: str) -> Post:
    said = item.body if item.body is not None else "\n\n".join(filter(None, (item.title, item.selftext)))
    link = item.url if item.url and not item.is_self and item.body is None else ""
    return Post(
        id=f"t1_{item.id}" if item.body is not None else f"t3_{item.id}",
        network=network,
        author=item.author,
        text=html.unescape(said),
        created_at=_time(item.created_utc),
        edited_at=_time(item.edited) if item.edited and not isinstance(item.edited, bool) else None,
        reply_to=item.parent_id,
        root=item.link_id,
        quote_of=item.crosspost_parent,
        media=(Media(url=link),) if link and item.post_hint == "image" else (),
        urls=(link,) if link and item.post_hint != "image" else (),
        tags=(item.subreddit,),
        likes=max(0, item.score or 0),
        replies=max(0, item.num_comments or 0),
        sensitive=bool(item.over_18),
        extra={"subreddit": item.subreddit} | _permanent(item.permalink or ""),
    )


def _permanent(path: str) -> dict[str, str]:
    return {"url": f"https://www.reddit.com{path}"} if path.startswith("/r/") and len(path) < LONGEST_PATH else {}


def _time(seconds: float) -> datetime:
    """Raises `ValueError` or `OverflowError` for a time that is none."""
    return datetime.fromtimestamp(seconds, UTC)
