"""The command line: the same verbs as the API, assembled from one file a family. Trouble ends with 1 and one sentence, never a traceback."""

from __future__ import annotations

import errno
import os
import sys
from typing import Annotated

import typer

from oscine import __version__
from oscine.cli import (
    access_log,
    ads,
    ask,
    bot,
    connect,
    corpus,
    discover,
    evals,
    explain,
    export,
    feed,
    feed_catch_up,
    feed_change,
    feed_steer,
    feed_train,
    feeds,
    finetune,
    incidents,
    keys,
    label,
    labels,
    mcp,
    models,
    picture,
    posts,
    purge,
    saved,
    search,
    serve,
    status,
    train,
    write,
)
from oscine.cli.base import Data
from oscine.errors import OscineError

UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}

cli = typer.Typer(name="oscine", no_args_is_help=True, add_completion=True, rich_markup_mode=None, pretty_exceptions_enable=False,
                  help="A social network's own AI: ask and search its posts.")  # fmt: skip


def main() -> None:
    """Run the command line; an error of ours is one sentence, not a traceback."""
    try:
        cli()
    except OscineError as error:
        typer.echo(f"oscine: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:  # `oscine search … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        where = error.filename or "A file"
        typer.echo(
            f"oscine: {where}: {error.strerror}. Free some space, or choose a folder that may be written, and run it again.", err=True
        )
        sys.exit(1)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@cli.callback()
def root(
    context: typer.Context,
    data: Data = None,
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Take the data directory before the verb too."""
    context.obj = data


cli.command()(serve.up)
cli.command()(mcp.mcp)
cli.command("import")(posts.import_)
cli.command()(export.export)
cli.command()(search.search)
cli.command()(ask.ask)
cli.command()(explain.explain)
cli.command()(explain.summary)
cli.command()(write.write)
cli.command()(write.rewrite)
cli.command()(picture.picture)
cli.command()(picture.alt)
cli.command()(discover.people)
cli.command()(discover.trending)
cli.command()(discover.related)
cli.command()(discover.similar)
cli.command("eval")(evals.eval_)
cli.command()(purge.purge)
cli.command()(purge.certificate)
cli.command()(purge.held)
cli.command()(status.status)
cli.command()(status.doctor)
cli.add_typer(ads.ads, name="ads")
cli.add_typer(corpus.corpus, name="corpus")
cli.add_typer(train.train, name="train")
cli.add_typer(finetune.finetune, name="finetune")
cli.add_typer(models.models, name="models")
cli.add_typer(saved.saved, name="saved")
cli.add_typer(connect.connect, name="connect")
cli.add_typer(connect.connections, name="connections")
feed.feed.add_typer(feed_change.weights, name="weights")
feed.feed.add_typer(feed_change.test, name="test")
feed.feed.command()(feed_change.estimate)
feed.feed.command()(feed_steer.steer)
feed.feed.command()(feed_steer.why)
feed.feed.command("what-if")(feed_steer.what_if)
feed.feed.command()(feed_steer.reset)
feed.feed.command()(feed_catch_up.catch_up)
feed.feed.command()(feed_catch_up.proposals)
feed.feed.command()(feed_catch_up.digest)
feed.feed.command()(feed_train.train)
cli.add_typer(feed.feed, name="feed")
cli.add_typer(feeds.feeds, name="feeds")
cli.add_typer(bot.bot, name="bot")
cli.add_typer(keys.keys, name="keys")
cli.command()(label.label)
cli.add_typer(labels.labels, name="labels")
cli.add_typer(access_log.log, name="log")
cli.add_typer(incidents.incidents, name="incidents")
