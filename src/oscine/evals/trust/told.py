"""What `GET /v1/trust` tells of the eight aspects: the newest figures of the suite `trust`, and those taken over from the newest reports of others.

It reads reports that lie in the data directory, and measures nothing.
"""

from __future__ import annotations

import contextlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from oscine.evals import report
from oscine.evals.trust.aspects import ASPECTS, Aspect

SUITE = "trust"


def aspects(data: Path) -> list[dict[str, Any]]:
    """The eight, each with its measures; a measure has its trend, oldest first, and the suite and time of the report that it stands in."""
    when = 0
    with contextlib.suppress(OSError):
        when = (data / report.FOLDER).stat().st_mtime_ns
    return _aspects(data, when)


@lru_cache(maxsize=4)
def _aspects(data: Path, _when: int) -> list[dict[str, Any]]:
    """Read again only when a report came or went: anybody may ask."""
    reports = {each["suite"]: each for each in report.latest(data)}
    return [
        {"name": name, "says": aspect.says, "measures": [*_own(name, reports), *_taken(aspect, reports)]}
        for name, aspect in ASPECTS.items()
    ]


def _own(name: str, reports: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    own = reports.get(SUITE)
    found = [each for each in own["measures"] if each["name"].startswith(f"{name}: ")] if own else []
    return [_measure(each, own, each["name"].removeprefix(f"{name}: ")) for each in found if own]


def _taken(aspect: Aspect, reports: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        _measure(each, reports[suite], f"{suite}: {each['name']}")
        for suite, beginning in aspect.taken if suite in reports
        for each in reports[suite]["measures"] if _is(each, beginning)
    ]  # fmt: skip


def _is(measure: dict[str, Any], beginning: str) -> bool:
    """Where no beginning is given, those that have an aim."""
    return measure["name"].startswith(beginning) if beginning else measure["aim"] is not None


def _measure(each: dict[str, Any], of: dict[str, Any], name: str) -> dict[str, Any]:
    own = of["suite"] == SUITE  # whose notes say how each figure came to be
    how = {"method": each["note"], "note": ""} if own else {"method": of["method"]}
    return {**each, **how, "name": name, "shown": report.shown(each["value"], each["unit"]), "suite": of["suite"], "made_at": of["made_at"]}
