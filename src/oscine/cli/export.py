"""`oscine export`: posts as JSON lines, as far as their authors and the operator allow."""

from __future__ import annotations

import contextlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Annotated

import typer

from oscine.access import LOCAL, licences
from oscine.api.exporting import line
from oscine.app.licensing import exporting
from oscine.cli import base
from oscine.cli.base import As, Data
from oscine.errors import InputError
from oscine.search import bulk
from oscine.search.bulk import Wanted


def export(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Write into this file. Default: standard output.", show_default=False)] = None,
    purpose: Annotated[str, typer.Option(help=f"What for: {', '.join(sorted(licences.PURPOSES))}. Authors who refuse it are left out.")] = "other",
    since: Annotated[str, typer.Option(help="Posts from this day or time on: 2026-05-31.", show_default=False)] = "",
    network: Annotated[str, typer.Option(help="Posts of this network. Default: all.", show_default=False)] = "",
    after: Annotated[str, typer.Option(help="Go on from here: the cursor that was told.", show_default=False)] = "",
    viewer: As = "",
    data: Data = None,
) -> None:
    """Write posts as Oscine JSONL, one a line; `oscine import` takes them back. Authors who refuse to be exported are left out."""
    count, begun = 0, bulk.cursor(after)
    last = begun
    with base.app(context, data) as app:
        who = exporting(base.viewer(app, viewer), LOCAL, purpose, "export")
        with out.open("w", encoding="utf-8") if out else contextlib.nullcontext(sys.stdout) as stream:
            for batch in app.export(who, Wanted(_time(since), network), begun):
                _write(stream, [*batch.authors, *(told for _, told in batch.posts)])
                count, last = count + len(batch.posts), batch.upto
    base.say(f"{count:,} {'post' if count == 1 else 'posts'}; what arrives from now on: --after {last}")


def _write(stream: IO[str], told: list[dict[str, object]]) -> None:
    for each in told:
        stream.write(line(each))


def _time(given: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(given) if given else None
    except ValueError:
        raise InputError(f"{given!r} is no time.", "Give a day as 2026-05-31, or a time with its zone.") from None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
