"""What if: equal to what is ranked where it truly was otherwise, in the store."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import numpy as np
import pytest

from feed.world import ME, NOW, Write, follow, like, post
from oscine.app import App
from oscine.feed.explain import explain
from oscine.feed.pipeline import Ask, Ranked
from oscine.feed.sentence import apply, compile
from oscine.feed.weights import shipped
from oscine.feed.what_if import otherwise, what_if
from oscine.recommendation import UNSTEERED, Steering

STEERING = apply(UNSTEERED, compile("more cats, less politics, more new voices"))


@pytest.fixture
def network(app: App, write: Write) -> list[dict[str, Any]]:
    """People who like, reply, follow; a few of it is mine. What I did, as it was written."""
    chance = random.Random(7)
    posts = [
        post(n, f"a{n % 6}", chance.uniform(0, 60), text=f"{chance.choice(['cats', 'politics', 'trains'])} number {n}") for n in range(60)
    ]
    others = [like(n, f"u{u}", chance.uniform(0, 24)) for u in range(8) for n in chance.sample(range(60), 8)]
    mine = [
        *(like(n, hours_ago=n / 10 + 0.1) for n in chance.sample(range(60), 6)),
        {**like(3, hours_ago=2), "engagement": "repost"},
        follow("a1"),
        follow("a4"),
    ]
    answer = {"id": "answer", "author": "me", "text": "I agree", "created_at": post(0, "me", 2)["created_at"], "reply_to": "p9"}
    write(*posts, answer, *others, *mine)
    app.pool.load()
    return mine


def ask(app: App, steering: Steering = STEERING) -> Ask:
    return app.feed.ask(ME, steering, 30, now=NOW)


def told(app: App, found: Ranked) -> list[tuple[Any, ...]]:
    """Every post with its parts, in its order."""
    return [(explain(found, int(found.candidates.numbers[pick.place])), int(found.candidates.numbers[pick.place])) for pick in found.picks]


def test_without_an_act_is_as_if_it_was_undone_in_the_store(app: App, network: list[dict[str, Any]], write: Write) -> None:
    for done in network:
        acts = ask(app).reader.acts
        key = done.get("post", "")
        number = app.view(ME).post(key).number if key else 0
        author = app.steerings.numbers([f"local/{done['target']}"])[f"local/{done['target']}"] if "target" in done else 0
        kind = done.get("engagement", done.get("relation"))
        act = next(act for act in acts if (act.kind, act.post) == (kind, number) and (number or act.author == author))
        foreseen = app.feed.rank(otherwise(app.feed, ask(app), act), shipped())
        assert told(app, foreseen) != told(app, app.feed.rank(ask(app), shipped()))
        write({**done, "on": False})
        app.pool.load()
        truly = app.feed.rank(ask(app), shipped())
        assert told(app, foreseen) == told(app, truly) and foreseen.dropped == truly.dropped
        write(done)
        app.pool.load()


def test_without_a_wish_a_dial_or_a_rule(app: App, network: list[dict[str, Any]]) -> None:
    strict = apply(STEERING, compile("no trains"))
    for other in (UNSTEERED, STEERING, apply(STEERING, compile("more trains")), msgspec.structs.replace(strict, dials={})):
        foreseen = app.feed.rank(otherwise(app.feed, ask(app, strict), steering=other), shipped())
        assert told(app, foreseen) == told(app, app.feed.rank(ask(app, other), shipped()))


def test_where_a_post_stands_and_would_stand(app: App, network: list[dict[str, Any]]) -> None:
    first = next(int(n) for n, text in zip(*_texts(app, ask(app)), strict=True) if text.startswith("cats"))
    found = what_if(app.feed, ask(app), shipped(), first, steering=apply(STEERING, compile("no cats")))
    assert found.before.position >= 1 and found.after.dropped == "you asked never for “cats”" and found.after.position == 0
    found = what_if(app.feed, ask(app), shipped(), first, table=msgspec.structs.replace(shipped(), wishes={}))
    assert sum(part.points for part in found.after.parts) == found.after.points < found.before.points


def test_without_profiling_nothing_that_one_did_counts(app: App, network: list[dict[str, Any]]) -> None:
    impersonal = otherwise(app.feed, ask(app), steering=Steering(personal=False)).reader
    assert (impersonal.acts, len(impersonal.follows), len(impersonal.seen)) == ((), 0, 0)


def _texts(app: App, asked: Ask) -> tuple[list[int], list[str]]:
    found = app.feed.rank(asked, shipped())
    places = np.array([pick.place for pick in found.picks])
    return found.candidates.numbers[places].tolist(), found.candidates.texts[places].tolist()
