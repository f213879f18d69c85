"""What an evaluation found: figures with how sure they are, how they were made, and a few cases that went wrong; kept as JSON, shown as tables.

Reports lie in `DATA/evals/SUITE-TIME.json`. This module does not measure anything and does not know what a suite does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from oscine.evals.metrics import Interval
from oscine.records import Record

FOLDER = "evals"
Direction = Literal["at least", "at most"]
Unit = Literal["share", "ratio", "score", "ms", "count"]


class Measure(Record, frozen=True):
    """One figure. `low` and `high` bound it with 95% confidence where that can be told; `peer` is what another system reached in the same run."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int = 0
    unit: Unit = "share"
    aim: float | None = None
    direction: Direction = "at least"
    note: str = ""
    peer: float | None = None
    peer_name: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None where there is none."""
        if self.aim is None:
            return None
        return self.value >= self.aim if self.direction == "at least" else self.value <= self.aim


class Failure(Record, frozen=True):
    """A case that went wrong, safe to show: `case` names it, `what` says what came out."""

    case: str
    what: str


class Report(Record, frozen=True):
    """One run of a suite. `data` says what it ran on, `method` how, in sentences that a reader can repeat the run by."""

    suite: str
    made_at: datetime
    version: str
    data: str
    method: str
    measures: tuple[Measure, ...]
    failures: tuple[Failure, ...] = ()


def measure(name: str, found: Interval, n: int, **more: Any) -> Measure:
    """A measure out of an interval."""
    return Measure(name=name, value=found.value, low=found.low, high=found.high, n=n, **more)


def wire(report: Report) -> dict[str, Any]:
    """A report as JSON's types, with every field there, and for each measure whether its aim is met."""
    told = {name: getattr(report, name) for name in ("suite", "version", "data", "method")}
    measures = [{**msgspec.structs.asdict(each), "met": each.met} for each in report.measures]
    failures = [msgspec.structs.asdict(each) for each in report.failures]
    return {**told, "made_at": report.made_at.isoformat().replace("+00:00", "Z"), "measures": measures, "failures": failures}


def save(report: Report, data: Path) -> Path:
    """Write a report into a data directory; where it lies."""
    folder = data / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report.suite}-{report.made_at:%Y%m%dT%H%M%S%f}Z.json"
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(wire(report))))
    return fresh.rename(path)


def history(data: Path, suite: str = "*") -> Iterator[Report]:
    """The reports of a suite (or of all), newest first; a file that is none is passed over."""
    for path in sorted((data / FOLDER).glob(f"{suite}-*.json"), key=lambda path: path.stem.rpartition("-")[2], reverse=True):
        try:
            yield msgspec.json.decode(path.read_bytes(), type=Report)
        except (msgspec.MsgspecError, OSError):
            continue


def latest(data: Path, past: int = 12) -> list[dict[str, Any]]:
    """For each suite its newest report on the wire; each of its measures with `trend`, its values in up to `past` reports, oldest first."""
    runs: dict[str, list[Report]] = {}
    for report in history(data):
        runs.setdefault(report.suite, []).append(report)
    return [_with_trend(reports[:past]) for _, reports in sorted(runs.items())]


def _with_trend(reports: list[Report]) -> dict[str, Any]:
    told = wire(reports[0])
    for each in told["measures"]:
        each["trend"] = [
            {"made_at": run.made_at.isoformat().replace("+00:00", "Z"), "value": old.value}
            for run in reversed(reports) for old in run.measures if old.name == each["name"]
        ]  # fmt: skip
    return told


def markdown(report: Report) -> str:
    """A report as a Markdown table with its method."""
    head = ["| what | value | 95% interval | n | aim | peer |", "| --- | --- | --- | --- | --- | --- |"]
    foot = [f"{report.suite}, Oscine {report.version}, {report.made_at:%Y-%m-%d %H:%M} UTC. {report.data} {report.method}"]
    return "\n".join([*head, *map(_row, report.measures), "", *foot])


def _row(each: Measure) -> str:
    between = "" if each.low is None or each.high is None else f"{shown(each.low, each.unit)} to {shown(each.high, each.unit)}"
    aim = "" if each.aim is None else f"{each.direction} {shown(each.aim, each.unit)}{'' if each.met else ': **missed**'}"
    peer = "" if each.peer is None else f"{each.peer_name} {shown(each.peer, each.unit)}".strip()
    name = f"{each.name} ({each.note})" if each.note else each.name
    cells = [name, shown(each.value, each.unit), between, f"{each.n:,}" if each.n else "", aim, peer]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def shown(value: float, unit: Unit) -> str:
    """A value as people read it: shares as percentages."""
    if unit == "share":
        return f"{100 * value:.1f}%"
    return {"ms": f"{value:,.0f} ms", "count": f"{value:,.0f}"}.get(unit, f"{value:.3f}")
