"""`POST /openrtb2/auction`: the same auction for whoever speaks OpenRTB 2.6. Each place of a request is decided for itself.

It is a plain route, before all others: FastAPI's own way to a handler takes several times as long as the auction. Its shapes are the standard's, not `/docs`'.
"""

from __future__ import annotations

import threading
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from oscine.ads.audience import countries
from oscine.ads.creatives.placements import PLACEMENTS
from oscine.ads.decision.place import Person, Place
from oscine.ads.live import Live
from oscine.ads.server import Shown, Who, nobody, now
from oscine.api import openrtb, serving
from oscine.api.guard import app_of, base_url, with_scope
from oscine.api.openrtb import BidRequest, Imp
from oscine.app import App
from oscine.records import ANONYMOUS

PATH = "/openrtb2/auction"
AT_ONCE = threading.BoundedSemaphore(2)  # auctions: more threads would only wait for one another
serving_key = with_scope("serve")
VERSION = {"x-openrtb-version": "2.6"}
BANNER, NATIVE = "banner", "post"  # the placements that they are, where the network's own front end names no other


async def auction(request: Request) -> Response:
    """A bid request in, bids or 204 out. Banners need a picture of their size, natives are filled from the ad's texts; `nbr` is not sent."""
    serving_key(request)
    body = await request.body()
    return await run_in_threadpool(_answer, request, body)


def _answer(request: Request, body: bytes) -> Response:
    asked, app, base = openrtb.read(body), app_of(request), base_url(request)
    with AT_ONCE:
        found = [bid for imp in asked.imp if (bid := _bid(app, asked, imp, base))]
    if not found:
        return Response(status_code=204, headers=VERSION)
    currency = found[0][0].served.currency
    told = openrtb.response(asked, [bid for shown, bid in found if shown.served.currency == currency], currency)
    return Response(msgspec.json.encode(told), media_type="application/json", headers=VERSION)


def _bid(app: App, asked: BidRequest, imp: Imp, base: str) -> tuple[Shown, dict[str, Any]] | None:
    """One place's bid; none for what is neither banner nor native. A test request is decided and not served."""
    if not (imp.banner or imp.native):
        return None
    wanted = openrtb.assets(imp) if imp.native and not imp.banner else None
    place = _place(asked, imp)
    said = imp.ext.oscine
    posts = app.view(ANONYMOUS).keyed(said.posts, said.network or app.settings.network) if said.posts else []
    if asked.test:
        app.ads.decide(place, posts)
        return None
    shown = next(iter(app.ads.serve(place, posts, _who(app, asked))), None)
    if shown is None:
        return None
    links = serving.links(shown, base)
    bid = openrtb.banner(imp, shown, links) if wanted is None else openrtb.native(imp, wanted, shown, links)
    return (shown, bid) if bid else None


def _place(asked: BidRequest, imp: Imp) -> Place:
    """What a decision knows of it. Raises `InputError`."""
    geo, said = asked.device.geo, imp.ext.oscine
    country = countries.alpha_2(geo.country)
    currency = asked.cur[0].upper()[:3] if asked.cur else ""
    usual = BANNER if imp.banner else NATIVE
    return Place(
        placement=said.placement if said.placement in PLACEMENTS else usual,
        at=now(),
        lang=(asked.seller.content.language or asked.device.language).lower()[:2],
        country=country,
        region=f"{country}-{geo.region.upper()}" if country and geo.region else "",
        sizes=imp.banner.sizes() if imp.banner else (),
        floor=openrtb.floor(imp, currency),
        currency=currency,
        site=(asked.seller.domain or asked.seller.bundle or asked.seller.id)[:200],
    )


def _who(app: App, asked: BidRequest) -> Who:
    """The seller's own person, if it has one, less the advertisers that it wants nothing of."""
    seller = asked.seller.domain or asked.seller.id
    who = app.ads.stranger(seller, asked.user.id, bool(asked.regs.coppa)) if asked.user.id else nobody
    unwanted = frozenset(host.lower() for host in asked.badv)
    if not unwanted and not asked.regs.coppa:
        return who

    def less(live: Live) -> Person:
        person = who(live)
        hidden = {
            order.advertiser.id for order in live.market.orders if any(openrtb.host(ad) in unwanted for ad in order.campaign.creatives)
        }
        return person._replace(minor=bool(asked.regs.coppa), hidden=person.hidden | hidden)

    return less
