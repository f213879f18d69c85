"""`oscine ads advertiser|campaign|ledger|repository …`: campaigns ordered, launched, stopped, and what they brought. It orders for the operator."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from oscine.ads.measure import compare as comparing
from oscine.ads.measure import lift as lifting
from oscine.ads.measure import report as reporting
from oscine.ads.measure import summary as summing
from oscine.ads.measure import whatif as supposing
from oscine.advertising import MICROS, STATES, Campaign, State
from oscine.api import ordering
from oscine.api.ordering import CampaignBody
from oscine.app import App
from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.errors import InputError

BY = "cli"  # in the trail: the person at this computer
LONGEST_FILE = 64_000_000  # bytes of an order, pictures included

Number = Annotated[int, typer.Argument(min=1, help="The campaign's number.", show_default=False)]
Why = Annotated[str, typer.Option(help="Why, for the trail.")]

advertiser = typer.Typer(no_args_is_help=True, help="On whose behalf ads are shown, and who pays.")
campaign = typer.Typer(no_args_is_help=True, help="Campaigns: ordered, launched, stopped, and what they brought.")


@advertiser.command("add")
def add_advertiser(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="On whose behalf.", show_default=False)],
    payer: Annotated[str, typer.Option(help="Who pays, if another.")] = "",
    currency: Annotated[str, typer.Option(help="ISO 4217; its ledger is kept in it.")] = "EUR",
    account: Annotated[str, typer.Option(help="Its account on the network, as NETWORK/ACCOUNT.")] = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Add an advertiser."""
    with base.app(context, data) as app:
        made = ordering.advertiser(app.advertisers.add(BY, name, payer, currency, account))
    _print(made, as_json, lambda: f"advertiser {made['id']}: {made['name']}, paid by {made['payer']}, in {made['currency']}")


@advertiser.command("list")
def advertisers(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """All advertisers, the newest first."""
    with base.app(context, data) as app:
        found = [ordering.advertiser(each) for each in app.advertisers.of()]
    _print(found, as_json, lambda: "\n".join(f"{each['id']:>5}  {each['name']} ({each['payer']}, {each['currency']})" for each in found))


@campaign.command("add")
def add(
    context: typer.Context,
    order: Annotated[
        str, typer.Argument(help="A JSON file as POST /v1/ads/campaigns takes it, or - for standard input.", show_default=False)
    ],
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Order a campaign: a draft, its ads reviewed."""
    body = _order(order)
    with base.app(context, data) as app:
        ads, flights = [each.sent() for each in body.creatives], [each.flight() for each in body.flights]
        made = app.desk.order(body.advertiser, body.terms(), flights, ads, BY)
        _print_campaign(app, made, as_json)


@campaign.command("list")
def listed(
    context: typer.Context,
    state: Annotated[str, typer.Option(help=f"Only those in one state: {', '.join(STATES)}.")] = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Campaigns, the newest first."""
    with base.app(context, data) as app:
        found = app.campaigns.of(state=_state(state))
        told = [ordering.campaign(each, app.advertisers.one(each.advertiser)) for each in found]
    _print(told, as_json, lambda: "\n".join(_line(each) for each in told))


@campaign.command()
def show(context: typer.Context, number: Number, as_json: AsJson = False, data: Data = None) -> None:
    """One campaign, with its flights and ads."""
    with base.app(context, data) as app:
        _print_campaign(app, app.campaigns.one(number), as_json)


@campaign.command()
def launch(context: typer.Context, number: Number, why: Why = "", as_json: AsJson = False, data: Data = None) -> None:
    """Launch: it runs where an ad was accepted, waits for a person where one must look, else is refused."""
    with base.app(context, data) as app:
        _print_campaign(app, app.desk.launch(number, BY, why), as_json)


@campaign.command()
def pause(context: typer.Context, number: Number, why: Why = "", as_json: AsJson = False, data: Data = None) -> None:
    """Offer it no more, for now."""
    with base.app(context, data) as app:
        _print_campaign(app, app.campaigns.step(number, "paused", BY, why), as_json)


@campaign.command()
def resume(context: typer.Context, number: Number, why: Why = "", as_json: AsJson = False, data: Data = None) -> None:
    """Go on with a paused one."""
    with base.app(context, data) as app:
        _print_campaign(app, app.desk.resume(number, BY, why), as_json)


@campaign.command()
def end(context: typer.Context, number: Number, why: Why = "", as_json: AsJson = False, data: Data = None) -> None:
    """End it for good."""
    with base.app(context, data) as app:
        _print_campaign(app, app.campaigns.step(number, "ended", BY, why), as_json)


@campaign.command()
def trail(context: typer.Context, number: Number, as_json: AsJson = False, data: Data = None) -> None:
    """Who changed what, when, and why."""
    with base.app(context, data) as app:
        steps = [ordering.step(each) for each in app.campaigns.trail(number)]
    _print(
        steps,
        as_json,
        lambda: "\n".join(f"{each['at']}  {each['by']}  {each['state']}  {json.dumps(each['change'])}  {each['why']}" for each in steps),
    )


@campaign.command()
def report(
    context: typer.Context,
    number: Number,
    by: Annotated[str, typer.Option(help="Up to three dimensions, as day,creative.")] = "day",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Counts, rates with 95% intervals, and costs."""
    dimensions = [each.strip() for each in by.split(",") if each.strip()]
    with base.app(context, data) as app:
        found = reporting.report(app.outcomes, app.campaigns.one(number), dimensions)
    lines = [*found.lines, found.total]
    _print(ordering.plain(found), as_json, lambda: "\n".join(_reported(each) for each in lines))


@campaign.command()
def lift(context: typer.Context, number: Number, as_json: AsJson = False, data: Data = None) -> None:
    """What it changed, against people who were kept from seeing it."""
    with base.app(context, data) as app:
        found = lifting.lift(app.campaigns.one(number), app.outcomes.sides(number))
    _print(ordering.plain(found), as_json, lambda: found.sentence)


@campaign.command()
def compare(context: typer.Context, number: Number, as_json: AsJson = False, data: Data = None) -> None:
    """Its ads as a test that may be looked at every day; original against generated."""
    with base.app(context, data) as app:
        kept = app.campaigns.one(number)
        found = comparing.compare(kept.id, app.outcomes.log(number))
    pairs = [*found.pairs, *([found.between] if found.between else [])]
    _print(ordering.plain(found), as_json, lambda: "\n".join(each.sentence for each in pairs) or "There is nothing to compare yet.")


@campaign.command()
def whatif(
    context: typer.Context,
    number: Number,
    policy: Annotated[str, typer.Option(help="even, best, or only:NUMBER of an ad.")] = "even",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Clicks, had another policy chosen the ads."""
    with base.app(context, data) as app:
        found = supposing.whatif(app.campaigns.one(number).id, app.outcomes.log(number), policy)
    _print(ordering.plain(found), as_json, lambda: "\n".join([found.sentence, *found.warnings]))


@campaign.command()
def summary(context: typer.Context, number: Number, as_json: AsJson = False, data: Data = None) -> None:
    """What worked, and what to do next."""
    with base.app(context, data) as app:
        found = summing.summary(app.outcomes, app.campaigns.one(number))
    _print(ordering.plain(found), as_json, lambda: "\n".join(each.text for each in (*found.worked, *found.next)))


def ledger(
    context: typer.Context,
    campaign: Annotated[int, typer.Option(min=0, help="Of one campaign; 0: of all.")] = 0,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """The newest entries of the ledger, and what they come to."""
    with base.app(context, data) as app:
        entries = [ordering.entry(each) for each in app.ledger.entries(campaign=campaign or None)]
        totals = ordering.plain(app.ledger.totals(campaign=campaign or None))
    told = {"data": entries, "totals": totals}
    _print(
        told,
        as_json,
        lambda: "\n".join(
            f"{each['at']}  {each['kind']:<10} {each['amount'] / MICROS:>14,.6f} {each['currency']}  {each['why'] or each['event']}"
            for each in entries
        ),
    )


def _order(path: str) -> CampaignBody:
    """What a file orders. Raises `InputError` naming the first thing that is wrong with it."""
    try:
        told = sys.stdin.buffer.read(LONGEST_FILE) if path == "-" else Path(path).read_bytes()
        return CampaignBody.model_validate_json(told)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}.", "Give a JSON file.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(f"{where}: {first['msg']}.", "The guide on advertising shows an order.") from None


def _state(named: str) -> State | None:
    found = next((state for state in STATES if state == named), None)
    if named and found is None:
        raise InputError(f"There is no state {named[:40]!r}.", f"States are {', '.join(STATES)}.")
    return found


def _print_campaign(app: App, kept: Campaign, as_json: bool) -> None:
    told = ordering.campaign(kept, app.advertisers.one(kept.advertiser))
    reviews = {each.id: app.reviews.one(each.review) for each in kept.creatives}
    ads = [f"  ad {each.id}, {reviews[each.id].state}: {each.headline}" for each in kept.creatives]
    why = [f"    {reason['why']}" for each in kept.creatives if not each.accepted for reason in reviews[each.id].reasons]
    _print(told, as_json, lambda: "\n".join([_line(told), *ads, *why]))


def _line(told: dict[str, Any]) -> str:
    spent, budget = (sum(flight[name] for flight in told["flights"]) / MICROS for name in ("spent", "budget"))
    return f"{told['id']:>5}  {told['state']:<8} {told['name']} ({told['advertiser_name']}): {spent:,.2f} of {budget:,.2f} {told['currency']} spent"


def _reported(line: reporting.Line) -> str:
    name = ", ".join(f"{value}" for value in line.group.values()) or "all"
    rate = f"{line.click_rate.value:.2%} ({line.click_rate.low:.2%} to {line.click_rate.high:.2%})" if line.click_rate else "none"
    return f"{name:<24} shown {line.impressions:>9,}  clicked {line.clicks:>7,}  rate {rate}  spent {line.spent / MICROS:,.2f}"


def _print(told: Any, as_json: bool, words: Callable[[], str]) -> None:
    if as_json:
        base.print_json(told)
    else:
        typer.echo(base.printable(words()))
