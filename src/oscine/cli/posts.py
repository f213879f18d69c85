"""`oscine import`: posts brought in from files, with progress and a report. What a line may hold is `sources`' to say."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from oscine.api import schemas
from oscine.app import App
from oscine.cli import base
from oscine.cli.base import AsJson, Data, Network
from oscine.ingest import Summary


def import_(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(help="Oscine JSONL, plain, .gz or .zst; `-` for standard input.")],
    network: Network = "",
    as_json: AsJson = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when the posts are searchable by meaning too.")] = False,
    data: Data = None,
) -> None:
    """Import posts, deletions, engagement and relations. The same file may be imported again; a killed import goes on where it stopped."""
    with base.app(context, data) as app:
        done = [_import(app, file, network, quiet=as_json) for file in files]
        if wait:
            app.embed_all()
    if as_json:
        told = [schemas.summary(summary) | {"file": file} for file, summary in zip(files, done, strict=True)]
        base.print_json(told[0] if len(told) == 1 else told)
    if not any(summary.useful for summary in done):
        raise typer.Exit(1)


def _import(app: App, file: str, network: str, quiet: bool) -> Summary:
    shown = 0.0

    def progress(summary: Summary, share: float | None) -> None:
        nonlocal shown
        if sys.stderr.isatty() and time.monotonic() - shown > 0.5:
            shown = time.monotonic()
            rate = summary.lines / max(summary.seconds, 0.001)
            left = f", {summary.seconds * (1 - share) / share:,.0f} s left" if share and summary.seconds else ""
            typer.echo(f"\r{summary.lines:,} lines, {rate:,.0f} a second{left}   ", err=True, nl=False)

    summary = app.ingest(app.source(file, network, sys.stdin.buffer), progress=progress)
    if shown:
        typer.echo("\r" + " " * 60 + "\r", err=True, nl=False)
    if not quiet:
        _report(file, summary)
    return summary


def _report(file: str, summary: Summary) -> None:
    counts = {
        "accepted": summary.accepted,
        "updated": summary.updated,
        "unchanged": summary.unchanged,
        "deleted": summary.deleted,
        "refused": summary.refused,
    }
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count or name in ("accepted", "refused"))
    base.say(f"{file}: {told}; {summary.lines / max(summary.seconds, 0.001):,.0f} lines a second")
    if summary.resumed_after:
        base.say(f"  went on after line {summary.resumed_after:,}, where it had stopped before")
    for line, reason in summary.reasons:
        base.say(f"  line {line:,}: {reason}")
