"""`oscine eval trust`: the eight aspects, one after the other, in one report; and an incident where a figure that met its aim no longer does.

Nothing of the installation is changed: it is read, and what is tried out is tried out on a scratch network of its newest public posts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from oscine import __version__
from oscine.app import App
from oscine.evals import report
from oscine.evals.report import Measure, Report
from oscine.evals.trust import accurate, aligned, interpretable, loyal, robust, safe, transparent, trustworthy
from oscine.evals.trust.aspects import ASPECTS, aspect_of
from oscine.evals.trust.bench import Bench, bench, reader
from oscine.records import Viewer
from oscine.store.incidents import Incident, Incidents

SUITE = "trust"
FELL = "eval"  # the kind of an incident
TOLD = 40  # failures in the report
METHOD = (
    "Accurate, robust and trustworthy on the installation itself, read only; the others on a scratch network of its newest public posts,"
    " with campaigns, attacks and a reader made for it, gone afterwards. Without a language model. What each word means, and what it does"
    " not show: docs/guides/trust.md. Intervals are Wilson's."
)


def run(app: App, _data: Path | None, sample: int, log: Callable[[str], None]) -> Report:
    """All eight; `sample` is how many questions are made, 0 for two dozen."""
    with bench(app, sample, log) as prepared:
        measures = tuple(_measures(prepared))
        failures = tuple(prepared.failures[:TOLD])
        questions, copied = len(prepared.questions), prepared.scratch.status(whole=True)["posts"]
    data = f"{questions} questions made from this installation's public posts, and a scratch network of its newest."
    made = Report(
        suite=SUITE, made_at=datetime.now(UTC), version=__version__, data=data, method=METHOD, measures=measures, failures=failures
    )
    log(f"{copied} posts on the scratch network")
    for each in fallen(app, made):
        log(f"incident {each.id}: {each.title}")
    return made


def _measures(prepared: Bench) -> Iterator[Measure]:
    who = reader(prepared)
    parts: dict[str, Callable[[Bench, Viewer], Iterator[Measure]]] = {
        "accurate": lambda bench, _: accurate.measures(bench),
        "interpretable": interpretable.measures,
        "transparent": transparent.measures,
        "aligned": aligned.measures,
        "loyal": loyal.measures,
        "safe": lambda bench, _: safe.measures(bench),
        "trustworthy": lambda bench, _: trustworthy.measures(bench),
        "robust": lambda bench, _: robust.measures(bench),  # last: it writes nonsense into the scratch network
    }
    found: list[Measure] = []
    for name, of in parts.items():
        began = time.monotonic()
        found += of(prepared, who)
        prepared.log(f"{name}, {time.monotonic() - began:.0f} s")
    order = list(ASPECTS)
    yield from sorted(found, key=lambda each: order.index(aspect_of(each.name)))


def fallen(app: App, made: Report) -> list[Incident]:
    """Incidents, opened, for measures whose aim is not met now and was in the newest report before; those that are met again end by themselves."""
    before = next(report.history(app.settings.data, made.suite), None)
    met = {each.name for each in before.measures if each.met} if before else set()
    incidents, opened = Incidents(app.database), []
    for each in made.measures:
        title = f"{each.name}: the aim is no longer met"
        if each.met:
            incidents.end_all(FELL, title, "A later run met the aim again.")
        elif each.met is False and each.name in met:
            opened.append(
                incidents.open(
                    FELL, title, _said(each), "What the figure stands for is worse than before, until it is mended.", "the software"
                )
            )
    return opened


def _said(each: Measure) -> str:
    aim = f"{each.direction} {report.shown(each.aim or 0.0, each.unit)}"
    return f"Measured now: {report.shown(each.value, each.unit)}; the aim is {aim}. It was met the time before."
