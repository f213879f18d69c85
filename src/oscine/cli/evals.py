"""`oscine eval SUITE`: measure this software with its own published suites, or a language model on posts, and keep the report.

The suites measure on a scratch network, not on yours, but for `trust`, which reads yours too; a language model is measured on the posts of a file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oscine.app import App
from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.errors import InputError
from oscine.evals import report
from oscine.evals.model import run as language_model
from oscine.evals.run import SUITES, run

MODEL = "model"


def eval_(
    context: typer.Context,
    suite: Annotated[str, typer.Argument(help=f"One of {', '.join([*SUITES, MODEL])}.")],
    sample: Annotated[int, typer.Option(min=0, help="Only so many cases, spread evenly; 0 for all.")] = 0,
    sets: Annotated[
        Path | None, typer.Option(help="Folder with the public sets that search, ask and model are measured on.", show_default=False)
    ] = None,
    model: Annotated[
        str, typer.Option(help="model: a run, a model of the library, a folder, a .gguf file, or kneser-ney:CORPUS.", show_default=False)
    ] = "",
    posts: Annotated[
        Path | None, typer.Option(help="model: a file of posts that it has not seen, Oscine JSONL.", show_default=False)
    ] = None,
    against: Annotated[
        list[str] | None, typer.Option(help="model: another one, on the same posts; repeatable.", show_default=False)
    ] = None,
    seconds: Annotated[float, typer.Option(min=0, help="model: how long each may take over the posts; 0 for all of them.")] = 0,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Run a suite of evaluations; the report is kept in the data directory and shown on the page /evals."""
    with base.app(context, data) as app:
        if suite == MODEL:
            made, told = _model(app, model, posts, tuple(against or ()), sample, seconds, sets)
        else:
            made, told = run(app, suite, sets, sample, base.say), {}
    if as_json:
        base.print_json({**report.wire(made), **told})
        return
    typer.echo(base.printable(report.markdown(made)))
    for failure in made.failures:
        base.say(f"{failure.case}: {failure.what}")


def _model(
    app: App, model: str, posts: Path | None, against: tuple[str, ...], sample: int, seconds: float, sets: Path | None
) -> tuple[report.Report, dict[str, object]]:
    """Evaluate a language model. Raises `InputError` where it or the posts are not named."""
    if not model or posts is None:
        raise InputError("A language model is evaluated on posts.", "Give --model NAME and --posts FILE.")
    return language_model.run(app.settings.data, language_model.Request(model, posts, against, sample, seconds, sets), base.say)
