"""What a person asked of their feed, done: by words without an embedder, by meaning with one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from feed.made import NOW, candidates
from feed.world import ME, Write, ago, follow, post, ranked
from oscine.app import App
from oscine.feed.pipeline import Ask, Candidates, Column
from oscine.feed.reader import Reader
from oscine.feed.sentence import apply, compile
from oscine.feed.steer import Asked, Meanings, Steer, Wished, about, exactly
from oscine.feed.weights import shipped, table
from oscine.recommendation import TONES, UNSTEERED, Rule, Steering, Wish
from oscine.text import fold

ASK = Ask(Reader(follows=np.array([1_000])), NOW)
NONE = np.zeros((0, 2), np.float32)


def asked(steering: Steering, network: NDArray[np.float32] = NONE, meanings: Meanings | None = None) -> Asked:
    return Steer(lambda names: dict.fromkeys(names, 1_001), meanings or Meanings(lambda: None)).asked(steering, network)


def posts(*texts: str, **columns: object) -> Candidates:
    return candidates(range(len(texts)), texts=np.array(texts, object), **columns)


def kept(steering: Steering, among: Candidates) -> list[int]:
    """What the rules of a steering leave, each by itself."""
    keep = np.ones(len(among.numbers), bool)
    for each in asked(steering).filters():
        keep &= each(ASK, among)
    return among.numbers[keep].tolist()


def values(steering: Steering, among: Candidates) -> dict[str, Column]:
    return {column.name: column for column in Wished(asked(steering), shipped())(ASK, among)}


@pytest.mark.parametrize(("kind", "value", "so"), [
    ("topic", "gardening", [0]), ("word", "garden", [1]), ("word", "the garden", [1]), ("tag", "roses", [2]), ("lang", "de", [3]),
    ("author", "local/bob", [1]), ("form", "picture", [2]), ("form", "nonsense", []), ("tone", "funny", [4]), ("tone", "nonsense", []),
])  # fmt: skip
def test_never_and_only(kind: str, value: str, so: list[int]) -> None:
    among = posts("I love gardening and gardeners", "the garden, closed", "see #Roses", "Guten Tag", "lol so good", "#rosescented rose",
                  langs=np.array(["en", "en", "en", "de", "en", ""], object))  # fmt: skip
    among.forms["picture"][2] = True
    topic = kind == "topic"
    wanted = [0, 1] if topic else so
    assert kept(Steering(rules=(Rule(kind=kind, value=value, mode="only"),)), among) == wanted  # type: ignore[arg-type]
    assert kept(Steering(rules=(Rule(kind=kind, value=value, mode="never"),)), among) == [n for n in range(6) if n not in wanted]  # type: ignore[arg-type]


def test_of_several_only_of_a_kind_one_must_hold() -> None:
    among = posts("a", "b", "c", langs=np.array(["de", "fr", "en"], object))
    steering = apply(UNSTEERED, compile("only French and German"))
    assert kept(steering, among) == [0, 1]
    [one] = asked(steering).filters()
    assert one.reason == "you asked only for posts in the language fr or posts in the language de"


@pytest.mark.parametrize(("topic", "text", "there"), [
    ("gardening", "our gardens are green", True), ("politics", "Politik und Fussball", True), ("politique", "Politics!", True),
    ("fußball", "FUSSBALL heute", True),
    ("climate policy", "a policy for the climate", True), ("climate policy", "the climate is warm", False), ("cat", "a category of things", False),
    ("cat", "two cats", True), ("art", "start again", False), ("猫", "今日の猫です", True), ("C++", "I write c++ daily", True), ("(.*)+", "anything", False),
])  # fmt: skip
def test_a_topic_by_its_words(topic: str, text: str, there: bool) -> None:
    assert (about(topic).search(fold(text)) is not None) == there


def test_words_are_found_whole() -> None:
    assert exactly("cat").search("a cat.") and not exactly("cat").search("a category") and not exactly("cat").search("#cat")


def test_every_dial_and_wish_is_a_column_with_its_own_name() -> None:
    dials = {"followed": 0.5, "fresh": -1.0, "popular": 1.0, "recent": 0.25, "varied": 0.5, "talk": 0.5}
    steering = Steering(dials=dials, wishes=(Wish(kind="topic", value="cats", weight=-0.5),))  # type: ignore[arg-type]
    among = posts(
        "cats", "dogs", counts=np.array([[0, 0, 0, 0], [9_999, 0, 100, 0]], float), created=NOW.timestamp() - np.array([0, 7_200.0])
    )
    columns = values(steering, among)
    assert columns["you asked for less “cats”"].points.tolist() == [-800_000, 0]
    assert columns["you asked for more from people you follow"].points.tolist() == [250_000, 0]
    assert columns["you asked for less from authors whom few know"].points.tolist()[0] <= 0
    assert columns["you asked for more of what is new"].points.tolist() == [125_000, 62_500]
    assert columns["you asked for more conversations"].points.tolist() == [0, 250_000]
    assert columns["you asked for more of what many like"].points[1] > 450_000
    assert len(columns) == 6  # variety is the selector's


class Compass:
    """An embedder that knows two things: cats lie east, politics north."""

    name, dimensions = "compass", 2

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return np.array([1, 0] if "cat" in text else [0, 1], np.float32)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.embed_query(text) for text in texts])


def test_a_topic_by_its_meaning_is_what_stands_out_of_the_network() -> None:
    """Cosines lie between .7 and .9, as those of e5 do: no threshold of theirs tells anything."""
    rng = np.random.default_rng(0)
    network = np.stack([rng.normal(0.75, 0.01, 400), np.full(400, 0.6)], axis=1).astype(np.float32)
    vectors = np.array([[0.75, 0.6], [0.80, 0.6], [0.0, 0.0]], np.float32)
    steering = Steering(wishes=(Wish(kind="topic", value="cats", weight=1.0),))
    made = asked(steering, network, Meanings(Compass))
    [column] = Wished(made, shipped())(ASK, posts("x", "y", "z", vectors=vectors))
    assert column.values.tolist() == [0.0, 1.0, 0.0]


def test_too_few_posts_tell_nothing_of_meaning() -> None:
    assert Meanings(Compass).topic("cats", np.ones((10, 2), np.float32)) is None


def test_tones_are_described() -> None:
    tones = table("tones")
    assert set(tones) == {"plain", *TONES} and all(len(tone["anchors"]) >= 9 for tone in tones.values())


def test_what_is_asked_for_is_looked_for(app: App, write: Write) -> None:
    write(*(post(n, f"a{n}", 1 + n / 100) for n in range(40)), post(50, "old", 200, text="on gardening, long ago", lang="fr"))
    for steering in (
        apply(UNSTEERED, compile("more gardening")),
        apply(UNSTEERED, compile("only in French")),
        Steering(wishes=(Wish(kind="author", value="local/old", weight=1),)),
    ):
        found = ranked(app, ME, steering=steering, limit=5)
        first = found.picks[0].place
        assert found.candidates.texts[first] == "on gardening, long ago" and "what you asked for" in found.found_by(first)
        assert sum(part.points for part in found.parts(first)) == found.points[first]


def test_the_newest_first_keeps_the_rules(app: App, write: Write) -> None:
    write(post(1, "ann", text="cats"), post(2, "ann", 2, text="politics"), follow("ann"))
    found = app.newest.page(ME, apply(UNSTEERED, compile("no politics, newest first")), now=NOW).ranked
    assert found.candidates.texts.tolist() == ["cats"] and list(found.dropped.values()) == ["you asked never for “politics”"]


def test_asking_shows_nothing_that_one_may_not_see(app: App, write: Write) -> None:
    write(post(1, "ann", text="gardening for friends", visibility="followers"), post(2, "ann", text="gardening for all"), {
        "relation": "block", "actor": "eve", "target": "me", "at": ago(1)}, post(3, "eve", text="gardening by eve"))  # fmt: skip
    found = ranked(app, ME, steering=apply(UNSTEERED, compile("only gardening, more from @ann")))
    assert found.candidates.texts.tolist() == ["gardening for all"] and found.dropped == {}


def test_variety_is_turned_up(app: App, write: Write) -> None:
    write(*(post(n, f"a{n}") for n in range(3)))
    stages = app.feed.stages(app.feed.ask(ME, Steering(dials={"varied": 1.0}), now=NOW + timedelta(hours=1)), shipped())
    assert stages.select.diversity == pytest.approx(0.75)  # type: ignore[attr-defined]
