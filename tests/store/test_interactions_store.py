from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from oscine.app import App
from oscine.errors import InputError
from oscine.model.interactions import FOLLOW, HOUR, NOBODY, Past
from oscine.recommendation import ACTIONS, ServedPage, ServedPost
from oscine.records import Viewer
from oscine.store import interactions, vectors
from oscine.store.postgres import Database

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def at(hours: float) -> str:
    return (NOON + timedelta(hours=hours)).isoformat()


def engaged(kind: str, actor: str, post: str, hours: float) -> dict[str, Any]:
    return {"engagement": kind, "actor": actor, "post": post, "at": at(hours)}


@pytest.fixture
def known(write: Callable[..., Any], database: Database) -> interactions.Known:
    vectors.prepare(database, "made-up", 4)
    write(
        {"id": "a", "author": "ann", "text": "A long walk. " * 30, "created_at": at(0)},
        {"id": "b", "author": "bob", "text": "short", "created_at": at(1), "urls": ["https://example.org"]},
        {"id": "secret", "author": "bob", "text": "for followers", "created_at": at(1), "visibility": "followers"},
        {"id": "c", "author": "cat", "text": "an answer", "created_at": at(3), "reply_to": "a"},
        engaged("like", "cat", "a", 2), engaged("like", "dan", "a", 2.5), engaged("like", "cat", "secret", 2), engaged("hide", "dan", "b", 4),
        engaged("like", "ann", "a", 2), engaged("like", "cat", "b", 5), {**engaged("like", "cat", "b", 6), "on": False},
        {"relation": "follow", "actor": "dan", "target": "ann", "at": at(4)},
    )  # fmt: skip
    pending = vectors.pending(database, 10)
    vectors.save(database, pending[:2], np.eye(4, dtype=np.float32)[:2])
    return interactions.read(database, 1000)


def number(database: Database, key: str) -> int:
    row = database.one("SELECT id FROM accounts WHERE key = %s", [key])
    assert row
    return int(row["id"])


def told(known: interactions.Known, database: Database) -> set[tuple[int, str, int, float]]:
    acts = known.acts
    hours = ((acts.at - NOON.timestamp()) / HOUR).round(3)
    return set(zip(acts.people.tolist(), [ACTIONS[kind] for kind in acts.kinds], acts.places.tolist(), hours.tolist(), strict=True))


def test_what_was_done_to_public_posts_and_not_taken_back(known: interactions.Known, database: Database) -> None:
    ann, cat, dan = (number(database, name) for name in ("ann", "cat", "dan"))
    assert told(known, database) == {
        (cat, "like", 0, 2),
        (dan, "like", 0, 2.5),
        (cat, "reply", 0, 3),
        (dan, "hide", 1, 4),
        (dan, "follow", -1, 4),
    }
    assert (np.diff(known.acts.at) >= 0).all() and known.acts.authors[known.acts.kinds == FOLLOW].tolist() == [ann]
    assert known.acts.counted.tolist() == [True, True, False, True, False] and known.embedder == "made-up 4"


def test_posts_with_their_forms_and_vectors(known: interactions.Known, database: Database) -> None:
    posts = known.acts.posts
    assert posts.created.tolist() == [NOON.timestamp() + hours * HOUR for hours in (0, 1, 3)]
    assert posts.forms.tolist() == [[0, 0, 0, 1, 0], [0, 1, 0, 0, 1], [0, 0, 1, 0, 1]]
    assert posts.vectors.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    items = Past(known.acts).items(np.array([0]), NOON.timestamp() + 2.7 * HOUR, 0)
    assert items.acts.tolist() == [[2, 2, 2]]


def test_whoever_does_not_want_to_be_profiled_is_nobody(known: interactions.Known, database: Database) -> None:
    database.execute("""INSERT INTO feed_steering VALUES ('local', 'cat', '{"personal": false}')""")
    again = interactions.read(database, 1000)
    cat = number(database, "cat")
    assert cat in known.acts.people and cat not in again.acts.people and NOBODY in again.acts.people
    assert len(again.acts.at) == len(known.acts.at)


def test_what_was_served_and_seen(known: interactions.Known, database: Database, app: App) -> None:
    dan = Viewer("local", "dan")
    served = tuple(ServedPost(int(post), place, 0) for place, post in enumerate(known.numbers))
    page = ServedPage("t", "t", NOON, app.feed_log.person(dan), "for-you", 0, served)
    app.feed_log.keep(page)
    app.feed_log.outcomes("t", [(int(known.numbers[0]), "seen"), (int(known.numbers[1]), "seen"), (int(known.numbers[1]), "like")])
    shown = interactions.served(database, known.numbers)
    order = np.argsort(shown.places)
    assert shown.places[order].tolist() == [0, 1] and set(shown.people) == {number(database, "dan")}
    assert shown.outcomes[order].sum(1).tolist() == [0, 1] and shown.outcomes[order][1, ACTIONS.index("like")] == 1


def test_a_network_with_nothing_in_it(database: Database, app: App) -> None:
    empty = interactions.read(database, 1000)
    assert not len(empty.acts.at) and not len(empty.numbers) and not len(interactions.served(database, empty.numbers).at)
    pytest.importorskip("torch")
    with pytest.raises(InputError, match="No post here has a vector"):
        app.train_ranker(print)
