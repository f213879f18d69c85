"""`/v1/ads`: ads for a place, and what happens to them. Who shows ads has a key that serves, or is a web site that the operator named; what happens to an
ad is told by whoever holds its token, once."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool

from oscine import access, web
from oscine.ads.creatives.placements import PLACEMENTS
from oscine.ads.decision.place import Place
from oscine.ads.ledger.traffic import Circumstances, circumstances
from oscine.ads.server import Who, now
from oscine.advertising import EventKind
from oscine.api import serving
from oscine.api.guard import Admin, Advertising, Serving, app_of, base_url, caller
from oscine.api.ordering import Name, Strict, Text, plain
from oscine.api.routes.campaigns import whose
from oscine.app import App
from oscine.errors import AccessError, InputError, NotAllowed, OscineError
from oscine.records import ANONYMOUS
from oscine.view import SeenPost

router = APIRouter(prefix="/v1/ads", tags=["ad serving"])

MOST_POSTS, MOST_SLOTS = 20, 10
LONGEST_BODY = 10_000  # bytes of what the tag sends
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")  # a GIF of one clear pixel
NEVER_KEPT = {"Cache-Control": "no-store"}
Seen = Literal["impression", "viewable", "conversion"]


class PlaceBody(Strict):
    """A place for ads."""

    placement: str = Field("post", max_length=40)
    lang: str = Field("", max_length=12)
    sizes: list[Annotated[str, Field(max_length=11)]] = Field([], max_length=20, description="Pictures that fit; none: an ad of text.")
    slots: int = Field(1, ge=1, le=MOST_SLOTS)
    site: str = Field("", max_length=200)

    def place(self) -> Place:
        """As it is decided on. Raises `InputError` for a placement that there is not."""
        if self.placement not in PLACEMENTS:
            raise InputError(f"There is no placement {self.placement!r}.", f"Placements are {', '.join(PLACEMENTS)}.")
        return Place(self.placement, now(), self.lang, sizes=tuple(self.sizes), site=self.site, slots=self.slots)


class DecideBody(PlaceBody):
    """A place on the network itself, with what stands around it and who is before it."""

    posts: list[Name] = Field([], max_length=MOST_POSTS, description="Ids of the posts around.")
    network: str = Field("", max_length=200)
    country: str = Field("", max_length=2)
    region: str = Field("", max_length=6)
    floor: int = Field(0, ge=0, description="The least for a thousand impressions, in micro-units.")
    currency: str = Field("", max_length=3)
    person: Text = Field("", description="NETWORK/ACCOUNT before it. Their activity is used where they allowed it only.")

    def place(self) -> Place:
        """As it is decided on."""
        return super().place()._replace(country=self.country.upper(), region=self.region.upper(), floor=self.floor, currency=self.currency)


class ConversionBody(Strict):
    """What somebody did, told by the advertiser: after an ad (its `token`, from `oscine` in the address that it led to), or by their `account`."""

    ref: Name = Field(min_length=1, description="The advertiser's own number of it: what makes it count once.")
    token: Name = ""
    advertiser: int = 0
    account: Name = ""
    value: int = Field(0, ge=0)


@router.post("/decide", summary="Ads for a place")
def decide(request: Request, body: DecideBody, _key: Serving) -> dict[str, Any]:
    """At most `slots` ads, by auction, each with its money reserved and the addresses by which what happens to it is told."""
    app = app_of(request)
    shown = app.ads.serve(body.place(), *_around(app, body))
    return {"ads": [plain(serving.ad(each, base_url(request))) for each in shown]}


@router.post("/explain", summary="What a place would show, and why")
def explain(request: Request, body: DecideBody, key: Advertising) -> dict[str, Any]:
    """The decision in full: who came to the auction, at what price, and why every other campaign did not. A key sees what concerns its own campaigns.

    Only an admin key may name a `person`: why an ad is not for somebody tells of them.
    """
    app = app_of(request)
    if body.person and not key.is_admin:
        raise NotAllowed("Only an admin key may ask what a person would be shown.", "Leave out `person`.")
    told = app.ads.decide(body.place(), *_around(app, body)).explained()
    return told if key.is_admin else serving.own(told, {each.id for each in app.campaigns.of(whose(key))})


def _around(app: App, body: DecideBody) -> tuple[list[SeenPost], Who]:
    """The posts around as the person sees them (those that they may not see are passed over), and the person."""
    network = body.network or app.settings.network
    person = access.named(app.database, body.person, network) if body.person else ANONYMOUS
    return (app.view(person).keyed(body.posts, network) if body.posts else []), app.ads.viewer(person)


@router.get("/tag.js", include_in_schema=False)
def tag_script() -> FileResponse:
    """The tag: shows ads on a web page, without cookies and without anybody else's server."""
    return FileResponse(web.ROOT / "tag.js", media_type="text/javascript", headers={"Cache-Control": "public, max-age=3600"})


@router.post("/tag", summary="Ads for a web page")
async def tag(request: Request, response: Response) -> dict[str, Any]:
    """What the tag asks, as JSON whatever its content type. Only web sites that the operator named may ask; nobody's activity is used."""
    response.headers["Access-Control-Allow-Origin"] = origin = _site(request)
    response.headers["Vary"] = "Origin"
    told = await request.body()
    if len(told) > LONGEST_BODY:
        raise InputError("The tag's request is too long.", f"The most is {LONGEST_BODY:,} bytes.")
    try:
        place = PlaceBody.model_validate(json.loads(told or b"{}")).place()
    except (ValueError, RecursionError, ValidationError) as error:
        raise (
            error if isinstance(error, OscineError) else InputError("This is no request of the tag.", "Use /v1/ads/tag.js as it is.")
        ) from None
    shown = await run_in_threadpool(app_of(request).ads.serve, place._replace(site=origin.partition("://")[2]))
    return {"ads": [plain(serving.ad(each, base_url(request))) for each in shown]}


def _site(request: Request) -> str:
    """The origin that asks. Raises `NotAllowed`."""
    origin = request.headers.get("origin", "")
    if origin in app_of(request).settings.ad_sites or origin == base_url(request):
        return origin
    raise NotAllowed("This web site may not show ads.", "The operator names those that may in OSCINE_AD_SITES.")


@router.post("/events/{token}/{kind}", summary="What happened to an ad")
def happened(request: Request, token: str, kind: Seen) -> dict[str, Any]:
    """Counted once; `counted` is false for what was told before or looks like no person, and nothing is charged for it."""
    event = app_of(request).ads.record(token, kind, _circumstances(request, kind))
    return {"kind": event.kind, "counted": serving.counted(event)}


@router.get("/events/{token}/{kind}.gif", summary="The same, as a picture")
def pixel(request: Request, token: str, kind: Seen) -> Response:
    """For pages and exchanges that can only show a picture: it is always one clear pixel, whatever came of it."""
    try:
        app_of(request).ads.record(token, kind, _circumstances(request, kind))
    except OscineError as error:
        return Response(PIXEL, error.status, NEVER_KEPT, "image/gif")
    return Response(PIXEL, headers=NEVER_KEPT, media_type="image/gif")


@router.get("/click/{token}", summary="Follow an ad", status_code=303)
def click(request: Request, token: str) -> RedirectResponse:
    """Counts the click and leads to the advertiser's page, never to any other address; as `oscine` that gets a token by which a conversion can be told."""
    app = app_of(request)
    event = app.ads.record(token, "click", _circumstances(request, "click"))
    return RedirectResponse(serving.followed(*app.ads.led(event.token)), 303, {**NEVER_KEPT, "Referrer-Policy": "no-referrer"})


@router.post("/conversions", summary="Tell of a conversion")
def converted(request: Request, body: ConversionBody, key: Advertising) -> dict[str, Any]:
    """By the ad's token or by the person's account, once for each `ref`. An account's conversions count on both sides of a holdout."""
    app = app_of(request)
    if body.token:
        served = app.ads.read(body.token, "conversion")
        app.advertisers.one(served.advertiser, whose(key))
        event = app.ads.record(body.token, "conversion", Circumstances(told=True), body.ref, body.value)
        return {"counted": serving.counted(event)}
    if not (body.account and body.advertiser):
        raise InputError("Nobody converted.", "Give a `token`, or an `advertiser` and an `account`.")
    advertiser = app.advertisers.one(body.advertiser, whose(key))
    person = access.named(app.database, body.account, app.settings.network)
    return {"counted": app.ads.converted(advertiser.id, person, body.ref, body.value)}


@router.get("/refusals", summary="What was not counted")
def refusals(request: Request, _key: Admin, days: Annotated[int, Query(ge=1, le=366)] = 30) -> dict[str, Any]:
    """Events that were refused, by day, kind and reason: forged, expired, repeated, and what looks like no person. It takes an admin key."""
    return {"data": [plain(each) for each in app_of(request).ledger.refusals(days)]}


@router.get("/pictures/{creative}/{size}", summary="An ad's picture", response_class=Response)
def picture(request: Request, creative: int, size: str) -> Response:
    """A PNG. Of an ad that was accepted it is everybody's to see; of any other, its advertiser's with a key."""
    found = app_of(request).campaigns.picture(creative, size, _key_if_any(request))
    return Response(found.png, headers={"Cache-Control": "public, max-age=86400"}, media_type="image/png")


def _key_if_any(request: Request) -> str | None:
    """Whose ads the caller may see beyond those that are everybody's; None without a key that advertises."""
    try:
        key = caller(request)
        key.require("ads")
    except AccessError:
        return None
    return whose(key)


def _circumstances(request: Request, kind: EventKind) -> Circumstances:
    address = request.client.host if request.client else ""
    app = app_of(request)
    clicks = app.ads.clicks(address) if kind == "click" else 0
    return circumstances(request.headers, clicks, serving.inside(address, app.settings.ad_own_networks))
