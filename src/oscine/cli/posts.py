"""`oscine import`: posts brought in from files, with progress and a report. What a line may hold is `sources`' to say."""

from __future__ import annotations

import sys
import time
from typing import Annotated, Any

import typer

from oscine.api import schemas
from oscine.app import App
from oscine.cli import base
from oscine.cli.base import AsJson, Data, Network
from oscine.ingest import Summary
from oscine.sources.archives.archive import Archive
from oscine.sources.base import Source


def import_(
    context: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(help="Oscine JSONL, plain, .gz or .zst (`-` for standard input), or an archive of X, Mastodon, Bluesky or Reddit."),
    ],
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
        told = [schemas.summary(summary) | {"file": file} | _archive(source) for file, (source, summary) in zip(files, done, strict=True)]
        base.print_json(told[0] if len(told) == 1 else told)
    if not any(summary.useful for _, summary in done):
        raise typer.Exit(1)


def _import(app: App, file: str, network: str, quiet: bool) -> tuple[Source, Summary]:
    shown = 0.0
    source = app.source(file, network, sys.stdin.buffer)
    if isinstance(source, Archive) and not quiet:
        base.say(f"{file} is {source.what}")

    def progress(summary: Summary, share: float | None) -> None:
        nonlocal shown
        if sys.stderr.isatty() and time.monotonic() - shown > 0.5:
            shown = time.monotonic()
            rate = summary.lines / max(summary.seconds, 0.001)
            left = f", {summary.seconds * (1 - share) / share:,.0f} s left" if share and summary.seconds else ""
            typer.echo(f"\r{summary.lines:,} {_unit(source)}s, {rate:,.0f} a second{left}   ", err=True, nl=False)

    summary = app.ingest(source, progress=progress)
    if shown:
        typer.echo("\r" + " " * 60 + "\r", err=True, nl=False)
    if not quiet:
        _report(file, source, summary)
    return source, summary


def _unit(source: Source) -> str:
    """What is counted of a source."""
    return "event" if isinstance(source, Archive) else "line"


def _archive(source: Source) -> dict[str, Any]:
    """What was recognised, and what of it was left out."""
    return {"recognised": source.what, "left_out": dict(+source.left_out)} if isinstance(source, Archive) else {}


def _report(file: str, source: Source, summary: Summary) -> None:
    counts = {
        "accepted": summary.accepted,
        "updated": summary.updated,
        "unchanged": summary.unchanged,
        "deleted": summary.deleted,
        "refused": summary.refused,
    }
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count or name in ("accepted", "refused"))
    word = _unit(source)
    base.say(f"{file}: {told}; {summary.lines / max(summary.seconds, 0.001):,.0f} {word}s a second")
    if summary.resumed_after:
        base.say(f"  went on after {word} {summary.resumed_after:,}, where it had stopped before")
    for what, count in sorted(_archive(source).get("left_out", {}).items()):
        base.say(f"  left out: {what} ({count:,})")
    for line, reason in summary.reasons:
        base.say(f"  {word} {line:,}: {reason}")
