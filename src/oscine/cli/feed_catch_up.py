"""`oscine feed catch-up`, `proposals`, `digest`: what one missed, what one might want more of, the best of some days, printed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from oscine.api import feed as wire
from oscine.api import schemas
from oscine.ask.answer import Sentence
from oscine.cli import base
from oscine.cli.base import As, AsJson, Data
from oscine.cli.explain import Language, print_cited
from oscine.home import digest as digests
from oscine.view import SeenPost


def catch_up(
    context: typer.Context,
    since: Annotated[
        datetime | None, typer.Option(help="In UTC. Default: the end of the visit before this one, else a day ago.", show_default=False)
    ] = None,
    lang: Language = "",
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Since you were away: who answered and named you, conversations, topics; each line with its posts."""
    with base.app(context, data) as app:
        who = base.viewer(app, viewer)
        found = app.missed(who, wire.steered(app, who), since and since.replace(tzinfo=UTC), lang or None)
    if as_json:
        base.print_json(wire.missed(found))
        return
    print_cited([Sentence(line.text, line.posts) for line in found.lines], found.posts)
    if not found.lines:
        base.say(f"Nothing since {found.span.since:%Y-%m-%d %H:%M} UTC that many talked about.")


def proposals(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=20)] = 6,
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Topics, accounts to follow and conversations, each with its reason."""
    with base.app(context, data) as app:
        who = base.viewer(app, viewer)
        told = wire.proposals(app.proposals(who, wire.steered(app, who), limit))
    if as_json:
        base.print_json(told)
        return
    for topic in told["topics"]:
        typer.echo(base.printable(f"{topic['topic']}: {topic['why']}"))
    for account in told["accounts"]:
        typer.echo(base.printable(f"{account['name'] or account['handle']} @{account['handle']}, {account['network']}: {account['why']}"))
    for conversation in told["conversations"]:
        typer.echo(base.printable(conversation["why"]))
        base.print_post(conversation["post"])
    if not any(told.values()):
        base.say("There is nothing to propose yet.")


def digest(
    context: typer.Context,
    days: Annotated[float, typer.Option(min=0.01, max=31, help="How far back.")] = 1,
    limit: Annotated[int, typer.Option(min=1, max=50, help="Posts at most.")] = 10,
    markdown: Annotated[bool, typer.Option("--markdown", help="As Markdown.")] = False,
    lang: Language = "",
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """The best of some days: the posts that rank highest, and what went on."""
    with base.app(context, data) as app:
        who = base.viewer(app, viewer)
        made = app.digest(who, wire.steered(app, who), days, limit, lang or None)
        home = app.settings.public_url.rstrip("/") or f"http://{app.settings.host}:{app.settings.port}"
    if as_json:
        base.print_json(wire.digest(made))
        return

    def address(seen: SeenPost) -> str:
        return home + schemas.page(seen)

    typer.echo(base.printable((digests.markdown if markdown else digests.text)(made, address)), nl=False)
