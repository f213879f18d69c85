"""Acts that networks take back by their keys, on the real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oscine.app import App
from oscine.ingest import Events
from oscine.records import Account, AccountDeleted, AnyEvent, Engagement, EngagementKind, Post, PostWritten, Relation, Undone

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def post(key: str = "p1", **more: Any) -> PostWritten:
    written = Post(id=key, network="bluesky", author="did:a", text="The night ferry", created_at=NOON, **more)
    return PostWritten(cursor=1, post=written, author=Account(id="did:a", network="bluesky"))


def like(key: str, actor: str = "did:b", minutes: int = 0, kind: EngagementKind = "like") -> Engagement:
    return Engagement(cursor=2, network="bluesky", kind=kind, actor=actor, post="p1", at=NOON + timedelta(minutes=minutes), key=key)


def follow(key: str, target: str = "did:a", minutes: int = 0) -> Relation:
    return Relation(cursor=2, network="bluesky", kind="follow", actor="did:b", target=target, at=NOON + timedelta(minutes=minutes), key=key)


def undone(key: str) -> Undone:
    return Undone(cursor=3, network="bluesky", key=key)


def tell(app: App, *events: AnyEvent) -> None:
    app.ingest(Events(events))


def likes(app: App) -> tuple[int, int]:
    """The post's count, and the acts that stand."""
    row = app.database.one("SELECT likes, (SELECT count(*) FROM engagements WHERE active) AS active FROM posts")
    assert row
    return row["likes"], row["active"]


def test_a_like_is_taken_back_by_its_key(app: App) -> None:
    tell(app, post(), like("k1"), like("k2", "did:c"))
    assert likes(app) == (2, 2)
    tell(app, undone("k1"))
    assert likes(app) == (1, 1)
    tell(app, undone("k1"), like("k1"))  # told again after a break: what was taken back stays so
    assert likes(app) == (1, 1)


@pytest.mark.parametrize("apart", [False, True])
def test_a_like_given_again_has_another_key(app: App, apart: bool) -> None:
    told: list[AnyEvent] = [post(), like("k1", minutes=5), undone("k1"), like("k2", minutes=1)]  # its clock may go wrong
    for some in [[event] for event in told] if apart else [told]:
        tell(app, *some)
    assert likes(app) == (1, 1)
    tell(app, *told)
    assert likes(app) == (1, 1)
    tell(app, undone("k2"))
    assert likes(app) == (0, 0)


def test_what_is_taken_back_before_it_is_told_of_never_was(app: App) -> None:
    tell(app, undone("k1"))
    tell(app, post(), like("k1"), follow("k1"))
    assert likes(app) == (0, 0) and not app.database.rows("SELECT FROM relations")


def test_acts_without_keys_go_by_their_time(app: App) -> None:
    off = Engagement(cursor=3, network="bluesky", kind="like", actor="did:b", post="p1", at=NOON, on=False)
    tell(app, post(), like("", minutes=5), off)
    assert likes(app) == (1, 1)


def test_follows_and_blocks_too(app: App) -> None:
    block = Relation(cursor=2, network="bluesky", kind="block", actor="did:b", target="did:c", at=NOON, key="b1")
    tell(app, follow("f1"), follow("f2", "did:c"), block)
    tell(app, undone("f1"), undone("b1"))
    standing = app.database.rows("SELECT key FROM relations WHERE active")
    assert [row["key"] for row in standing] == ["f2"]


def test_a_deleted_account_is_not_made_again_by_what_still_speaks_of_it(app: App) -> None:
    tell(app, post(), like("k1"), AccountDeleted(cursor=3, network="bluesky", id="did:b"))
    tell(app, like("k3"), follow("f3"), post("p2"))
    tell(app, AccountDeleted(cursor=4, network="bluesky", id="did:a"))
    tell(app, post("p3"))
    assert not app.database.rows("SELECT FROM accounts WHERE key IN ('did:a', 'did:b')")
    assert not app.database.rows("SELECT FROM posts") and not app.database.rows("SELECT FROM engagements")
