"""The suites by name, and running one: the report is made, kept in the data directory and given back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from oscine.app import App
from oscine.errors import InputError
from oscine.evals import report
from oscine.evals.report import Report

Log = Callable[[str], None]
Suite = Callable[[App, Path | None, int, Log], Report]  # the App, a folder with public sets, how many cases (0: all), where progress goes

SUITES: dict[str, Suite] = {}


def run(app: App, suite: str, data: Path | None = None, sample: int = 0, log: Log = lambda _: None) -> Report:
    """Run a suite and keep its report. Raises `InputError` for a name that is none, or where it needs `data` and there is none."""
    if suite not in SUITES:
        raise InputError(f"There is no suite {suite!r}.", f"There are {', '.join(SUITES)}.")
    if sample < 0:
        raise InputError(f"The sample is {sample}.", "It takes a number of cases, or 0 for all.")
    made = SUITES[suite](app, data, sample, log)
    report.save(made, app.settings.data)
    return made
