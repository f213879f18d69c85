"""`oscine search`: posts by words and by meaning, printed. The query language is `search.grammar`'s."""

from __future__ import annotations

import time
from typing import Annotated, get_args

import typer

from oscine.api import schemas
from oscine.app import App
from oscine.cli import base
from oscine.cli.base import As, AsJson, Data
from oscine.search.search import Results, Sort


def search(
    context: typer.Context,
    query: Annotated[list[str], typer.Argument(help="Words and operators; put -- before a query that begins with a minus.")],
    limit: Annotated[int, typer.Option(min=1, max=100)] = 10,
    sort: Annotated[str, typer.Option(help=", ".join(get_args(Sort)))] = "top",
    cursor: Annotated[str, typer.Option(help="From the page before.", show_default=False)] = "",
    fold: Annotated[bool, typer.Option(help="Put near-duplicates under the first of them.")] = True,
    plain: Annotated[bool, typer.Option(help="Read plain language (`last week`, `posts by NASA`) as operators.")] = True,
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Search posts by words and by meaning."""
    if sort not in get_args(Sort):
        raise typer.BadParameter(f"takes {', '.join(get_args(Sort))}", param_hint="--sort")
    with base.app(context, data) as app:
        began = time.perf_counter()
        view = app.view(base.viewer(app, viewer))
        asked = {"limit": limit, "sort": sort, "cursor": cursor or None, "fold": fold, "plainly": plain}
        found = app.search.search(view, " ".join(query), **asked)  # type: ignore[arg-type]
        told = schemas.results(found, 1000 * (time.perf_counter() - began)) | {"did_you_mean": _meant(app, found, " ".join(query))}
    if as_json:
        base.print_json(told)
        return
    for part in told["reading"]:
        base.say(f"{part['text']}: {part['means']} ({part['operator']})")
    for part in told["ignored"]:
        base.say(f"{part['text']}: {part['why']}")
    for post in told["posts"]:
        base.print_post(post)
    if not told["posts"]:
        base.say("Nothing was found." + (f" Did you mean: {told['did_you_mean']}" if told["did_you_mean"] else ""))


def _meant(app: App, found: Results, query: str) -> str | None:
    """What was probably meant where nothing was found: the network's words are read first, which takes seconds."""
    if found.results:
        return None
    app.spelling.refresh()
    return app.spelling.suggest(query)
