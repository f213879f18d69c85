"""`oscine labels`: what waits for a person, deciding labels and appeals, labelling everything anew."""

from __future__ import annotations

from typing import Annotated

import typer

from oscine.api import labelling
from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.ingest import label_pending
from oscine.store import machine_labels

BY = "cli"  # the person at this computer
SHOWN = 300  # characters of a post

labels = typer.Typer(no_args_is_help=True, help="Labels on posts: what waits for a person, deciding them and appeals, labelling anew.")

Why = Annotated[str, typer.Option(help="Why. The post's author reads it.", show_default=False)]
Number = Annotated[int, typer.Argument(min=0, max=2**63 - 1, help="The appeal's number.", show_default=False)]


@labels.command()
def queue(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """Open appeals, and labels that the machine is least sure of."""
    with base.app(context, data) as app:
        found = app.label_queue()
    if as_json:
        base.print_json(labelling.queue(found))
        return
    for each in found.appeals:
        typer.echo(base.printable(f"appeal {each.id}: {each.label}, @{each.author_handle} on {each.network}, {each.post}"))
        _quote(each.text)
        typer.echo(base.printable(f"  says: {each.words}"))
    for one in found.uncertain:
        typer.echo(base.printable(f"{one.label} {one.probability:.0%}: @{one.author_handle} on {one.network}, {one.post}"))
        _quote(one.text)
    if not found.appeals and not found.uncertain:
        typer.echo("nothing waits for a person")


@labels.command()
def appeals(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """Open appeals, the oldest first."""
    with base.app(context, data) as app:
        found = app.appeals.open()
    if as_json:
        base.print_json([labelling.open_appeal(each) for each in found])
        return
    for each in found:
        typer.echo(base.printable(f"{each.id:>4}  {each.at:%Y-%m-%d %H:%M}  {each.label}  {each.post}  {each.words}"))


@labels.command()
def decide(
    context: typer.Context,
    post: Annotated[str, typer.Argument(help="The post's id.", show_default=False)],
    label: Annotated[str, typer.Argument(help="The label, such as spam.", show_default=False)],
    why: Why,
    is_so: Annotated[bool, typer.Option("--yes/--no", help="Whether the post is what the label says.", show_default=False)],
    network: base.Network = "",
    data: Data = None,
) -> None:
    """Decide a label of a post: at once, and over the machine's word for good."""
    with base.app(context, data) as app:
        app.decide(network or app.settings.network, post, label, is_so, why, BY)
    typer.echo(base.printable(f"{post} is {'' if is_so else 'not '}{label}"))


@labels.command()
def uphold(context: typer.Context, number: Number, why: Why, as_json: AsJson = False, data: Data = None) -> None:
    """Decide an appeal: the label stays, as a person's word."""
    _judge(context, number, True, why, as_json, data)


@labels.command()
def overturn(context: typer.Context, number: Number, why: Why, as_json: AsJson = False, data: Data = None) -> None:
    """Decide an appeal: the label is taken off, for good."""
    _judge(context, number, False, why, as_json, data)


@labels.command()
def again(context: typer.Context, data: Data = None) -> None:
    """Label all posts anew, as with another model; what people decided stays."""
    with base.app(context, data) as app:
        reading, posts = app.required_reading(), app.label_again()
        waiting = posts
        while waiting:
            if not label_pending(app.database, reading):
                base.say(f"{waiting:,} of {posts:,} posts are left to the server that runs on this data directory")
                return
            waiting = machine_labels.waiting(app.database)
            base.say(f"{posts - waiting:,} of {posts:,} posts")
    typer.echo(f"{posts:,} posts labelled by {reading.labeller.name}")


def _judge(context: typer.Context, number: int, uphold: bool, why: str, as_json: bool, data: Data) -> None:
    with base.app(context, data) as app:
        judged = app.judge_appeal(number, uphold, why, BY)
    if as_json:
        base.print_json(labelling.appeal(judged))
        return
    typer.echo(base.printable(f"appeal {number}: {judged.label} {'stays on' if uphold else 'is taken off'} {judged.post}"))


def _quote(text: str) -> None:
    typer.echo(base.printable("  | " + " ".join(text[:SHOWN].split())))
