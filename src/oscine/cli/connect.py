"""`oscine connect`: read a network for ever; `oscine connections`: how that goes. What a network is like is its source's to know."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from oscine.api import connecting
from oscine.app import App
from oscine.app.networks import EVERYBODY, RELAY
from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.sources.base import Live
from oscine.store.connections import Connection

connect = typer.Typer(no_args_is_help=True, help="Read a network, from now on or from where it was left, until stopped.")
connections = typer.Typer(invoke_without_command=True, help="How connections to networks stand, and what could not be used of them.")

Backfill = Annotated[
    list[str] | None,
    typer.Option(help=f"Also read all that an account has written; `{EVERYBODY}`: that all of the server's have.", show_default=False),
]
Name = Annotated[str, typer.Argument(help="The connection's name, as `oscine connections` shows it.")]


@connect.command()
def bluesky(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="A relay or a PDS.")] = RELAY,
    backfill: Backfill = None,
    data: Data = None,
) -> None:
    """All that happens on Bluesky, or on one server of the AT Protocol: posts, likes, reposts, follows, blocks, profiles."""
    with base.app(context, data) as app:
        _read(app, app.firehose(url), backfill)


@connect.command()
def jetstream(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="A Jetstream, such as wss://jetstream2.us-east.bsky.network.")],
    backfill: Backfill = None,
    data: Data = None,
) -> None:
    """The same, as a Jetstream tells it: less to read, and nothing of it is signed."""
    with base.app(context, data) as app:
        _read(app, app.jetstream(url), backfill)


@connect.command()
def labels(
    context: typer.Context,
    labeler: Annotated[str, typer.Argument(help="Its DID or handle.")],
    data: Data = None,
) -> None:
    """What a labeler says of posts and accounts on Bluesky, from its first label on."""
    with base.app(context, data) as app:
        _read(app, app.labeler(labeler), None)


@connect.command()
def mastodon(
    context: typer.Context,
    host: Annotated[str, typer.Argument(help="A server, such as mastodon.example.")],
    timeline: Annotated[list[str] | None, typer.Option(help="`public`, `local`, `tag:NAME`, or `user` with OSCINE_MASTODON_TOKEN.")] = None,
    backfill: Backfill = None,
    data: Data = None,
) -> None:
    """Timelines of a Mastodon server."""
    with base.app(context, data) as app:
        _read(app, app.mastodon(host, timeline or ["public"]), backfill)


def _read(app: App, source: Live, backfill: list[str] | None) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    app.connect(source, stop, lambda: base.say(line(app.connections.one(source.name))), backfill or [])
    base.say(f"{source.name}: stopped; it goes on from here the next time")


@connections.callback()
def told(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """How each connection stands."""
    if context.invoked_subcommand:
        context.find_root().obj = data or context.find_root().obj
        return
    with base.app(context, data) as app:
        stand = app.connections.told()
    if as_json:
        base.print_json([connecting.connection(one) for one in stand])
        return
    for one in stand:
        typer.echo(base.printable(line(one)))
    if not stand:
        base.say("There is none yet; `oscine connect` makes one.")


def line(one: Connection) -> str:
    """How a connection stands, in a line."""
    lag = f"{one.lag:,.1f} s behind" if one.lag is not None else "nothing yet"
    counts = f"{one.events:,} events  {one.refused:,} refused  {one.dead:,} dead letters  {one.gaps:,} gaps"
    return f"{one.name}  {one.state}  {one.rate:,.0f}/s  {lag}  {counts}  {one.trouble}".rstrip()


@connections.command()
def dead(
    context: typer.Context,
    name: Name,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Its dead letters, oldest first, each with its reason."""
    with base.app(context, data) as app:
        app.connections.one(name)
        letters = app.dead_letters.of(name, limit=limit)
    if as_json:
        base.print_json([connecting.letter(letter) for letter in letters])
        return
    for letter in letters:
        typer.echo(
            base.printable(f"{letter.id}  {letter.at:%Y-%m-%d %H:%M:%S}  {letter.tries}×  {len(letter.raw):,} bytes  {letter.reason}")
        )


@connections.command()
def replay(context: typer.Context, name: Name, data: Data = None) -> None:
    """Try its dead letters again."""
    with base.app(context, data) as app:
        used, left = app.replay(name)
    base.say(f"{used:,} could be used, {left:,} stay")


@connections.command()
def drop(context: typer.Context, name: Name, data: Data = None) -> None:
    """Forget its dead letters."""
    with base.app(context, data) as app:
        app.connections.one(name)
        base.say(f"{app.dead_letters.drop(name):,} forgotten")
