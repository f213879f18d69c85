"""Since you were away: who spoke to the viewer, conversations, topics; counted and quoted from what they may see, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oscine import evidence
from oscine.app import App
from oscine.ask import quoting
from oscine.home.catch_up import CatchUp, Missed
from oscine.recommendation import Rule, Steering, WishKind
from oscine.records import ANONYMOUS, Viewer

Write = Callable[..., Any]
ANN = Viewer(network="local", account="ann")
NOW = datetime(2024, 5, 3, 12, tzinfo=UTC)
AWAY = NOW - timedelta(days=1)
EARLIER, LATER = "2024-05-01T12:00:00Z", "2024-05-03T09:00:00Z"


def missed(app: App, viewer: Viewer = ANN, since: datetime | None = AWAY, lang: str | None = None, personal: bool = True) -> CatchUp:
    return Missed(app.view(viewer), app.summaries, app.trends, lang, personal).between(since, NOW)


def facts(found: CatchUp) -> list[tuple[str, str, list[str]]]:
    return [(line.kind, line.about, sorted(seen.post.id for seen in line.posts)) for line in found.lines]


def post(id: str, author: str, text: str, at: str = LATER, **more: Any) -> dict[str, Any]:
    return {"id": id, "author": author, "text": text, "created_at": at, **more}


@pytest.fixture
def talk(write: Write) -> None:
    """Ann asked something, was answered and named; Bo and Cy, whom she follows, talk among themselves, and so do strangers."""
    write(
        post("q", "ann", "Which bread keeps for a whole week in summer?", EARLIER),
        post("old", "bo", "Rye, the dark kind, kept mine fresh in August.", EARLIER, reply_to="q", root="q"),
        post("a1", "dora", "Sourdough from rye flour keeps longest of all.", reply_to="q", root="q"),
        post("a2", "bo", "Store the loaf in a linen bag, never in plastic.", reply_to="old", root="q"),
        post("m", "eve", "@ann you should visit the flour mill on Sunday.", mentions=["ann"]),
        post("c1", "bo", "The harbour ferry was cancelled again this morning."),
        post("c2", "cy", "They blamed fog, though the sky was perfectly clear.", reply_to="c1", root="c1"),
        post("s1", "x", "My tomato seedlings need a bigger greenhouse this year."),
        post("s2", "y", "Tomato seedlings hate cold nights more than small pots.", reply_to="s1", root="s1"),
        post("s3", "z", "Use fleece on cold nights and the seedlings survive.", reply_to="s1", root="s1"),
        *({"relation": "follow", "actor": "ann", "target": other, "at": EARLIER} for other in ("bo", "cy")),
    )


@pytest.mark.usefixtures("talk")
def test_what_a_person_missed(app: App) -> None:
    assert facts(missed(app)) == [
        ("answered", "", ["a1"]),
        ("mentioned", "", ["m"]),
        ("in_conversation", "q", ["a2"]),
        ("conversation_followed", "c1", ["c1", "c2"]),
    ]
    first, *_, last = missed(app, lang="en").lines
    assert first.text == (
        "You were answered: 1 post by 1 account, 3 May 2024. dora (3 May 2024): “Sourdough from rye flour keeps longest of all.”"
    )
    assert last.fact == "A conversation among people whom you follow: 2 posts by 2 accounts, 3 May 2024."


@pytest.mark.usefixtures("talk")
def test_every_quote_stands_on_its_post(app: App) -> None:
    found = missed(app)
    assert len(found.posts) == 5
    for quote in (quote for line in found.lines for quote in line.quotes):
        passages = [evidence.Passage(quoting.credit(seen), seen.post.text, seen.post.lang) for seen in quote.sources]
        assert evidence.support(quote.text, passages).holds, quote.text


@pytest.mark.usefixtures("talk")
@pytest.mark.parametrize(("viewer", "personal"), [(ANONYMOUS, True), (ANN, False), (Viewer(network="local", account="nobody-here"), True)])
def test_of_whom_nothing_is_known_gets_what_everybody_gets(app: App, viewer: Viewer, personal: bool) -> None:
    (line,) = missed(app, viewer, lang="en", personal=personal).lines
    assert (line.kind, line.about, line.fact) == ("conversation", "s1", "A conversation here: 3 posts by 3 accounts, 3 May 2024.")
    assert len(line.posts) == 2 and {seen.post.id for seen in line.posts} < {"s1", "s2", "s3"}


@pytest.mark.usefixtures("talk")
def test_nobody_hears_of_what_they_may_not_see_or_asked_not_to(app: App, write: Write) -> None:
    write(
        {"relation": "block", "actor": "dora", "target": "ann", "at": LATER},
        {"relation": "mute", "actor": "ann", "target": "eve", "at": LATER},
        {"engagement": "hide", "actor": "ann", "post": "a2", "at": LATER},
        {"delete": "c2"},
    )
    assert facts(missed(app)) == []


@pytest.mark.usefixtures("talk")
def test_followers_only_answers_reach_followers_only(app: App, write: Write) -> None:
    write(
        post("f", "bo", "Between us: the mill sells yesterday's loaves at half price.", visibility="followers", reply_to="q", root="q"),
        post("g", "fay", "Between them: the mill is about to close its doors.", visibility="followers", reply_to="q", root="q"),
    )
    (answered,) = [line for line in missed(app, lang="en").lines if line.kind == "answered"]
    assert sorted(seen.post.id for seen in answered.posts) == ["a1", "f"]
    assert answered.fact == "You were answered: 2 posts by 2 accounts, 3 May 2024."


@pytest.mark.usefixtures("talk")
def test_what_one_asked_never_to_see_is_in_no_line(app: App) -> None:
    said: list[tuple[WishKind, str]] = [("word", "sourdough"), ("author", "local/eve"), ("word", "fog")]
    never = tuple(Rule(kind=kind, value=value, mode="never") for kind, value in said)
    lines = app.missed(ANN, Steering(rules=never), AWAY, "en").lines
    assert [(line.kind, sorted(seen.post.id for seen in line.posts)) for line in lines] == [
        ("in_conversation", ["a2"]),
        ("conversation_followed", ["c1"]),
    ]
    assert lines[-1].fact == "A conversation among people whom you follow: 1 post by 1 account, 3 May 2024."


def test_a_covered_post_is_counted_and_not_quoted(app: App, write: Write) -> None:
    write(
        post("q", "ann", "Which bread keeps for a whole week in summer?", EARLIER),
        post("a1", "dora", "Sourdough from rye flour keeps longest of all.", reply_to="q", root="q"),
        post("a2", "bo", "Something that not everybody wants to look at now.", reply_to="q", root="q", sensitive=True),
    )
    (answered,) = missed(app, lang="en").lines
    assert answered.fact == "You were answered: 2 posts by 2 accounts, 3 May 2024."
    assert [seen.post.id for seen in answered.posts] == ["a1"]


def test_who_asked_not_to_be_found_speaks_to_the_viewer_only(app: App, write: Write) -> None:
    write(
        post("q", "ann", "Which bread keeps for a whole week in summer?", EARLIER),
        post("a1", "shy", "Sourdough from rye flour keeps longest of all.", reply_to="q", root="q"),
        post("s1", "x", "My tomato seedlings need a bigger greenhouse this year."),
        post("s2", "y", "Tomato seedlings hate cold nights more than small pots.", reply_to="s1", root="s1"),
        post("s3", "shy", "Use fleece on cold nights and the seedlings survive.", reply_to="s1", root="s1"),
    )
    app.database.execute("UPDATE accounts SET searchable = false WHERE key = 'shy'")
    assert facts(missed(app)) == [("answered", "", ["a1"])]


def test_topics_of_the_people_one_follows(app: App, write: Write) -> None:
    friends = ["fred", "gina", "hugo", "iris", "jack"]
    said = ["I bought a loaf", "So many people laughed", "The best brioche stood", "My brother sang loudly", "Rain fell all evening"]
    days = [f"2024-04-{day:02}T12:00:00Z" for day in range(18, 30)]
    write(
        *(
            post(f"d{n}{who}", who, f"nothing much happened on day {n}, said {who} quietly", at)
            for n, at in enumerate(days)
            for who in friends
        ),
        *(post(f"t-{who}", who, f"{words} at #breadfest") for who, words in zip(friends, said, strict=True)),
        *(post(f"x{n}", f"stranger{n}", f"{words} about #tractors") for n, words in enumerate(said)),
        *({"relation": "follow", "actor": "ann", "target": who, "at": EARLIER} for who in friends),
    )
    (topic,) = missed(app, lang="en").lines
    assert (topic.kind, topic.about) == ("topic_followed", "#breadfest")
    assert topic.fact == "#breadfest, among people whom you follow: 5 posts by 5 accounts, 3 May 2024."
    assert {seen.post.author for seen in topic.posts} <= set(friends)


@pytest.mark.parametrize(
    ("since", "span"),
    [(None, timedelta(days=1)), (AWAY, timedelta(days=1)), (NOW - timedelta(days=365), timedelta(days=31)), (NOW, timedelta(0))],
)
@pytest.mark.usefixtures("talk")
def test_the_time_that_is_looked_at_has_an_end(app: App, since: datetime | None, span: timedelta) -> None:
    found = missed(app, since=since)
    assert found.span.until - found.span.since == span
    assert bool(found.lines) == (span > timedelta(0))


def test_an_empty_network_has_nothing_to_miss(app: App) -> None:
    assert missed(app).lines == missed(app, ANONYMOUS).lines == ()
