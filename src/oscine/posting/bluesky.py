"""Posts on Bluesky: `app.bsky.feed.post` records, written over any way of calling the account's server.

https://docs.bsky.app/docs/advanced-guides/post-richtext, https://docs.bsky.app/docs/starter-templates/bots#labeling-your-bot and
https://atproto.com/specs/tid. What is written under one `once` has one record key, so that trying again finds it there. It writes replies and
plain posts; no pictures. It does not know who may write, or what.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import regex

from oscine.errors import InputError, NetworkUnavailable, NotFound, RateLimited, SetupError
from oscine.posting.base import Piece
from oscine.posting.xrpc import Told, Xrpc
from oscine.records import AUTOMATED, Post, Visibility

POST = "app.bsky.feed.post"
PROFILE = "app.bsky.actor.profile"
LONGEST = 300  # graphemes
LARGEST = 3_000  # bytes
_GRAPHEME = regex.compile(r"\X")
_TID_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
_URI = regex.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]+)/([A-Za-z0-9.-]+)/([A-Za-z0-9._:~-]+)")


class BlueskyPoster:
    """Writes as the account that `call` is signed in as."""

    network = "bluesky"
    longest = LONGEST

    def __init__(self, call: Xrpc, account: str, handle: str) -> None:
        self.account, self.handle = account, handle
        self._call = call

    def length(self, pieces: Sequence[Piece]) -> int:
        """Graphemes; links and mentions count as their text."""
        return len(_GRAPHEME.findall("".join(piece.text for piece in pieces)))

    def post(self, pieces: Sequence[Piece], *, once: str, lang: str | None = None, reply_to: Post | None = None, visibility: Visibility = "public",
             generated: bool = False) -> str:  # fmt: skip
        """Write; the post's at:// URI. See `Poster`. What is `generated` carries the self-label `bot`, Bluesky's mark of automation."""
        if visibility != "public":
            raise InputError("Posts on Bluesky are public.", "Leave the visibility out.")
        text = "".join(piece.text for piece in pieces)
        if self.length(pieces) > LONGEST or len(text.encode()) > LARGEST:
            raise InputError(f"Posts on Bluesky hold {LONGEST} characters and {LARGEST:,} bytes.", "Shorten it.")
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record: dict[str, Any] = {"$type": POST, "text": text, "createdAt": now, "facets": list(_facets(pieces))}
        record |= {"langs": [lang]} if lang else {}
        record |= {"labels": _labels([AUTOMATED])} if generated else {}
        record |= {"reply": self._reply(reply_to.id)} if reply_to else {}
        return self._written(record, tid(once, reply_to.created_at if reply_to else None))

    def delete(self, post: str) -> None:
        """Delete a post of one's own; one that is gone already is no trouble. Raises as `post` does, `InputError` for another's."""
        account, collection, key = _parts(post)
        if (account, collection) != (self.account, POST):
            raise InputError(f"{post!r} is no post of {self.account}.", "Name one of its own posts.")
        self._call("com.atproto.repo.deleteRecord", body={"repo": account, "collection": collection, "rkey": key})

    def declare(self) -> None:
        """Label the account's profile as a bot's, where it is not yet. Raises as `post` does."""
        try:
            kept = self._record(f"at://{self.account}/{PROFILE}/self")
        except NotFound:
            kept = {"value": {"$type": PROFILE}}
        labels = kept["value"].get("labels", {}).get("values", [])
        if {"val": AUTOMATED} not in labels:
            profile = {**kept["value"], "labels": _labels([*(label["val"] for label in labels), AUTOMATED])}
            body = {"repo": self.account, "collection": PROFILE, "rkey": "self", "record": profile, "swapRecord": kept.get("cid")}
            self._call("com.atproto.repo.putRecord", body=body)

    def _written(self, record: Told, key: str) -> str:
        """The record's URI; one that is there already was written by an earlier try, whatever became of its reply."""
        uri = f"at://{self.account}/{POST}/{key}"
        try:
            self._call("com.atproto.repo.createRecord", body={"repo": self.account, "collection": POST, "rkey": key, "record": record})
        except (RateLimited, SetupError):
            raise
        except (InputError, NetworkUnavailable) as error:  # servers say in several ways that the key is taken
            try:
                self._record(uri)
            except (NotFound, NetworkUnavailable):
                raise error from None
        return uri

    def _reply(self, parent: str) -> Told:
        """What a reply refers to: its parent, and the post that began the thread. Raises `NotFound` where the parent is gone."""
        found = self._record(parent)
        reference = {"uri": found["uri"], "cid": found["cid"]}
        begun = found["value"].get("reply")
        return {"parent": reference, "root": begun["root"] if isinstance(begun, dict) and "root" in begun else reference}

    def _record(self, uri: str) -> Told:
        account, collection, key = _parts(uri)
        found = self._call("com.atproto.repo.getRecord", params={"repo": account, "collection": collection, "rkey": key})
        if not isinstance(found.get("value"), dict):
            raise NetworkUnavailable(f"The server sends no record for {uri}.", "It is tried again.")
        return found


def tid(once: str, moment: datetime | None = None) -> str:
    """A record key that stands for `once`, always the same: a TID of about `moment`, or else of some time in 2023.

    Its lower 30 bits, a second and the clock's number, are a hash: two of one second meet once in a thousand million.
    """
    digest = int.from_bytes(hashlib.sha256(once.encode()).digest()[:8])
    seconds = int(moment.timestamp()) if moment else 1_672_531_200 + digest % (365 * 86_400)
    number = ((seconds * 1_000_000 + (digest >> 32) % 1_000_000) << 10 | digest & 0x3FF) & (2**63 - 1)
    return "".join(_TID_LETTERS[number >> shift & 31] for shift in range(60, -1, -5))


def _facets(pieces: Sequence[Piece]) -> Iterator[Told]:
    """Where pieces lead, by UTF-8 bytes."""
    end = 0
    for piece in pieces:
        start, end = end, end + len(piece.text.encode())
        index = {"byteStart": start, "byteEnd": end}
        if piece.link:
            yield {"index": index, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": piece.link}]}
        elif piece.mention:
            yield {"index": index, "features": [{"$type": "app.bsky.richtext.facet#mention", "did": piece.mention}]}


def _labels(values: Sequence[str]) -> Told:
    return {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": value} for value in values]}


def _parts(uri: str) -> tuple[str, str, str]:
    found = regex.fullmatch(_URI, uri)
    if found is None:
        raise InputError(f"{uri[:100]!r} is no record of AT Protocol.", "Records are named at://DID/COLLECTION/KEY.")
    return found[1], found[2], found[3]
