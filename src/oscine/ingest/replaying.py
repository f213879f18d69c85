"""Dead letters, tried again: what can be read by now is stored as if it had just come, the rest stays where it is.

A letter may be old. Posts and acts bear that: the newest edit wins, what was deleted stays away. A profile does not, so that its account is
compared with its network instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, get_args

import msgspec
from psycopg import Connection as Session
from psycopg.rows import DictRow

from oscine.ingest.items import UNUSABLE, Item, prepared, unusable
from oscine.records import AccountChanged, AnyEvent, Gap, Reached, Refused
from oscine.sources.base import Live
from oscine.store import dead_letters, gaps, posts
from oscine.store.dead_letters import DeadLetters, Letter
from oscine.store.postgres import Database
from oscine.store.posts import Indexed

_KINDS = {kind.__name__.encode(): kind for kind in get_args(AnyEvent)}


class Replayed(NamedTuple):
    """How many letters could be used by now, and how many stay."""

    used: int
    left: int


def replay(database: Database, source: Live) -> Replayed:
    """Try all letters of a connection again, oldest first."""
    letters, used, left, last = DeadLetters(database), 0, 0, 0
    while some := letters.of(source.name, last):
        for letter in some:
            reason = _again(database, source, letter)
            used, left, last = used + (not reason), left + bool(reason), letter.id
    return Replayed(used, left)


def _again(database: Database, source: Live, letter: Letter) -> str:
    """Try one; why it stays, or nothing."""
    items = [prepared(event) for event in _events(source, letter.raw)]
    reason = next((item.reason for item in items if isinstance(item, Refused)), "")
    if not reason:
        try:
            with database.connection() as session:
                _write(session, source, items)
                dead_letters.again(session, letter, "")
        except UNUSABLE as error:
            reason = unusable(error)
    if reason:
        with database.connection() as session:
            dead_letters.again(session, letter, reason)
    return reason


def _write(session: Session[DictRow], source: Live, items: Sequence[Item]) -> None:
    profiles = [item.account.id for item in items if isinstance(item, AccountChanged)]
    others = [item for item in items if not isinstance(item, Indexed | Refused | Gap | AccountChanged | Reached)]
    posts.write(session, [item for item in items if isinstance(item, Indexed)], others)
    missed = [Gap(cursor=0, network=source.network, account=account, reason="a dead letter told of its profile") for account in profiles]
    gaps.note(session, source.name, [*(item for item in items if isinstance(item, Gap)), *missed])


def _events(source: Live, raw: bytes) -> Iterator[AnyEvent]:
    """What a letter holds: a piece in its network's own form, or an event that had been read and not stored."""
    kind, _, written = raw.partition(b"\n")
    if kind not in _KINDS:
        return source.again(raw)
    try:
        return iter([msgspec.json.decode(written, type=_KINDS[kind])])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return iter([Refused(cursor=0, reason=f"the letter cannot be read ({error})", raw=raw)])
