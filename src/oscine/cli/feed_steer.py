"""`oscine feed steer|why|what-if|reset`: what a person asks of their feed, why a post stands where it stands, where it would stand otherwise."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from oscine.api import feed as wire
from oscine.api import steering as shapes
from oscine.app import App
from oscine.cli import base
from oscine.cli.base import As, AsJson, Data, Network
from oscine.errors import InputError
from oscine.feed import sentence
from oscine.feed.explain import explain
from oscine.feed.what_if import what_if as ranked_again
from oscine.recommendation import POINTS, Act, Steering
from oscine.records import Viewer

PLACES = 500  # places of a feed that are ranked to find a post
Post = Annotated[str, typer.Argument(help="The post's id.", show_default=False)]
Sentence = Annotated[str, typer.Option("--steer", help="As if this were asked too.", show_default=False)]


def steer(
    context: typer.Context,
    said: Annotated[
        str, typer.Argument(metavar="[SENTENCE]", help="“fewer outrage posts, more gardening, in French”; shows what is asked without one.")
    ] = "",
    lang: Annotated[str, typer.Option(help="The sentence's language; by default it is found out.", show_default=False)] = "",
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Say what you want more or less of, in seven languages. It is kept with the account of --as; without one it is shown only."""
    with base.app(context, data) as app:
        who = base.viewer(app, viewer)
        before = wire.steered(app, who)
        found = app.read_steering(said, before, who, lang or None) if said else (sentence.Read((), (), ""), before)
        if said and not who.anonymous:
            app.steerings.set(who, found[1])
    if as_json:
        base.print_json(shapes.read(found))
        return
    for one in found[0].understood:
        base.say(f"“{one.words}”: {one.means}")
    for words in found[0].not_understood:
        base.say(f"“{words}” was not understood.")
    for line in _asked(found[1]):
        typer.echo(base.printable(line))


def why(context: typer.Context, post: Post, network: Network = "", viewer: As = "", as_json: AsJson = False, data: Data = None) -> None:
    """The parts of a post's score, which add up to it; or why it is left out."""
    with base.app(context, data) as app:
        who = base.viewer(app, viewer)
        number = app.view(who).post(post, network).number
        found = explain(app.feed.rank(app.feed.ask(who, wire.steered(app, who), PLACES), app.weights_for(who)[0]), number)
    told = shapes.explained(found)
    if as_json:
        base.print_json(told)
        return
    for part in found.parts:
        typer.echo(base.printable(f"{part.points / POINTS:>10.6f}  {part.name} ({part.value:.4g} × {part.weight:g})"))
    base.say(f"Left out: {found.dropped}." if found.dropped else _stands(told))


def what_if(
    context: typer.Context,
    post: Post,
    without: Annotated[
        str, typer.Option(help="An act of the account of --as: like:POST, reply:POST, follow:ACCOUNT.", show_default=False)
    ] = "",
    said: Sentence = "",
    network: Network = "",
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Where a post would stand, had something not been done, or were something else asked."""
    if not without and not said:
        raise InputError("Nothing is to be otherwise.", "Name an act with --without, or say something with --steer.")
    with base.app(context, data) as app:
        who = base.viewer(app, viewer)
        seen = app.view(who).post(post, network)
        steering = wire.steered(app, who)
        other = app.read_steering(said, steering, who)[1] if said else None
        act = _act(app, who, without, seen.post.network) if without else None
        found = ranked_again(
            app.feed, app.feed.ask(who, steering, PLACES), app.weights_for(who)[0], seen.number, without=act, steering=other
        )
    told = {"before": shapes.explained(found.before), "after": shapes.explained(found.after)}
    if as_json:
        base.print_json(told)
        return
    typer.echo(f"now: {_stands(told['before'])}")
    typer.echo(f"then: {_stands(told['after'])}")


def reset(context: typer.Context, viewer: As = "", data: Data = None) -> None:
    """Forget what the account of --as asked for, what it was served, and what it opened, hid and stayed with here."""
    with base.app(context, data) as app:
        who = base.viewer(app, viewer)
        if who.anonymous:
            raise InputError("There is no account to start again for.", "Name it with --as.")
        forgotten = app.forget_feed(who)
    base.say(", ".join(f"{count} {name}" for name, count in forgotten.items()) + " forgotten")


def _act(app: App, viewer: Viewer, named: str, network: str) -> Act:
    kind, _, of = named.partition(":")
    if kind == "follow":
        name = app.steerings.author(of, network) or ""
        return app.whys.act(viewer, kind, 0, app.steerings.numbers([name]).get(name, 0))
    return app.whys.act(viewer, kind, app.view(viewer).post(of).number, 0)


def _stands(told: dict[str, Any]) -> str:
    if told.get("dropped"):
        return f"left out, since {told['dropped']}"
    place = f"place {told['position']}" if told["position"] else "not among the first"
    return f"{place}, {told['points'] / POINTS:.6f}, less {-told['moved'] / POINTS:.6f} for being like those above"


def _asked(steering: Steering) -> list[str]:
    changes: list[sentence.Change] = [*(sentence.Turn(dial, by) for dial, by in steering.dials.items()), *steering.wishes, *steering.rules]
    order = [] if steering.order == "for-you" else ["the newest first"]
    return [sentence.spoken(change) for change in changes] + order + ([] if steering.personal else ["nothing that you did is read"])
