"""`oscine feeds`: feeds for Bluesky added, listed, published, removed. Whoever follows one asks this server, while `oscine up` runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.records import ANONYMOUS
from oscine.search import feed as pages
from oscine.search import grammar
from oscine.store.feeds import FeedGenerator

feeds = typer.Typer(no_args_is_help=True, help="Feeds for Bluesky: add, list, publish, remove.")
Name = Annotated[str, typer.Argument(help="Its name in addresses: up to 15 small letters, digits and hyphens.")]
SHOWN = 100  # posts counted


@feeds.command()
def add(
    context: typer.Context,
    name: Name,
    query: Annotated[
        str, typer.Option(help="Words and operators, as for `oscine search`; the feed is the newest posts that meet all.")
    ] = "",
    for_you: Annotated[
        bool, typer.Option("--for-you", help="Instead: what is ranked for whoever looks, steered by their own word.")
    ] = False,
    title: Annotated[str, typer.Option(help="What people see: up to 24 characters.")] = "",
    description: Annotated[str, typer.Option(help="What it is about: up to 300 characters.")] = "",
    data: Data = None,
) -> None:
    """Add a feed; it can be asked for at once, and found once it is published."""
    now = datetime.now(UTC)
    with base.app(context, data) as app:
        app.feed_generators.add(FeedGenerator(name=name, title=title or name, query=query, description=description, personal=for_you))
        if for_you:
            base.say(f"{name} is ranked for each; `oscine feeds publish {name}` shows it to people")
            return
        found = len(pages.page(app.search, app.view(ANONYMOUS), "bluesky", query, now, SHOWN).posts)
    for part in grammar.parse(query, now).ignored:
        base.say(f"{part.text}: {part.why}")
    base.say(f"{name} has {found}{' or more' if found == SHOWN else ''} posts now; `oscine feeds publish {name}` shows it to people")


@feeds.command("list")
def list_(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """All feeds, and who published them."""
    with base.app(context, data) as app:
        kept = app.feed_generators.all()
    if as_json:
        base.print_json(
            [
                {
                    **msgspec.to_builtins(feed),
                    "query": feed.query,
                    "description": feed.description,
                    "publisher": feed.publisher or None,
                    "personal": feed.personal,
                }
                for feed in kept
            ]
        )
        return
    for feed in kept:
        by = f"published by {feed.publisher}" if feed.publisher else "not published"
        typer.echo(base.printable(f"{feed.name}  {feed.title}  {feed.query or 'for you'}  ({by})"))


@feeds.command()
def publish(context: typer.Context, name: Name, data: Data = None) -> None:
    """Write the feed's record into the repository of OSCINE_BLUESKY_HANDLE: people then find it, and can pin it. Again after a change."""
    with base.app(context, data) as app:
        uri = app.publish_feed(name)
    typer.echo(uri)
    base.say("People find it on Bluesky as soon as the network has read the record.")


@feeds.command()
def remove(context: typer.Context, name: Name, data: Data = None) -> None:
    """Forget a feed; the record of one that was published is deleted first."""
    with base.app(context, data) as app:
        app.remove_feed(name)
    base.say(f"{name} is forgotten")
