"""`oscine eval SUITE`: measure this software with its own published suites, and keep the report. It measures on a scratch network, not on yours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.evals import report
from oscine.evals.run import SUITES, run


def eval_(
    context: typer.Context,
    suite: Annotated[str, typer.Argument(help=f"One of {', '.join(SUITES)}.")],
    sample: Annotated[int, typer.Option(min=0, help="Only so many cases, spread evenly; 0 for all.")] = 0,
    sets: Annotated[
        Path | None, typer.Option(help="Folder with the public sets that search and ask are measured on.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Run a suite of evaluations; the report is kept in the data directory and shown on the page /evals."""
    with base.app(context, data) as app:
        made = run(app, suite, sets, sample, base.say)
    if as_json:
        base.print_json(report.wire(made))
        return
    typer.echo(base.printable(report.markdown(made)))
    for failure in made.failures:
        base.say(f"{failure.case}: {failure.what}")
