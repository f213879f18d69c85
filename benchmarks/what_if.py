"""Whether "what if" tells the truth: random acts are taken back in a question, then in the store, and both feeds must be the same, bit for bit.

    python -m benchmarks.what_if [--cases 1000]

A network is made up (people, posts with tags and pictures and answers, likes, follows, hides, all by chance) and written into a real store. A case is somebody
and something: an act of theirs, whom they follow, what they ask of their feed, the table of weights. The feed is asked what it would be without it; then it is
truly undone, everything is read anew, and the feed is asked again. The parts of every score must add up to it in both. What is made up here shows that two
ways of asking agree, and nothing about how good a feed is.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from oscine.app import App
from oscine.feed.pipeline import Ask, Ranked
from oscine.feed.weights import shipped
from oscine.feed.what_if import WhatIf, otherwise, what_if
from oscine.recommendation import ACTIONS, DIALS, FORMS, TONES, Act, Rule, Steering, Weights, Wish
from oscine.records import Viewer
from oscine.settings import Settings
from oscine.store import vectors
from oscine.store.vectors import Pending

NOW = datetime(2024, 5, 20, 12, tzinfo=UTC)
KINDS = ("like", "repost", "hide", "click", "dwell", "report", "quote", "reply")
OFTEN = (0.5, 0.15, 0.1, 0.08, 0.08, 0.03, 0.03, 0.03)
WORDS = "garden river chess violin bread rocket fossil harbour lantern maple orchid paper quartz saddle tulip walnut".split()
LANGS = ("en", "de", "fr", "ja")
DIMENSIONS = 16
SPAN = 20.0  # days that posts are old at most


class Case(NamedTuple):
    """What somebody might be without: an act, or another steering, or another table."""

    viewer: Viewer
    steering: Steering
    weights: Weights
    without: Act | None = None
    instead: Steering | None = None
    table: Weights | None = None


class Network:
    """A made-up network in a store, and what is undone in it."""

    def __init__(self, app: App, folder: Path, people: int, posts: int, acts: int, seed: int = 7) -> None:
        self.app, self.rng, self.people = app, np.random.default_rng(seed), people
        self._folder, self._files = folder, iter(range(1_000_000))
        self.write(*self._posts(posts), *self._follows(), *self._acts(posts, acts))
        self._embed()
        self.keys = {row["id"]: row["key"] for row in app.database.rows("SELECT id, key FROM posts")}
        self.accounts = {row["id"]: row["key"] for row in app.database.rows("SELECT id, key FROM accounts")}
        app.pool.load()

    def write(self, *lines: dict[str, Any]) -> None:
        """Import lines as anybody would."""
        path = self._folder / f"{next(self._files)}.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        self.app.ingest(self.app.source(str(path)))
        path.unlink()

    def case(self) -> Case:
        """One by chance; an act where they did any."""
        rng = self.rng
        viewer = Viewer(network="local", account=f"a{self._popular(self.people)}")
        steering = self._steering() if rng.random() < 0.4 else Steering()
        acts = [
            act for act in self.app.feed.ask(viewer, now=NOW).reader.acts if act.kind not in ("reply", "quote")
        ]  # those are posts of their own
        which = rng.random()
        if which < 0.1:
            return Case(viewer, steering, shipped(), instead=self._steering())
        if which < 0.2 or not acts:
            return Case(viewer, steering, shipped(), table=self._weights())
        return Case(viewer, steering, shipped(), without=acts[rng.integers(len(acts))])

    def undo(self, viewer: Viewer, act: Act) -> None:
        """Take an act back in the store."""
        at = NOW.isoformat()
        if act.kind == "follow":
            line = {"relation": "follow", "actor": viewer.account, "target": self.accounts[act.author]}
        else:
            line = {"engagement": act.kind, "actor": viewer.account, "post": self.keys[act.post]}
        self.write({**line, "at": at, "on": False})

    def _popular(self, n: int) -> int:
        """A number below n; small ones far more often."""
        return int(n * self.rng.random() ** 3)

    def _posts(self, posts: int) -> Iterator[dict[str, Any]]:
        for number in range(posts):
            written = NOW - timedelta(days=SPAN * (1 - number / posts))
            words = self.rng.choice(WORDS, 6)
            line: dict[str, Any] = {
                "id": f"p{number}",
                "author": f"a{self._popular(self.people)}",
                "created_at": written.isoformat(),
                "lang": str(self.rng.choice(LANGS)),
            }
            line["text"] = f"{' '.join(words)} {number} #{self.rng.choice(WORDS)}" + " https://example.org/x" * bool(
                self.rng.random() < 0.2
            )
            if number > 20 and self.rng.random() < 0.25:
                line["reply_to"] = f"p{number - 1 - int(self.rng.integers(20))}"
            elif number > 20 and self.rng.random() < 0.05:
                line["quote_of"] = f"p{number - 1 - int(self.rng.integers(20))}"
            line |= {"likes": self._popular(500), "visibility": "followers"} if self.rng.random() < 0.05 else {"likes": self._popular(100)}
            yield line

    def _follows(self) -> Iterator[dict[str, Any]]:
        for actor in range(self.people):
            for target in {self._popular(self.people) for _ in range(self._popular(40))} - {actor}:
                yield {"relation": "follow", "actor": f"a{actor}", "target": f"a{target}", "at": self._ago(SPAN)}

    def _acts(self, posts: int, acts: int) -> Iterator[dict[str, Any]]:
        for _ in range(acts):
            number = posts - 1 - self._popular(posts)
            age = SPAN * (1 - number / posts)
            yield {
                "engagement": str(self.rng.choice(KINDS, p=OFTEN)),
                "actor": f"a{self._popular(self.people)}",
                "post": f"p{number}",
                "at": self._ago(age),
            }

    def _ago(self, days: float) -> str:
        return (NOW - timedelta(days=days * self.rng.random())).isoformat()

    def _embed(self) -> None:
        """Vectors by chance around a few directions, as if an embedder had made them."""
        vectors.prepare(self.app.database, "made up", DIMENSIONS)
        pending = self.app.database.rows("SELECT post, since FROM pending_vectors ORDER BY post")
        about = self.rng.normal(size=(8, DIMENSIONS))[self.rng.integers(8, size=len(pending))]
        made = about + self.rng.normal(size=about.shape) / 2
        units = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
        vectors.save(self.app.database, [Pending(row["post"], row["since"], "") for row in pending], units)

    def _steering(self) -> Steering:
        rng = self.rng
        known = {"topic": WORDS, "word": WORDS, "tag": WORDS, "lang": LANGS, "tone": TONES, "form": FORMS,
                 "author": [f"local/a{n}" for n in range(20)]}  # fmt: skip

        def some(kind: str) -> str:
            return str(rng.choice(known[kind]))

        wished, ruled = rng.choice(list(known), 2), rng.choice(["tag", "word", "lang", "author"], int(rng.integers(2)))
        wishes = tuple(Wish(kind=kind, value=some(kind), weight=round(float(rng.uniform(-1, 1)), 2)) for kind in wished)
        rules = tuple(Rule(kind=kind, value=some(kind), mode="never") for kind in ruled)
        return Steering(dials={str(rng.choice(DIALS)): round(float(rng.uniform(-1, 1)), 2)}, wishes=wishes, rules=rules)  # type: ignore[dict-item]

    def _weights(self) -> Weights:
        table = shipped()
        turned = {action: table.actions[action] * float(self.rng.uniform(0.2, 2)) for action in ACTIONS}
        return msgspec.structs.replace(table, actions=turned, diversity=float(self.rng.uniform(0, 1)))


def supposed(app: App, case: Case) -> tuple[Ranked, Ranked]:
    """The feed as it is, and as it is said that it would be."""
    ask = app.feed.ask(case.viewer, case.steering, now=NOW)
    other = otherwise(app.feed, ask, case.without, case.instead)
    return app.feed.rank(ask, case.weights), app.feed.rank(other, case.table or case.weights)


def told(app: App, case: Case, post: int) -> WhatIf:
    """What a person is told of one post."""
    ask = app.feed.ask(case.viewer, case.steering, now=NOW)
    return what_if(app.feed, ask, case.weights, post, without=case.without, steering=case.instead, table=case.table)


def true(network: Network, case: Case) -> Ranked:
    """The feed after it was truly undone, everything read anew."""
    if case.without:
        network.undo(case.viewer, case.without)
        network.app.pool.load()
    ask: Ask = network.app.feed.ask(case.viewer, case.instead or case.steering, now=NOW)
    return network.app.feed.rank(ask, case.table or case.weights)


def differences(one: Ranked, other: Ranked) -> list[str]:
    """In what two feeds differ: candidates, points, parts, order, sources, what was left out and why."""
    numbers = [ranked.candidates.numbers.tolist() for ranked in (one, other)]
    if numbers[0] != numbers[1]:
        return ["candidates", *(["dropped"] if one.dropped != other.dropped else [])]
    places = range(len(numbers[0]))
    columns = {
        "points": [ranked.points.tolist() for ranked in (one, other)],
        "parts": [[(column.name, column.weight, column.values.tolist()) for column in ranked.columns] for ranked in (one, other)],
        "order": [[pick[:2] for pick in ranked.picks] for ranked in (one, other)],
        "sources": [[ranked.found_by(place) for place in places] for ranked in (one, other)],
        "dropped": [ranked.dropped for ranked in (one, other)],
    }
    return [name for name, (this, that) in columns.items() if this != that]


def exact(ranked: Ranked) -> bool:
    """Whether the parts of every score add up to it, and those that are told of each post picked."""
    whole = sum((column.points for column in ranked.columns), np.zeros(len(ranked.points), np.int64))
    picked = (sum(part.points for part in ranked.parts(pick.place)) == ranked.points[pick.place] for pick in ranked.picks)
    return bool((whole == ranked.points).all()) and all(picked)


def kind(case: Case) -> str:
    """What a case is about."""
    return case.without.kind if case.without else "steering" if case.instead else "weights"


class Tally(NamedTuple):
    """Of one kind: cases, those in which the feed changed, disagreements by what they were about, feeds whose parts did not add up."""

    cases: int
    changed: int
    wrong: Counter[str]
    inexact: int


def judge(network: Network, cases: int) -> dict[str, Tally]:
    """Random cases, counted by kind."""
    counted: dict[str, Tally] = {}
    for _ in range(cases):
        case = network.case()
        before, without = supposed(network.app, case)
        undone = true(network, case)
        wrong = Counter(differences(without, undone))
        n, changed, before_wrong, inexact = counted.get(kind(case), Tally(0, 0, Counter(), 0))
        changed += bool(differences(before, undone))
        inexact += sum(not exact(each) for each in (before, without, undone))
        counted[kind(case)] = Tally(n + 1, changed, before_wrong + wrong, inexact)
    return counted


def main() -> None:
    """Judge, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.what_if", description='Whether "what if" tells the truth.')
    parser.add_argument("--cases", type=int, default=1000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oscine-what-if-") as folder:
        settings = Settings(data=Path(folder) / "data", embedding="none", reader="none", language_model="none")  # type: ignore[call-arg]
        with App(settings) as app:
            network, began = Network(app, Path(folder), people=300, posts=3000, acts=12_000), time.monotonic()
            counted = judge(network, chosen.cases)
    print("| what is undone | cases | the feed changed | disagreements | parts that do not add up |\n|---|---|---|---|---|")
    for name, tally in sorted(counted.items()):
        print(f"| {name} | {tally.cases} | {tally.changed} | {dict(tally.wrong) or 0} | {tally.inexact} |")
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
