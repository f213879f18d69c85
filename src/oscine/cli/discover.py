"""`oscine people`, `oscine trending`, `oscine similar`: what to look at next. How it is found is `search`'s."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from oscine.api import schemas
from oscine.cli import base
from oscine.cli.base import As, AsJson, Data, Network
from oscine.records import ANONYMOUS
from oscine.search import people as persons
from oscine.search import related as searches
from oscine.search import similar as alike

Limit = Annotated[int, typer.Option(min=1, max=50)]
Query = Annotated[list[str], typer.Argument(help="Words and operators; put -- before a query that begins with a minus.")]


def people(context: typer.Context, query: Query, limit: Limit = 10, viewer: As = "", as_json: AsJson = False, data: Data = None) -> None:
    """Find people: by handle, by name, by what they write about, by bio."""
    with base.app(context, data) as app:
        told = [schemas.person(one) for one in persons.find(app.search, app.view(base.viewer(app, viewer)), " ".join(query), limit)]
    if as_json:
        base.print_json(told)
        return
    for one in told:
        name = f"{one['name']} @{one['handle']}" if one["name"] and one["name"] != one["handle"] else one["handle"]
        typer.echo(base.printable(f"{name}, {one['network']} ({one['why']}, {one['posts']:,} posts about it)"))
    if not told:
        base.say("Nobody was found.")


def trending(
    context: typer.Context,
    hours: Annotated[float, typer.Option(min=0.1, max=744, help="Length of the time looked at.")] = 24,
    at: Annotated[datetime | None, typer.Option(help="Its end, in UTC. Default: the newest post's time.", show_default=False)] = None,
    lang: Annotated[str, typer.Option(help="Posts in this language only.", show_default=False)] = "",
    limit: Limit = 20,
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """What people write about now clearly more than before."""
    moment = at and at.replace(tzinfo=UTC)
    with base.app(context, data) as app:
        view = app.view(base.viewer(app, viewer))
        told = [schemas.trend(one) for one in app.trends.topics(view, moment, hours, limit, lang or None)]
    if as_json:
        base.print_json(told)
        return
    for one in told:
        typer.echo(base.printable(f"{one['text']}: {one['posts']:,} posts by {one['authors']:,} people"))
        base.print_post(one["sample"])
    if not told:
        base.say("Nothing is written about more than before.")


def related(context: typer.Context, query: Query, limit: Limit = 8, as_json: AsJson = False, data: Data = None) -> None:
    """Searches to try next."""
    with base.app(context, data) as app:
        told = [item._asdict() for item in searches.searches(app.search, app.view(ANONYMOUS), " ".join(query), limit)]
    if as_json:
        base.print_json(told)
        return
    for one in told:
        typer.echo(base.printable(one["query"]))


def similar(
    context: typer.Context,
    post: Annotated[str, typer.Argument(help="The post's id.")],
    network: Network = "",
    limit: Limit = 10,
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """More posts like one post."""
    with base.app(context, data) as app:
        view = app.view(base.viewer(app, viewer))
        told = [schemas.post(seen) for seen in alike.posts(view, app.embedder(), view.post(post, network), limit)]
    if as_json:
        base.print_json(told)
        return
    for one in told:
        base.print_post(one)
