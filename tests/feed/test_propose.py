"""Proposals: each with a reason that counts truly; never whom one follows, blocks or mutes, who blocks one, or who does not want to be found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oscine.app import App
from oscine.feed.propose import Proposals
from oscine.recommendation import Rule, Steering, Wish
from oscine.records import ANONYMOUS, Viewer

Write = Callable[..., Any]
ANN = Viewer(network="local", account="ann")
AT, LATER = "2024-05-01T12:00:00Z", "2024-05-02T12:00:00Z"
WORDS = ("harbour", "violin", "glacier", "pottery", "lantern", "orchard")


def proposed(app: App, viewer: Viewer = ANN, steering: Steering | None = None) -> Proposals:
    app.pool.load()
    app.trends._kept.clear()
    return app.proposals(viewer, steering or Steering(), 6)


def accounts(app: App, viewer: Viewer = ANN, steering: Steering | None = None) -> dict[str, str]:
    return {each.account.id: each.why for each in proposed(app, viewer, steering).accounts}


def like(actor: str, post: str) -> dict[str, Any]:
    return {"engagement": "like", "actor": actor, "post": post, "at": AT}


def follow(actor: str, target: str) -> dict[str, Any]:
    return {"relation": "follow", "actor": actor, "target": target, "at": AT}


@pytest.fixture
def world(write: Write) -> None:
    """Ann liked two posts of Lea, as Bo, Cy and Dee did, who also liked Mia's posts and follow Nia; Ann follows three who follow Oda."""
    writers = ("lea", "mia", "nia", "oda", "pia")
    write(
        *({"id": f"{who}{n}", "author": who, "created_at": AT, "text": f"{who} wrote of the {word}"} for who in writers for n, word in enumerate(WORDS)),
        {"id": "anns", "author": "ann", "created_at": AT, "text": "hello"},
        *(like(who, post) for who in ("ann", "bo", "cy", "dee") for post in ("lea0", "lea1")),
        *(like(who, "mia0") for who in ("bo", "cy", "dee")), *(follow(who, "nia") for who in ("bo", "cy", "dee")),
        *(follow("ann", who) for who in ("x", "y", "z")), *(follow(who, "oda") for who in ("x", "y", "z")),
        follow("x", "pia"), like("bo", "pia0"), like("cy", "pia0"),
    )  # fmt: skip


@pytest.mark.usefixtures("world")
def test_everybody_is_proposed_for_a_reason_that_is_true(app: App) -> None:
    assert accounts(app) == {
        "lea": "You liked, shared or answered 2 of their posts. 3 people who like what you like liked, shared or answered their posts.",
        "oda": "3 people whom you follow follow them.",
        "mia": "3 people who like what you like liked, shared or answered their posts.",
        "nia": "3 people who like what you like follow them.",
    }, "of Pia only two people speak, and whoever they are could be told from that"


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("line", [
    follow("ann", "lea"), {"relation": "block", "actor": "ann", "target": "lea", "at": AT}, {"relation": "mute", "actor": "ann", "target": "lea", "at": AT},
    {"relation": "block", "actor": "lea", "target": "ann", "at": AT}, {"engagement": "hide", "actor": "ann", "post": "lea5", "at": AT},
    {"delete_account": "lea"},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("steering", [Steering(), Steering(personal=False)], ids=["personal", "not personal"])
def test_nobody_is_proposed_who_is_followed_or_whom_one_is_not_at_peace_with(
    app: App, write: Write, line: dict[str, Any], steering: Steering
) -> None:
    assert "lea" in accounts(app, steering=steering)
    write(line)
    if "engagement" not in line or steering.personal:
        assert "lea" not in accounts(app, steering=steering)


@pytest.mark.usefixtures("world")
def test_who_does_not_want_to_be_found_is_not_proposed(app: App) -> None:
    app.database.execute("UPDATE accounts SET searchable = false WHERE key IN ('mia', 'oda')")
    assert set(accounts(app)) == {"lea", "nia"}


@pytest.mark.usefixtures("world")
def test_nobody_is_proposed_of_whom_one_has_said_something_already(app: App) -> None:
    never, wished = Rule(kind="author", value="local/lea", mode="never"), Wish(kind="author", value="local/oda", weight=0.6)
    assert set(accounts(app, steering=Steering(rules=(never,), wishes=(wished,)))) == {"mia", "nia"}


@pytest.mark.usefixtures("world")
def test_what_only_the_person_themselves_knows_speaks_for_nobody_to_others(app: App, write: Write) -> None:
    write(
        *(
            {"engagement": kind, "actor": who, "post": "pia0", "at": AT}
            for who in ("bo", "cy", "dee")
            for kind in ("click", "dwell", "report")
        )
    )
    assert "pia" not in accounts(app)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(("viewer", "steering"), [(ANONYMOUS, Steering()), (ANN, Steering(personal=False))])
def test_of_whom_nothing_is_known_hears_who_is_noticed(app: App, viewer: Viewer, steering: Steering) -> None:
    found = accounts(app, viewer, steering)
    assert found == {who: f"{n} people liked, shared or answered their posts." for who, n in (("lea", 4), ("mia", 3))}


def test_topics_are_what_one_liked_and_what_many_write_about(app: App, write: Write) -> None:
    said = ["I bought a loaf", "So many people laughed", "The best brioche stood", "My brother sang loudly"]
    write(
        *({"id": f"b{n}", "author": f"w{n}", "created_at": AT, "text": f"{words} at #breadfest"} for n, words in enumerate(said)),
        *({"id": f"o{n}", "author": f"o{n}", "created_at": AT, "text": f"{word} and whatever else comes to mind {n}"} for n, word in enumerate(WORDS * 6)),
        *(like("ann", f"b{n}") for n in range(4)),
    )  # fmt: skip
    found = proposed(app).topics
    assert [(topic.topic, topic.query, topic.why) for topic in found] == [
        ("#breadfest", "#breadfest", "In 4 posts that you liked, shared or answered.")
    ]
    for asked in (
        Steering(wishes=(Wish(kind="topic", value="#BreadFest", weight=0.6),)),
        Steering(rules=(Rule(kind="tag", value="breadfest", mode="never"),)),
    ):
        assert proposed(app, steering=asked).topics == ()
    assert proposed(app, ANONYMOUS).topics == proposed(app, steering=Steering(personal=False)).topics == ()


def test_trends_are_proposed_to_everybody(app: App, write: Write) -> None:
    friends, said = (
        ("fred", "gina", "hugo", "iris"),
        ["I bought a loaf", "So many people laughed", "The best brioche stood", "My brother sang loudly"],
    )
    write(
        *({"id": f"d{day}{who}", "author": who, "created_at": f"2024-04-{day:02}T12:00:00Z", "text": f"{who} was quiet on {day}"} for day in range(18, 30)
          for who in friends),
        *({"id": f"t{who}", "author": who, "created_at": AT, "text": f"{words} at #breadfest"} for who, words in zip(friends, said, strict=True)),
    )  # fmt: skip
    (topic,) = proposed(app, ANONYMOUS).topics
    assert (topic.topic, topic.why) == ("#breadfest", "4 people write about it, clearly more than before.")


def test_conversations_that_one_is_not_in(app: App, write: Write) -> None:
    write(
        {"id": "c1", "author": "x", "created_at": AT, "text": "The harbour ferry was cancelled again this morning."},
        {"id": "c2", "author": "y", "created_at": AT, "text": "They blamed fog, though the sky was clear.", "reply_to": "c1", "root": "c1"},
        {"id": "m1", "author": "x", "created_at": AT, "text": "Who wants to sing on Sunday?"},
        {"id": "m2", "author": "y", "created_at": AT, "text": "I do, and my sister too.", "reply_to": "m1", "root": "m1"},
        {"id": "m3", "author": "ann", "created_at": AT, "text": "So do I.", "reply_to": "m1", "root": "m1"},
        follow("ann", "x"), follow("ann", "y"),
    )  # fmt: skip
    (found,) = proposed(app).conversations
    assert (found.seen.post.id, found.why) == ("c1", "2 people whom you follow wrote 2 posts in it within two days.")
    assert proposed(app, steering=Steering(rules=(Rule(kind="word", value="harbour", mode="never"),))).conversations[0].seen.post.id == "c2"
    (other,) = proposed(app, ANONYMOUS).conversations
    assert (other.seen.post.id, other.why) == ("m1", "3 people wrote 3 posts in it within two days.")
    write({"relation": "mute", "actor": "ann", "target": "y", "at": LATER})
    assert proposed(app).conversations == ()


def test_an_empty_network_proposes_nothing(app: App) -> None:
    assert proposed(app) == proposed(app, ANONYMOUS) == Proposals((), (), ())
