"""`oscine feed`: posts for one person, ranked or newest first, each with what it scored and what found it."""

from __future__ import annotations

from typing import Annotated

import typer

from oscine.api.feed import page
from oscine.cli import base
from oscine.cli.base import As, AsJson, Data

feed = typer.Typer(invoke_without_command=True, help="Posts for you: ranked, or newest first.")


@feed.callback()
def show(
    context: typer.Context,
    newest: Annotated[
        bool, typer.Option("--newest", help="Newest first: of whom one follows, of everybody for whoever follows nobody.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 10,
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Posts for you."""
    if context.invoked_subcommand:
        return
    with base.app(context, data) as app:
        told = page(app, base.viewer(app, viewer), "newest" if newest else "for-you", limit)
    if as_json:
        base.print_json(told)
        return
    for item in told["items"]:
        base.print_post(item["post"])
        if not newest:
            base.say(f"    {item['points'] / 1_000_000:.3f} · {', '.join(item['sources'])}")
    for reason, posts in sorted(told["dropped"].items()):
        base.say(f"Left out: {posts}, since {reason}.")
    if not told["items"]:
        base.say("There is nothing to show yet: import posts, or connect a network.")
