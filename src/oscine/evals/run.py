"""The suites by name, and running one: the report is made, kept in the data directory and given back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from oscine import __version__
from oscine.app import App
from oscine.errors import InputError
from oscine.evals import ask, attack, evidence, labels, plain, report, search, simulated_feed
from oscine.evals.report import Report
from oscine.evals.trust import suite as trust

Log = Callable[[str], None]
Suite = Callable[[App, Path | None, int, Log], Report]  # the App, a folder with public sets, how many cases (0: all), where progress goes
UNDERSTOOD = 0.92  # of the sentences of plain language
CHECKED = {"true paraphrases kept": 0.90, "altered, hand-marked kinds, caught": 0.95}


def run(app: App, suite: str, data: Path | None = None, sample: int = 0, log: Log = lambda _: None) -> Report:
    """Run a suite and keep its report. Raises `InputError` for a name that is none, or where it needs `data` and there is none."""
    if suite not in SUITES:
        raise InputError(f"There is no suite {suite!r}.", f"There are {', '.join(SUITES)}.")
    if sample < 0:
        raise InputError(f"The sample is {sample}.", "It takes a number of cases, or 0 for all.")
    made = SUITES[suite](app, data, sample, log)
    report.save(made, app.settings.data)
    return made


def _plain(_app: App, _data: Path | None, _sample: int, _log: Log) -> Report:
    """Plain language, always whole: it takes a second."""
    rows = plain.run()
    measures = [
        report.measure(
            f"understood as meant: {row.lang}, {row.half} half", row.share, row.total, aim=UNDERSTOOD if row.lang == "all" else None
        )
        for row in sorted(rows, key=lambda row: row.lang != "all")
    ]
    sentences = f"{len(plain.cases())} sentences in seven languages; nothing was tuned on the held half."
    method = "A sentence is understood where exactly the operators that are meant come of it. Intervals are Wilson's."
    return Report(suite="plain", made_at=datetime.now(UTC), version=__version__, data=sentences, method=method, measures=tuple(measures))


def _evidence(app: App, _data: Path | None, _sample: int, _log: Log) -> Report:
    """The check of sentences against posts, always whole."""
    embedder = app.embedder()
    given = evidence.cases()
    rows = evidence.measure(given, evidence.checker(evidence.near_by(embedder) if embedder else None))
    measures = [report.measure(f"{row.label} ({row.half} half)", row.right, row.cases, aim=CHECKED.get(row.label)) for row in rows]
    sentences = f"{len(given)} sentences about posts, true or false in one way; nothing was tuned on the held half."
    method = f"Each is judged as Ask judges, {'with' if embedder else 'without'} nearness of meaning. Intervals are Wilson's."
    return Report(suite="evidence", made_at=datetime.now(UTC), version=__version__, data=sentences, method=method, measures=tuple(measures))


SUITES: dict[str, Suite] = {"search": search.run, "ask": ask.run, "attack": attack.run, "plain": _plain, "evidence": _evidence, "labels": labels.run,
                            "feed-simulation": simulated_feed.run, "trust": trust.run}  # fmt: skip
