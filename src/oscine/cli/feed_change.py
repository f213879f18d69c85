"""`oscine feed weights|estimate|test`: the table of weights shown, changed, judged from what was served, and tested on people. It acts for the operator."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from oscine.api import judging
from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.errors import InputError

BY = "cli"  # in the history: the person at this computer

Version = Annotated[int, typer.Argument(min=0, help="A version's number; 0 is the one that ships.", show_default=False)]
Number = Annotated[int, typer.Argument(min=1, help="The test's number.", show_default=False)]
Why = Annotated[str, typer.Option(help="Why, for all who read the history.", show_default=False)]

weights = typer.Typer(invoke_without_command=True, help="The table by which posts are ordered: shown, changed, made live.")
test = typer.Typer(no_args_is_help=True, help="Tests of another table on a share of the people.")


@weights.callback()
def callback(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """The table in use, and its history."""
    if context.invoked_subcommand is None:
        show(context, as_json, data)


@weights.command()
def show(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """The table in use, and its history."""
    with base.app(context, data) as app:
        told = judging.tables(app)
    if as_json:
        base.print_json(told)
        return
    live = told["live"]
    named = {f"{group}.{name}": value for group in judging.GROUPS for name, value in live[group].items()}
    for name, value in {**named, **{name: live[name] for name in judging.SINGLE}}.items():
        typer.echo(f"{name:<20} {value:>8g}")
    for version in told["history"]:
        use = " (in use)" if version["version"] == live["version"] else ""
        said = f": {version['why']} ({version['by']}, {version['made_at'][:10]})" if version["made_at"] else ": as it ships"
        base.say(f"version {version['version']}{use}{said}")


@weights.command()
def propose(
    context: typer.Context,
    changes: Annotated[
        list[str], typer.Option("--set", help="NAME=VALUE, as actions.like=5 or diversity=.3; repeatable.", show_default=False)
    ],
    why: Why,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """A new version: the one in use with some weights changed. It is not live."""
    with base.app(context, data) as app:
        table = judging.changed(app.weight_tables.live(), dict(map(_change, changes)))
        made = judging.weights(app.weight_tables.propose(table, BY, why))
    _print(made, as_json, f"version {made['version']}: `oscine feed estimate {made['version']}` tells what it would have brought")


@weights.command()
def live(context: typer.Context, version: Version, why: Why, as_json: AsJson = False, data: Data = None) -> None:
    """Order all feeds by a version from now on."""
    with base.app(context, data) as app:
        made = judging.weights(app.weight_tables.make_live(version, BY, why))
    _print(made, as_json, f"version {version} is in use")


def estimate(context: typer.Context, version: Version, as_json: AsJson = False, data: Data = None) -> None:
    """What a version would have brought, from pages that were dealt partly by chance; nobody is shown anything."""
    with base.app(context, data) as app:
        told = judging.estimated(app.estimate_weights(version), version)
    if as_json:
        base.print_json(told)
        return
    typer.echo(f"{'a page, in its first ten places':<34}{'in use':<28}{f'version {version}':<28}change")
    for line in told["lines"]:
        typer.echo(f"{line['outcome']:<34}{_span(line['live']):<28}{_span(line['other']):<28}{_span(line['change'])}")
    left = "".join(f"; left out: {count}, since {reason}" for reason, count in told["left_out"].items())
    base.say(f"From {told['pages']} pages of {told['people']} people{left}.")
    for warning in dict.fromkeys([*told["warnings"], *(each for line in told["lines"] for each in line["other"]["warnings"])]):
        base.say(warning)


@test.command()
def start(
    context: typer.Context,
    version: Version,
    name: Annotated[str, typer.Option(help="What it is called.", show_default=False)],
    why: Why,
    share: Annotated[float, typer.Option(help="Of the people who have an account, who are given it.")] = 0.5,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Give a share of the people a version, until it is ended, or ends itself because it does harm."""
    with base.app(context, data) as app:
        made = judging.test(app.judge.start(name, version, share, BY, why))
    _print(made, as_json, f"test {made['id']} runs: version {version} for {share:.0%}, version {made['control']} for the others")


@test.command("show")
def show_test(
    context: typer.Context,
    number: Annotated[int, typer.Argument(min=0, help="The test's number; 0 for the newest.")] = 0,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """What came of a test so far, with intervals that may be looked at every day."""
    with base.app(context, data) as app:
        told = judging.judged(app.judged_feed_test(number))
    if as_json:
        base.print_json(told)
        return
    people = told["people"]
    typer.echo(base.printable(f"test {told['id']}, {told['name']}: version {told['treatment']} against {told['control']}, {_state(told)}"))
    typer.echo(
        f"{people['control']} people have had a week of version {told['control']}, {people['treatment']} of version {told['treatment']}"
    )
    for line in told["outcomes"]:
        typer.echo(f"{line['outcome']:<10}{_figure(line['control']):>10}{_figure(line['treatment']):>10}   {_span(line['difference'])}")
    for rail in told["guardrails"]:
        typer.echo(
            f"guardrail {rail['name']:<10}{_span(rail['ratio'])} of the control's, bound {rail['bound']:g}{'  BROKEN' * rail['broken']}"
        )


@test.command()
def end(context: typer.Context, number: Number, why: Why, as_json: AsJson = False, data: Data = None) -> None:
    """Give everybody the version in use again."""
    with base.app(context, data) as app:
        made = judging.test(app.feed_tests.end(number, BY, why))
    _print(made, as_json, f"test {number} is ended")


def _change(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise InputError(f"{text!r} is no change.", "Give NAME=VALUE: --set actions.like=5.") from None


def _state(told: dict[str, Any]) -> str:
    ended = told["ended"]
    return f"ended by {ended['by']}: {ended['why']}" if ended else f"running since {told['started']['at'][:10]}"


def _print(told: dict[str, Any], as_json: bool, said: str) -> None:
    if as_json:
        base.print_json(told)
    else:
        base.say(said)


def _span(found: dict[str, Any]) -> str:
    return f"{_figure(found['value'])} ({_figure(found['low'])} to {_figure(found['high'])})"


def _figure(value: float | None) -> str:
    return "?" if value is None else f"{value:.3g}"
