"""People who live on a PDS, by chance: they post, reply, edit, like, repost, follow, block, rename themselves, and delete. And what the server has then.

Each post has a word of its own, which no other post ever had, so that whoever searches for it finds that post or none. What is written is
retried until the server has answered, under a key chosen beforehand: once, however often it is asked.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx

PASSWORD = "correct horse"  # noqa: S105 - of a server on loopback
POST, LIKE, REPOST = "app.bsky.feed.post", "app.bsky.feed.like", "app.bsky.feed.repost"
FOLLOW, BLOCK, PROFILE = "app.bsky.graph.follow", "app.bsky.graph.block", "app.bsky.actor.profile"
COLLECTIONS = (POST, LIKE, REPOST, FOLLOW, BLOCK, PROFILE)
LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
SYLLABLES = ("bra", "cho", "dul", "fen", "gri", "hon", "jux", "kel", "lom", "mav", "nid", "pro", "qua", "rus", "sti", "tov")
MIX = {"post": 40, "reply": 8, "several": 3, "edit": 9, "like": 15, "repost": 4, "follow": 4, "block": 2, "profile": 3, "delete": 12}


class Person(NamedTuple):
    """An account, signed in."""

    did: str
    handle: str
    token: str


class Written(NamedTuple):
    """A record that was written and not deleted."""

    uri: str
    cid: str
    owner: Person


class Life:
    """Some people on the PDS at `url`. `count` is how many records were written, edited and deleted; `gone` are the words that no post has any more."""

    def __init__(self, url: str, people: int, seed: int = 0) -> None:
        self.url, self.count, self.gone = url, 0, list[str]()
        self._rng, self._http, self._keys = random.Random(seed), httpx.Client(timeout=30), itertools.count()
        self._words: dict[str, str] = {}
        self._records: dict[str, list[Written]] = {kind: [] for kind in COLLECTIONS}
        self._done: set[tuple[str, str, str]] = set()
        self.people = [self._person(number) for number in range(people)]

    def _person(self, number: int) -> Person:
        handle = f"life{number}-{time.time_ns() % 10**9}.test"
        told = self._call("com.atproto.server.createAccount", {"handle": handle, "email": f"{handle}@example.com", "password": PASSWORD})
        return Person(told["did"], handle, told["accessJwt"])

    def live(self, records: int, pause: float = 0.0, stop: threading.Event | None = None) -> None:
        """Write, edit and delete so many records."""
        while self.count < records and not (stop and stop.is_set()):
            self.step()
            time.sleep(pause)

    def step(self) -> None:
        """One thing that somebody does; nothing where it cannot be done yet."""
        kind = self._rng.choices(list(MIX), list(MIX.values()))[0]
        getattr(self, f"_{kind}")(self._rng.choice(self.people))

    def post(self, who: Person, text: str = "", **more: Any) -> Written:
        """Write one post; without a text, one with a word of its own."""
        return self._create(who, POST, self._post_record(text) | more)

    def _post_record(self, text: str = "") -> dict[str, Any]:
        return {"$type": POST, "text": text or f"What of {self._word()} this morning?", "createdAt": _now(), "langs": ["en"]}

    def _word(self) -> str:
        """A word that nobody has used, and few would."""
        number, word = next(self._keys), "z"
        for _ in range(4):
            number, syllable = divmod(number, len(SYLLABLES))
            word += SYLLABLES[syllable]
        return word

    def _post(self, who: Person) -> None:
        self.post(who)

    def _reply(self, who: Person) -> None:
        if self._records[POST]:
            to = self._rng.choice(self._records[POST])
            ref = {"uri": to.uri, "cid": to.cid}
            self.post(who, reply={"root": ref, "parent": ref})

    def _several(self, who: Person) -> None:
        self.several(who, [""] * 5)

    def several(self, who: Person, texts: Sequence[str]) -> list[Written]:
        """One commit of several posts."""
        records = [self._post_record(text) for text in texts]
        keys = [self._key() for _ in records]
        writes = [{"$type": "com.atproto.repo.applyWrites#create", "collection": POST, "rkey": key, "value": record}
                  for key, record in zip(keys, records, strict=True)]  # fmt: skip
        told = self._call("com.atproto.repo.applyWrites", {"repo": who.did, "writes": writes}, who)
        found = told.get("results") or [self._got(who, POST, key) for key in keys]
        return [self._keep(Written(one["uri"], one["cid"], who), POST, record) for one, record in zip(found, records, strict=True)]

    def _edit(self, who: Person) -> None:
        if self._records[POST]:
            index = self._rng.randrange(len(self._records[POST]))
            old = self._records[POST][index]
            record = self._post_record()
            told = self._put(old.owner, POST, old.uri.rpartition("/")[2], record)
            self.gone.append(self._words[old.uri])
            self._records[POST][index] = Written(old.uri, told["cid"], old.owner)
            self._words[old.uri] = record["text"]

    def _like(self, who: Person) -> None:
        self._act(who, LIKE)

    def _repost(self, who: Person) -> None:
        self._act(who, REPOST)

    def _follow(self, who: Person) -> None:
        self._act(who, FOLLOW)

    def _block(self, who: Person) -> None:
        self._act(who, BLOCK)

    def _act(self, who: Person, kind: str) -> None:
        if self._records[POST]:
            self.act(who, kind, self._rng.choice(self._records[POST]), self._rng.choice(self.people))

    def act(self, who: Person, kind: str, on: Written, whom: Person) -> None:
        """Like or repost a post, follow or block somebody; once, as apps have it."""
        subject: Any = {"uri": on.uri, "cid": on.cid} if kind in (LIKE, REPOST) else whom.did
        about = (who.did, kind, on.uri if kind in (LIKE, REPOST) else whom.did)
        if about not in self._done and who != whom:
            self._done.add(about)
            self._create(who, kind, {"$type": kind, "subject": subject, "createdAt": _now()})

    def _profile(self, who: Person) -> None:
        record = {"$type": PROFILE, "displayName": f"The {self._word()}", "description": f"Says {self._word()}."}
        told = self._put(who, PROFILE, "self", record)
        if all(kept.owner != who for kept in self._records[PROFILE]):
            self._records[PROFILE].append(Written(told["uri"], told["cid"], who))

    def _delete(self, who: Person) -> None:
        kind = self._rng.choice(COLLECTIONS)
        if self._records[kind]:
            self.delete(self._records[kind].pop(self._rng.randrange(len(self._records[kind]))))

    def delete(self, record: Written) -> None:
        """Delete a record; what was deleted may be done again."""
        _, _, repo, collection, rkey = record.uri.split("/")
        self._call("com.atproto.repo.deleteRecord", {"repo": repo, "collection": collection, "rkey": rkey}, record.owner)
        self.count += 1
        if collection == POST:
            self.gone.append(self._words.pop(record.uri))

    def _create(self, who: Person, kind: str, record: dict[str, Any]) -> Written:
        key = self._key()
        told = self._call("com.atproto.repo.createRecord", {"repo": who.did, "collection": kind, "rkey": key, "record": record}, who)
        if "uri" not in told:  # it was there: an earlier try had come through
            told = self._got(who, kind, key)
        return self._keep(Written(told["uri"], told["cid"], who), kind, record)

    def _keep(self, written: Written, kind: str, record: dict[str, Any]) -> Written:
        self.count += 1
        self._records[kind].append(written)
        if kind == POST:
            self._words[written.uri] = record["text"]
        return written

    def _put(self, who: Person, kind: str, key: str, record: dict[str, Any]) -> dict[str, Any]:
        self.count += 1
        return self._call("com.atproto.repo.putRecord", {"repo": who.did, "collection": kind, "rkey": key, "record": record}, who)

    def _key(self) -> str:
        """A TID, https://atproto.com/specs/tid, later than all before."""
        number = (time.time_ns() // 1_000 << 10) | (next(self._keys) & 1023)
        return "".join(LETTERS[number >> shift & 31] for shift in range(60, -1, -5))

    def _call(self, method: str, body: dict[str, Any], who: Person | None = None) -> dict[str, Any]:
        """Until the server answers; an empty answer where it says that what is to be written is there."""
        headers = {"Authorization": f"Bearer {who.token}"} if who else {}
        while True:
            with contextlib.suppress(httpx.TransportError):
                reply = self._http.post(f"{self.url}/xrpc/{method}", json=body, headers=headers)
                if reply.status_code < 300:
                    return dict(reply.json()) if reply.content else {}
                if "already" in reply.text or "exists" in reply.text:
                    return {}
                if reply.status_code < 500:
                    raise RuntimeError(f"{method}: {reply.status_code} {reply.text[:500]}")
            time.sleep(0.2)

    def _got(self, who: Person, kind: str, key: str) -> dict[str, Any]:
        parameters = {"repo": who.did, "collection": kind, "rkey": key}
        return dict(self._http.get(f"{self.url}/xrpc/com.atproto.repo.getRecord", params=parameters).raise_for_status().json())

    @property
    def words(self) -> dict[str, str]:
        """The text of each post that there is, by its address."""
        return dict(self._words)

    def repositories(self) -> dict[str, dict[str, Any]]:
        """What the server has of everybody now, by its address, as the server itself tells it (`listRecords`)."""
        return {uri: value for person in self.people for kind in COLLECTIONS for uri, value in self._listed(person, kind)}

    def _listed(self, person: Person, kind: str) -> list[tuple[str, dict[str, Any]]]:
        found: list[tuple[str, dict[str, Any]]] = []
        cursor: str | None = ""
        while cursor is not None:
            parameters = {"repo": person.did, "collection": kind, "limit": 100} | ({"cursor": cursor} if cursor else {})
            told = self._http.get(f"{self.url}/xrpc/com.atproto.repo.listRecords", params=parameters).raise_for_status().json()
            found += [(record["uri"], record["value"]) for record in told["records"]]
            cursor = told.get("cursor") if told["records"] else None
        return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
