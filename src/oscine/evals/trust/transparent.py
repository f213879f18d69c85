"""Transparent: all that it goes by is published with its hash, what is left out is left out for a reason in words, each ad says who pays and why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from oscine.evals import metrics, report
from oscine.evals.report import Measure
from oscine.evals.trust.bench import Bench
from oscine.recommendation import Rule, Steering
from oscine.records import ANONYMOUS, Viewer
from oscine.trust import published

WORDS = 2  # that a reason has at least


def measures(bench: Bench, reader: Viewer) -> Iterator[Measure]:
    """Files and reasons; ads are looked at where they are shown (`loyal`)."""
    missing, listed = published.missing(), published.published()
    for name in missing:
        bench.failed("transparent, a file", f"{name} is not published")
    yield report.measure(
        "transparent: files that decide something, published", metrics.wilson(len(listed), len(listed) + len(missing)), len(listed) + len(missing), aim=1.0,
        note="Every file of prompts, weights, rules and words in the package that runs.",
    )  # fmt: skip
    told = bench.here.get("/v1/trust").told["published"]
    same = [_same(bench, each) for each in told]
    yield report.measure(
        "transparent: published files that are those that run", metrics.wilson(sum(same), len(same)), len(same), aim=1.0,
        note="Read over HTTP and hashed, beside the hash of the file that the software reads; binary ones by the hash alone.",
    )  # fmt: skip
    yield _reasons(bench, reader)


def _same(bench: Bench, each: dict[str, str]) -> bool:
    if not each["url"]:
        return each["sha256"] == published.sha256(each["name"])
    reply = bench.here.get(each["url"])
    return reply.status == 200 and hashlib.sha256(reply.body).hexdigest() == each["sha256"] == published.sha256(each["name"])


def _reasons(bench: Bench, reader: Viewer) -> Measure:
    """Of what feeds leave out: each post with a reason that is a sentence's worth of words."""
    rules = Steering(rules=(Rule("lang", "en", "never"), Rule("form", "link", "never")))
    feed = bench.scratch.feed
    dropped = [
        reason for viewer in (ANONYMOUS, reader) for steering in (Steering(), rules)
        for reason in feed.rank(feed.ask(viewer, steering), bench.scratch.weights_for(viewer)[0]).dropped.values()
    ]  # fmt: skip
    worded = sum(len(reason.split()) >= WORDS for reason in dropped)
    for reason in sorted({reason for reason in dropped if len(reason.split()) < WORDS}):
        bench.failed("transparent, a reason", f"{reason!r} is no reason in words")
    return report.measure(
        "transparent: posts left out of a feed, with the reason in words", metrics.wilson(worded, len(dropped)), len(dropped), aim=1.0,
        note="Four feeds: an account's and nobody's, with rules and without.",
    )  # fmt: skip
