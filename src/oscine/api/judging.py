"""The wire shapes of tables of weights, of what they would have brought, and of their tests; the API's and the command line's alike.

An end of an interval that is not known is null. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

import msgspec

from oscine.api import schemas
from oscine.app import App
from oscine.errors import InputError
from oscine.experiments.fixed import Interval
from oscine.experiments.offpolicy import Estimate
from oscine.feed.estimate import Estimated
from oscine.feed.judge import Judged, Rail
from oscine.recommendation import Weights
from oscine.store.feed_tests import Test

GROUPS = ("actions", "also", "dials", "wishes")
SINGLE = ("diversity", "author")


def changed(weights: Weights, changes: Mapping[str, float]) -> Weights:
    """A table with some weights changed, named as `actions.like` or `diversity`. Raises `InputError` for a name that is none."""
    told = msgspec.to_builtins(weights)
    for name, value in changes.items():
        group, _, key = name.partition(".")
        if key and group in GROUPS and key in told[group]:
            told[group][key] = value
        elif name in SINGLE:
            told[name] = value
        else:
            raise InputError(f"{name} is no weight.", "`oscine feed weights` shows them all: actions.like, diversity, …")
    return msgspec.convert(told, Weights)


def tables(app: App) -> dict[str, Any]:
    """The table in use, all versions (newest first), and which was made live when, by whom and why."""
    steps = [
        {"version": step.version, "since": schemas.time(step.since), "by": step.by, "why": step.why} for step in app.weight_tables.history()
    ]
    return {"live": weights(app.weight_tables.live()), "history": [weights(each) for each in app.weight_tables.all()], "steps": steps}


def weights(kept: Weights) -> dict[str, Any]:
    """A version."""
    return {**msgspec.to_builtins(kept), "made_at": schemas.time(kept.made_at) if kept.made_at else None, "by": kept.by, "why": kept.why}


def estimated(found: Estimated, version: int) -> dict[str, Any]:
    """What a version would have brought a page, in its first ten places."""
    lines = [
        {"outcome": line.outcome, "live": _estimate(line.live), "other": _estimate(line.other), "change": _estimate(line.change)}
        for line in found.lines
    ]
    return {
        "version": version,
        "pages": found.pages,
        "people": found.people,
        "left_out": found.left_out,
        "warnings": list(found.warnings),
        "lines": lines,
    }


def test(kept: Test) -> dict[str, Any]:
    """A test, without what came of it."""
    return {
        "id": kept.id, "name": kept.name, "control": kept.control, "treatment": kept.treatment, "share": kept.share,
        "started": {"at": schemas.time(kept.started_at), "by": kept.by, "why": kept.why},
        "ended": {"at": schemas.time(kept.ended_at), "by": kept.ended_by, "why": kept.ended_why} if kept.ended_at else None,
    }  # fmt: skip


def judged(found: Judged) -> dict[str, Any]:
    """A test with what came of it."""
    outcomes = [
        {
            "outcome": line.outcome,
            "control": _number(line.control),
            "treatment": _number(line.treatment),
            "difference": _interval(line.difference),
        }
        for line in found.lines
    ]
    people = {"control": found.control, "treatment": found.treatment}
    return test(found.test) | {"people": people, "outcomes": outcomes, "guardrails": [_rail(rail) for rail in found.rails]}


def _rail(rail: Rail) -> dict[str, Any]:
    return {
        "name": rail.name, "control": _number(rail.control), "treatment": _number(rail.treatment), "ratio": _interval(rail.ratio),
        "bound": rail.bound, "broken": rail.broken,
    }  # fmt: skip


def _estimate(found: Estimate) -> dict[str, Any]:
    return _interval(Interval(found.value, found.low, found.high)) | {
        "effective": _number(found.effective),
        "warnings": list(found.warnings),
    }


def _interval(found: Interval) -> dict[str, float | None]:
    return {name: _number(end) for name, end in found._asdict().items()}


def _number(value: float) -> float | None:
    return value if isfinite(value) else None
