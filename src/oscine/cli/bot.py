"""`oscine bot`: answer mentions on a network until stopped, and look at what became of them. How a bot behaves is `bots`'."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import msgspec
import typer

from oscine.bots import manners
from oscine.bots.bot import Bot
from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.store import mentions

bot = typer.Typer(no_args_is_help=True, help="A bot that answers mentions from the posts, every claim with its link.")
Once = Annotated[bool, typer.Option("--once", help="Answer what waits, then end.")]


@bot.command()
def bluesky(context: typer.Context, once: Once = False, data: Data = None) -> None:
    """Answer on Bluesky, as the account of OSCINE_BLUESKY_HANDLE and OSCINE_BLUESKY_PASSWORD."""
    _answer(context, "bluesky", once, data)


@bot.command()
def mastodon(
    context: typer.Context,
    host: Annotated[str, typer.Argument(help="The server of the bot's account, such as mastodon.example.")],
    once: Once = False,
    data: Data = None,
) -> None:
    """Answer on a Mastodon server, as the account of OSCINE_MASTODON_TOKEN."""
    _answer(context, host, once, data)


def _answer(context: typer.Context, network: str, once: bool, data: Data) -> None:
    stop = threading.Event()
    with base.app(context, data) as app:
        poster = app.bot_poster(network)
        answering = Bot(app, poster, base.say)
        if once:
            base.say(f"{answering.once()} settled")
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        base.say(f"answering as @{poster.handle} on {poster.network}; end with Ctrl-C")
        answering.run(stop)


@bot.command("list")
def list_(
    context: typer.Context,
    network: Annotated[str, typer.Option(help="Of this network only.", show_default=False)] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """What became of the last mentions, the newest first."""
    with base.app(context, data) as app:
        told = mentions.last(app.database, limit, network)
    if as_json:
        base.print_json([msgspec.to_builtins(one) | {"why": manners.reason(one.why)} for one in told])
        return
    for one in told:
        why = f": {manners.reason(one.why)}" if one.why else ""
        typer.echo(base.printable(f"{one.at:%Y-%m-%d %H:%M} {one.network} {one.account} {one.mention}  {one.state}{why}  {one.reply}".rstrip()))
    if not told:
        base.say("Nobody has mentioned a bot here yet.")
