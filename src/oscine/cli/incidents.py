"""`oscine incidents`: what went wrong, told to everyone."""

from __future__ import annotations

from typing import Annotated

import typer

from oscine.app.reporting import incident
from oscine.cli import base
from oscine.cli.base import AsJson, Data

BY = "cli"  # the person at this computer

incidents = typer.Typer(no_args_is_help=True, help="What went wrong, told to everyone: list, open, end.")


@incidents.command("list")
def list_(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """Those that go on, then those that have ended."""
    with base.app(context, data) as app:
        found = app.incidents.all()
    if as_json:
        base.print_json([incident(each) for each in found])
        return
    for each in found:
        state = f"ended {each.ended_at:%Y-%m-%d %H:%M}" if each.ended_at else "goes on"
        typer.echo(base.printable(f"{each.id:>4}  {each.at:%Y-%m-%d %H:%M}  {state}  {each.title} ({each.kind}, by {each.by})"))


@incidents.command("open")
def open_(
    context: typer.Context,
    title: Annotated[str, typer.Argument(help="In a few words.", show_default=False)],
    what: Annotated[str, typer.Option(help="What happened. Everybody reads it: name no person, quote no post.", show_default=False)],
    effect: Annotated[str, typer.Option(help="What it did to people.")] = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Tell everyone of an incident."""
    with base.app(context, data) as app:
        opened = app.open_incident(title, what, effect, BY)
    if as_json:
        base.print_json(incident(opened))
        return
    typer.echo(f"incident {opened.id} goes on")


@incidents.command()
def end(
    context: typer.Context,
    number: Annotated[int, typer.Argument(min=0, help="The incident's number.", show_default=False)],
    mended: Annotated[str, typer.Option(help="What was mended.", show_default=False)],
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """End an incident."""
    with base.app(context, data) as app:
        ended = app.incidents.end(number, mended)
    if as_json:
        base.print_json(incident(ended))
        return
    typer.echo(f"incident {ended.id} has ended")
