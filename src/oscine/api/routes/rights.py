"""`/v1/ads`: what people may know and change of ads, and what the public may look up (Digital Services Act, Articles 26 and 39)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from oscine.ads.rights.why import less, why
from oscine.api.guard import Reader, app_of, viewer
from oscine.api.ordering import Name, Strict, told
from oscine.store.choices import Choice
from oscine.store.repository import LONGEST, MOST, Asked

router = APIRouter(prefix="/v1/ads", tags=["rights"])
Said = Annotated[str, Query(max_length=LONGEST)]


class ChoicesBody(Strict):
    """What somebody chooses; what is left out stays."""

    personal: bool | None = None
    less: list[Name] | None = Field(None, max_length=200)
    hidden: list[int] | None = Field(None, max_length=200)


@router.get("/why/{token}", summary="Why this ad")
def explained(request: Request, token: str) -> dict[str, Any]:
    """On whose behalf, who pays, the main reasons, and what to change, by the ad's token; nothing of anybody else."""
    app = app_of(request)
    served = app.ads.about(token)
    campaign, advertiser = app.campaigns.one(served.campaign), app.advertisers.one(served.advertiser)
    creative = app.campaigns.creative(served.creative)
    fits = less(served, campaign.targeting)
    reasons = told(why(served, campaign, advertiser, creative, token))
    shown = {name: getattr(creative, name) for name in ("id", "headline", "body", "action", "brand", "lang", "generated")}
    return reasons | {"topics": list(fits.topics), "advertiser": {"id": advertiser.id, "name": advertiser.name}, "creative": shown}


@router.post("/less/{token}", summary="Less of this")
def fewer(request: Request, token: str, key: Reader, what: Literal["topics", "advertiser"] = "topics") -> dict[str, Any]:
    """Fewer ads on what this one was shown for, or none of its advertiser, for the account that the key acts for."""
    app, who = app_of(request), viewer(request, key)
    served = app.ads.about(token)
    of = less(served, app.campaigns.one(served.campaign).targeting)
    by_topic = what == "topics" and bool(of.topics)
    kept = app.ad_choices.add(who, less=of.topics) if by_topic else app.ad_choices.add(who, hidden=[of.advertiser])
    return _choice(request, kept)


@router.get("/choices", summary="What you chose about ads")
def choices(request: Request, key: Reader) -> dict[str, Any]:
    """Of the account that the key acts for. `personal` is off until it is switched on; a minor's cannot be."""
    return _choice(request, app_of(request).ad_choices.of(viewer(request, key)))


@router.put("/choices", summary="Choose about ads")
def choose(request: Request, body: ChoicesBody, key: Reader) -> dict[str, Any]:
    """`personal`: whether ads may go by what you did here; `less`: topics to see less of; `hidden`: advertisers to see nothing of. It counts at once."""
    kept = app_of(request).ad_choices.set(viewer(request, key), personal=body.personal, less=body.less, hidden=body.hidden)
    return _choice(request, kept)


@router.delete("/choices", summary="Forget me in ads")
def forget(request: Request, key: Reader) -> dict[str, Any]:
    """Deletes what you chose, and takes you out of everything that is kept of ads; sums and money stay."""
    return {"ads": app_of(request).ads.forget(viewer(request, key))}


@router.get("/repository", summary="Every ad of the last year")
def repository(
    request: Request,
    q: Said = "",
    advertiser: Said = "",
    country: Annotated[str, Query(max_length=2)] = "",
    placement: Said = "",
    since: date | None = None,
    until: date | None = None,
    before: Annotated[int | None, Query(ge=1)] = None,
) -> dict[str, Any]:
    """Open to everybody: what it was, for whom it was paid and by whom, when, to whom it was aimed and whom it left out, how many people it reached."""
    asked = Asked(q=q, advertiser=advertiser, country=country.upper(), placement=placement, since=since, until=until, before=before)
    found = app_of(request).repository.entries(asked)
    return {"data": [told(each) for each in found], "before": found[-1].id if len(found) == MOST else None}


@router.get("/repository/{number}", summary="One ad of the last year")
def entry(request: Request, number: int) -> dict[str, Any]:
    """Open to everybody; 404 for what was never shown, or not for a year."""
    return told(app_of(request).repository.entry(number))


def _choice(request: Request, kept: Choice) -> dict[str, Any]:
    named = app_of(request).advertisers.named(kept.hidden)
    return {
        "personal": kept.personal, "minor": kept.minor, "less": sorted(kept.less),
        "hidden": [{"id": number, "name": named.get(number, "")} for number in sorted(kept.hidden)],
    }  # fmt: skip
