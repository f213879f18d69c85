"""`oscine saved`: searches kept under a name, and what is new for them. They are the local person's, or an account's with `--as`."""

from __future__ import annotations

from typing import Annotated

import typer

from oscine.access import LOCAL
from oscine.api import schemas
from oscine.app import App
from oscine.cli import base
from oscine.cli.base import As, AsJson, Data
from oscine.records import Viewer
from oscine.safety import outbound
from oscine.search import saved as news
from oscine.store.saved import SavedSearch, owner

saved = typer.Typer(no_args_is_help=True, help="Saved searches: add, list, what is new, remove.")
Name = Annotated[str, typer.Argument(help="The name that it was saved under.")]


@saved.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name for it.")],
    query: Annotated[list[str], typer.Argument(help="Words and operators; put -- before a query that begins with a minus.")],
    webhook: Annotated[str, typer.Option(help="An address to POST new posts to, while `oscine up` runs.", show_default=False)] = "",
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Keep a search; what is there now counts as seen."""
    secret = news.new_secret() if webhook else ""
    if webhook:
        outbound.checked(webhook)
    with base.app(context, data) as app:
        kept = app.saved.add(LOCAL.id, base.viewer(app, viewer), name, " ".join(query), webhook, secret)
    if as_json:
        base.print_json(schemas.saved(kept, 0, news.COUNTED) | ({"secret": secret} if secret else {}))
        return
    base.say(f"saved as {name}; `oscine saved new {name}` shows what comes")
    if secret:
        typer.echo(secret)
        base.say("Deliveries are signed with this secret. It is not shown again.")


@saved.command("list")
def list_(context: typer.Context, viewer: As = "", as_json: AsJson = False, data: Data = None) -> None:
    """All of them, with how many posts are new."""
    with base.app(context, data) as app:
        who = base.viewer(app, viewer)
        view, arrived = app.view(who), app.saved.arrived()
        kept = app.saved.of(owner(LOCAL.id, who))
        told = [schemas.saved(one, news.count(app.search, view, one, arrived), news.COUNTED) for one in kept]
    if as_json:
        base.print_json(told)
        return
    for one in told:
        webhook = one["webhook"]
        state = f"  → {webhook['url']}{' stopped' if webhook['stopped'] else ''} {webhook['trouble']}" if webhook else ""
        typer.echo(base.printable(f"{one['name']}: {one['new']}{' or more' if one['more'] else ''} new  {one['query']}{state}"))


@saved.command()
def new(
    context: typer.Context,
    name: Name,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
    keep: Annotated[bool, typer.Option("--keep", help="Do not count them as seen.")] = False,
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """What came since you last looked, the latest arrivals first; then it counts as seen."""
    with base.app(context, data) as app:
        who = base.viewer(app, viewer)
        one, arrived = _named(app, who, name), app.saved.arrived()
        found = news.new(app.search, app.view(who), one, arrived, limit)
        if not keep:
            app.saved.looked(owner(LOCAL.id, who), one.id, arrived)
    told = [schemas.post(seen) for seen in found]
    if as_json:
        base.print_json(told)
        return
    for post in told:
        base.print_post(post)
    if not told:
        base.say("Nothing is new.")


@saved.command()
def remove(context: typer.Context, name: Name, viewer: As = "", data: Data = None) -> None:
    """Forget one, and end its webhook."""
    with base.app(context, data) as app:
        who = base.viewer(app, viewer)
        app.saved.remove(owner(LOCAL.id, who), _named(app, who, name).id)
    base.say(f"{name} is forgotten")


def _named(app: App, viewer: Viewer, name: str) -> SavedSearch:
    return app.saved.named(owner(LOCAL.id, viewer), name)
