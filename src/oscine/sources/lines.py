"""Posts as lines of Oscine JSONL, the way back: what `jsonl` reads. What is empty or withheld is left out; what a line must have is empty then.

With each post goes what its author said may be done with it. What the machine says of a post stays behind: the next reader has its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

import msgspec

from oscine.records import AUTO, Account, Intent, Post
from oscine.sources.jsonl import PostLine

NOBODY = "withheld:"  # what stands before a number where the author is not told: an author for each post, so that nothing ties two of them together
_KEYS = frozenset(PostLine.__struct_fields__)
_COUNTS = ("likes", "reposts", "replies", "quotes")


def post(post: Post, author: Account, number: int, intents: Mapping[str, Intent], withheld: AbstractSet[str]) -> dict[str, Any]:
    """One post; `number` is the store's own, `intents` what its author said, `withheld` the fields that are not to be told."""
    told = {
        "id": post.id, "network": post.network, "author": post.author or f"{NOBODY}{number}", "author_handle": author.handle, "author_name": author.name,
        "created_at": _time(post.created_at), "edited_at": post.edited_at and _time(post.edited_at), "lang": post.lang, "reply_to": post.reply_to,
        "root": post.root, "quote_of": post.quote_of, "urls": list(post.urls), "tags": list(post.tags), "mentions": list(post.mentions),
        "media": [msgspec.to_builtins(each) for each in post.media], "sensitive": post.sensitive, "content_warning": post.content_warning,
        "source": post.source, "verified": author.verified, "geo": post.geo and msgspec.to_builtins(post.geo),
        "card": post.card and msgspec.to_builtins(post.card), "author_intents": dict(intents), "visibility": post.visibility != "public" and post.visibility,
    }  # fmt: skip
    counts = {} if "counts" in withheld else {name: getattr(post, name) for name in _COUNTS}
    labels = {} if post.labels is None else {"labels": [label for label in post.labels if not label.startswith(AUTO)]}
    extra = {key: value for key, value in post.extra.items() if key not in _KEYS}
    return {**{key: value for key, value in told.items() if value}, "text": post.text, **counts, **labels, **extra}


def account(network: str, key: str, intents: Mapping[str, Intent], at: datetime | None, searchable: bool) -> dict[str, Any]:
    """What an author said of all their posts, and when."""
    said = {"intents": dict(intents), **({"at": _time(at)} if at else {})} if intents else {}
    return {"account": key, "network": network, **said, **({} if searchable else {"searchable": False})}


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
