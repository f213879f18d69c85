"""Interpretable: parts add up, “what if” comes true, sentences name posts that open, labels name the words that they rest on. On the scratch network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import numpy as np

from oscine.evals import metrics, report
from oscine.evals.report import Measure
from oscine.evals.trust.bench import SCRATCH, Bench, newest, plant
from oscine.feed.pipeline import Ranked
from oscine.feed.weights import shipped
from oscine.feed.what_if import otherwise
from oscine.recommendation import Act, Steering, Wish
from oscine.records import ANONYMOUS, Viewer
from oscine.store.machine_labels import LABELS

ACTS = 3  # that are taken back in truth
LABELLED = 20


def measures(bench: Bench, reader: Viewer) -> Iterator[Measure]:
    """Scores, what-ifs, sources, labels."""
    yield _sums(bench, reader)
    yield _what_ifs(bench, reader)
    yield _sources(bench)
    yield from _labels(bench)


def _sums(bench: Bench, reader: Viewer) -> Measure:
    steered = Steering(wishes=(Wish("lang", "en", 0.5),), dials={"recent": 0.5})
    right = total = 0
    for viewer in (ANONYMOUS, reader):
        for steering in (Steering(), steered):
            feed = bench.scratch.feed
            ranked = feed.rank(feed.ask(viewer, steering), shipped())
            sums = [
                sum(part.points for part in ranked.parts(place)) == int(ranked.points[place])
                for place in range(len(ranked.candidates.numbers))
            ]
            right, total = right + sum(sums), total + len(sums)
    return report.measure(
        "interpretable: scores that are exactly the sum of the parts told", metrics.wilson(right, total), total, aim=1.0,
        note="Every post that was considered for four feeds: an account's and nobody's, steered and not. To the millionth, no rounding.",
    )  # fmt: skip


def order(ranked: Ranked) -> list[tuple[int, int]]:
    """The numbers of a page's posts, from the top, with their points."""
    return [(int(ranked.candidates.numbers[pick.place]), int(ranked.points[pick.place])) for pick in ranked.picks]


def _what_ifs(bench: Bench, reader: Viewer) -> Measure:
    """For each of some acts: the feed foretold without it, and the feed after it was really taken back."""
    feed, right, total = bench.scratch.feed, 0, 0
    now = feed.now()
    acts = [act for act in feed.ask(reader, now=now).reader.acts if act.post and act.kind in ("like", "repost", "hide")][:ACTS]
    for act in acts:
        ask = feed.ask(reader, now=now)
        foretold = order(feed.rank(otherwise(feed, ask, act), shipped()))
        _turn(bench, reader, act, on=False)
        truth = order(feed.rank(feed.ask(reader, now=now), shipped()))
        _turn(bench, reader, act, on=True)
        same = [one == other for one, other in zip(foretold, truth, strict=False)]
        right, total = right + sum(same), total + max(len(foretold), len(truth))
        if foretold != truth:
            bench.failed(f"interpretable, what if not {act.kind}", "what was foretold is not what came")
    return report.measure(
        "interpretable: places that “what if” foretold, as they then were", metrics.wilson(right, total), total, aim=1.0,
        note=f"{len(acts)} acts of a made-up reader, each really taken back: the same post with the same points at each place.",
    )  # fmt: skip


def _turn(bench: Bench, reader: Viewer, act: Act, on: bool) -> None:
    row = bench.scratch.database.one("SELECT key FROM posts WHERE id = %s", [act.post])
    assert row
    line = {"engagement": act.kind, "actor": reader.account, "post": row["key"], "at": act.at.isoformat(), "on": on, "network": SCRATCH}
    plant(bench.scratch, [line])


def _sources(bench: Bench) -> Measure:
    """Every sentence of every answer over HTTP."""
    opens: list[bool] = []
    for question in bench.questions:
        for said in _sentences(bench.here.ask(question.text).told):
            opens.append(
                bool(said["posts"]) and all(bench.here.get(f"/v1/posts/{quote(post, safe='')}").status == 200 for post in said["posts"])
            )
    return report.measure(
        "interpretable: sentences of answers whose posts open", metrics.wilson(sum(opens), len(opens)), len(opens), aim=1.0,
        note="Each sentence names at least one post, and each such post is then read by its address.",
    )  # fmt: skip


def _sentences(told: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told["oscine"]["sentences"]
    return found


def _labels(bench: Bench) -> Iterator[Measure]:
    """Of what the machine labels, whether the words that it names carry the label: without them it is less sure."""
    engine = bench.host.labeller
    if engine is None:
        return
    texts = [seen.post.text for seen in newest(bench.host, 500)]
    likely = engine.probabilities(texts)
    places = np.argsort(-likely.max(axis=1), kind="stable")[:LABELLED]
    lower = []
    for place in places.tolist():
        which = int(likely[place].argmax())
        start, end = engine.reason(texts[place], LABELS[which])
        without = texts[place][:start] + texts[place][end:]
        lower.append(bool(end > start and engine.probabilities([without])[0][which] < likely[place][which]))
    yield report.measure(
        "interpretable: labels that are less likely without the words they name", metrics.wilson(sum(lower), len(lower)), len(lower), aim=0.9,
        note="The public posts that the machine is surest of, with and without the words that it gives as its reason.",
    )  # fmt: skip
