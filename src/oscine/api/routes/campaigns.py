"""`/v1/ads/advertisers` and `/v1/ads/campaigns`: what advertisers order, change, stop and read of what it brought; a key sees its own, an admin everybody's."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from oscine.access import Key
from oscine.ads.measure import compare, lift, report, summary, whatif
from oscine.advertising import Campaign, State
from oscine.api import ordering
from oscine.api.guard import Advertising, app_of
from oscine.api.ordering import AdvertiserBody, CampaignBody, ChangeBody, CreativesBody, StepBody
from oscine.store.campaigns import MOST
from oscine.store.outcomes import Count

router = APIRouter(prefix="/v1/ads", tags=["campaigns"])

Before = Annotated[int | None, Query(ge=1, description="Older than this one; goes on where a list ended.")]
Dimensions = Annotated[str, Query(max_length=100, description="Up to three, as `day,creative`.")]


def whose(key: Key) -> str:
    """Whose campaigns a key sees: its own, or everybody's."""
    return "" if key.is_admin else key.id


@router.post("/advertisers", summary="Add an advertiser", status_code=201)
def add_advertiser(request: Request, body: AdvertiserBody, key: Advertising) -> dict[str, Any]:
    """On whose behalf ads are shown and who pays for them, which every ad says."""
    return ordering.advertiser(app_of(request).advertisers.add(key.id, body.name, body.payer, body.currency, body.account))


@router.get("/advertisers", summary="Advertisers")
def advertisers(request: Request, key: Advertising, before: Before = None) -> dict[str, Any]:
    """This key's own, the newest first."""
    return {"data": [ordering.advertiser(each) for each in app_of(request).advertisers.of(whose(key), before)], "before": None}


@router.post("/campaigns", summary="Order a campaign", status_code=201)
def add(request: Request, body: CampaignBody, key: Advertising) -> dict[str, Any]:
    """A draft with its ads, each reviewed; it runs when it is launched. 400 names the rule that an order breaks, and nothing of it is kept."""
    ads, flights = [each.sent() for each in body.creatives], [each.flight() for each in body.flights]
    return _told(request, app_of(request).desk.order(body.advertiser, body.terms(), flights, ads, key.id, whose(key)))


@router.get("/campaigns", summary="Campaigns")
def listed(request: Request, key: Advertising, state: State | None = None, before: Before = None) -> dict[str, Any]:
    """This key's own, the newest first, with what each has brought so far."""
    app = app_of(request)
    found = app.campaigns.of(whose(key), state, before)
    totals = app.outcomes.totals([each.id for each in found])
    rows = [_told(request, each) | {"totals": _total(totals[each.id])} for each in found]
    return {"data": rows, "before": found[-1].id if len(found) == MOST else None}


@router.get("/campaigns/{number}", summary="One campaign")
def one(request: Request, number: int, key: Advertising) -> dict[str, Any]:
    """Its terms, flights and ads; 404 for another key's."""
    return _told(request, app_of(request).campaigns.one(number, whose(key)))


@router.patch("/campaigns/{number}", summary="Change a campaign")
def change(request: Request, number: int, body: ChangeBody, key: Advertising) -> dict[str, Any]:
    """New terms, and flights changed or added; what runs goes on. A budget cannot fall below what is spent and reserved."""
    app = app_of(request)
    terms = body.terms(app.campaigns.one(number, whose(key)))
    return _changed(request, app.desk.change(number, key.id, terms, [each.flight() for each in body.flights], body.why, whose(key)))


@router.delete("/campaigns/{number}", summary="Delete a draft, or end a campaign")
def remove(request: Request, number: int, key: Advertising) -> dict[str, Any]:
    """A draft is forgotten; of any other, what it showed and cost is kept, and it ends."""
    app = app_of(request)
    if app.campaigns.one(number, whose(key)).state == "draft":
        app.campaigns.delete(number, whose(key))
        return {"id": number, "deleted": True}
    return _changed(request, app.campaigns.step(number, "ended", key.id, "Deleted by its owner.", whose(key)))


@router.post("/campaigns/{number}/creatives", summary="Add ads to a campaign", status_code=201)
def add_creatives(request: Request, number: int, body: CreativesBody, key: Advertising) -> dict[str, Any]:
    """Each is reviewed; those that are accepted run beside the others."""
    return _changed(request, app_of(request).desk.add(number, [each.sent() for each in body.creatives], key.id, whose(key)))


@router.delete("/campaigns/{number}/creatives/{creative}", summary="Take an ad away")
def remove_creative(request: Request, number: int, creative: int, key: Advertising) -> dict[str, Any]:
    """It is shown no more; what it did stays in the reports."""
    return _changed(request, app_of(request).campaigns.remove_creative(number, creative, key.id, key=whose(key)))


@router.post("/campaigns/{number}/launch", summary="Launch a campaign")
def launch(request: Request, number: int, body: StepBody, key: Advertising) -> dict[str, Any]:
    """It runs at once where one of its ads was accepted, waits in `review` where a person must look, and is `refused` where every ad is."""
    return _changed(request, app_of(request).desk.launch(number, key.id, body.why, whose(key)))


@router.post("/campaigns/{number}/pause", summary="Pause a campaign")
def pause(request: Request, number: int, body: StepBody, key: Advertising) -> dict[str, Any]:
    """It is offered no more from now on; what was handed out may still be shown and charged."""
    return _stepped(request, number, "paused", body, key)


@router.post("/campaigns/{number}/resume", summary="Resume a campaign")
def resume(request: Request, number: int, body: StepBody, key: Advertising) -> dict[str, Any]:
    """It runs again."""
    return _changed(request, app_of(request).desk.resume(number, key.id, body.why, whose(key)))


@router.post("/campaigns/{number}/end", summary="End a campaign")
def end(request: Request, number: int, body: StepBody, key: Advertising) -> dict[str, Any]:
    """For good."""
    return _stepped(request, number, "ended", body, key)


@router.get("/campaigns/{number}/trail", summary="Who changed a campaign")
def trail(request: Request, number: int, key: Advertising) -> dict[str, Any]:
    """Every change: when, by which key, what before and after, and why."""
    return {"data": [ordering.step(each) for each in app_of(request).campaigns.trail(number, whose(key))]}


@router.get("/campaigns/{number}/report", summary="What a campaign brought")
def reported(
    request: Request, number: int, key: Advertising, by: Dimensions = "day", since: date | None = None, until: date | None = None
) -> dict[str, Any]:
    """Counts, rates with 95% intervals, and costs, by up to three dimensions; events that were not counted, with reasons."""
    campaign = app_of(request).campaigns.one(number, whose(key))
    dimensions = [each.strip() for each in by.split(",") if each.strip()]
    return ordering.told(report.report(app_of(request).outcomes, campaign, dimensions, since, until))


@router.get("/campaigns/{number}/lift", summary="What a campaign changed")
def lifted(request: Request, number: int, key: Advertising) -> dict[str, Any]:
    """Against people who were kept from seeing it, at random; the interval may be looked at every day."""
    app = app_of(request)
    campaign = app.campaigns.one(number, whose(key))
    return ordering.told(lift.lift(campaign, app.outcomes.sides(number)))


@router.get("/campaigns/{number}/compare", summary="A campaign's ads as a test")
def compared(request: Request, number: int, key: Advertising) -> dict[str, Any]:
    """Each against the best, and original against generated ones; intervals that may be looked at every day."""
    app = app_of(request)
    campaign = app.campaigns.one(number, whose(key))
    return ordering.told(compare.compare(campaign.id, app.outcomes.log(number)))


@router.get("/campaigns/{number}/whatif", summary="Had another policy chosen the ads")
def supposed(
    request: Request, number: int, key: Advertising, policy: Annotated[str, Query(max_length=40, description="`even`, `best`, `only:7`")]
) -> dict[str, Any]:
    """Clicks of a thousand impressions by four estimators with intervals; 400 where the log cannot tell."""
    app = app_of(request)
    campaign = app.campaigns.one(number, whose(key))
    return ordering.told(whatif.whatif(campaign.id, app.outcomes.log(number), policy))


@router.get("/campaigns/{number}/summary", summary="What worked, and what to do next")
def summarised(request: Request, number: int, key: Advertising) -> dict[str, Any]:
    """Plain sentences, each number with the address that it comes from; nothing that the intervals do not support."""
    app = app_of(request)
    return ordering.told(summary.summary(app.outcomes, app.campaigns.one(number, whose(key))))


def _total(count: Count) -> dict[str, Any]:
    told = {name: getattr(count, name) for name in ("impressions", "viewable", "clicks", "conversions", "spent")}
    return told | {"click_rate": ordering.plain(report.rate(count.clicks, count.impressions))}


def _stepped(request: Request, number: int, state: State, body: StepBody, key: Key) -> dict[str, Any]:
    return _changed(request, app_of(request).campaigns.step(number, state, key.id, body.why, whose(key)))


def _changed(request: Request, kept: Campaign) -> dict[str, Any]:
    """A campaign that is another than before: from the next place on that is asked for here, and everywhere within seconds."""
    app_of(request).ads.running.forget()
    return _told(request, kept)


def _told(request: Request, kept: Campaign) -> dict[str, Any]:
    app = app_of(request)
    alts = app.campaigns.alts(kept.id) if any(each.pictures for each in kept.creatives) else {}
    return ordering.campaign(kept, app.advertisers.one(kept.advertiser), alts)
