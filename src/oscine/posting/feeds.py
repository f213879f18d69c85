"""The record by which people find a feed on Bluesky: `app.bsky.feed.generator`, in the repository of whoever publishes it. It knows no post."""

from __future__ import annotations

from datetime import UTC, datetime

from oscine.posting.xrpc import Xrpc
from oscine.store.feeds import FeedGenerator

COLLECTION = "app.bsky.feed.generator"


def publish(call: Xrpc, account: str, feed: FeedGenerator, service: str) -> str:
    """Write a feed's record, or write it anew; its at:// URI. `service` is the DID of the server that is asked for its posts. Raises as `call` does."""
    record = {
        "$type": COLLECTION, "did": service, "displayName": feed.title, "acceptsInteractions": True,
        "createdAt": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        **({"description": feed.description} if feed.description else {}),
    }  # fmt: skip
    call("com.atproto.repo.putRecord", body={"repo": account, "collection": COLLECTION, "rkey": feed.name, "record": record})
    return f"at://{account}/{COLLECTION}/{feed.name}"


def withdraw(call: Xrpc, account: str, name: str) -> None:
    """Delete a feed's record; one that is gone already is no trouble. Raises as `call` does."""
    call("com.atproto.repo.deleteRecord", body={"repo": account, "collection": COLLECTION, "rkey": name})
