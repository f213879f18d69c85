"""OpenRTB 2.6 as this server speaks it: a bid request's places, and bids of banners (OpenRTB 2.6, 3.2.6) and natives (Native Ads 1.2).

Of a request it reads what a decision can use, and nothing that follows a person from site to site: of a `user` only the seller's own id, which becomes
a pseudonym of that seller's alone. Video, audio, deals and private exchanges are not answered. It shapes and decides nothing.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec

from oscine.ads.server import Shown
from oscine.advertising import MICROS, Creative
from oscine.errors import InputError

NATIVE_VERSION = "1.2"
IMPRESSION_PIXEL = (1, 1)  # event "impression", method "image" of Native 1.2
TITLE, IMAGE, DATA = "title", "img", "data"
DESCRIPTION, SPONSORED, ACTION = 2, 1, 12  # types of data assets, Native 1.2, 7.4
MAIN_IMAGE = 3
PIXEL = ".gif"
MOST_IMPS = 20


class Format(msgspec.Struct):
    """A size that fits."""

    w: int = 0
    h: int = 0


class Banner(msgspec.Struct):
    """A place for a picture."""

    w: int = 0
    h: int = 0
    format: list[Format] = []

    def sizes(self) -> tuple[str, ...]:
        """As this server names them, `300x250`."""
        given = [*self.format, Format(self.w, self.h)]
        return tuple(dict.fromkeys(f"{each.w}x{each.h}" for each in given if each.w > 0 and each.h > 0))


class Native(msgspec.Struct):
    """A place for an ad of text; `request` is JSON within JSON."""

    request: str = "{}"


class Asset(msgspec.Struct):
    """What a native place asks for: one of title, image or data."""

    id: int
    required: int = 0
    title: dict[str, Any] | None = None
    img: dict[str, Any] | None = None
    data: dict[str, Any] | None = None


class NativeRequest(msgspec.Struct):
    """The assets of a native place; version 1.0 wrapped them in `native`."""

    assets: list[Asset] = []
    native: NativeRequest | None = None


class ImpExt(msgspec.Struct):
    """What a front end of the network itself may say: Oscine's placement, and the posts around it."""

    placement: str = ""
    posts: list[str] = []
    network: str = ""


class Ext(msgspec.Struct):
    """`ext.oscine`."""

    oscine: ImpExt = msgspec.field(default_factory=ImpExt)


class Imp(msgspec.Struct):
    """One place on sale."""

    id: str
    banner: Banner | None = None
    native: Native | None = None
    bidfloor: float = 0.0
    bidfloorcur: str = "USD"
    ext: Ext = msgspec.field(default_factory=Ext)


class Content(msgspec.Struct):
    """What stands around the place."""

    title: str = ""
    keywords: str = ""
    language: str = ""


class Site(msgspec.Struct):
    """Where it stands: a site or an app."""

    id: str = ""
    domain: str = ""
    bundle: str = ""
    content: Content = msgspec.field(default_factory=Content)


class Geo(msgspec.Struct):
    """`country` is ISO 3166-1 alpha-3."""

    country: str = ""
    region: str = ""


class Device(msgspec.Struct):
    """Of a device only where it is and which language it speaks, and what tells crawlers."""

    geo: Geo = msgspec.field(default_factory=Geo)
    language: str = ""
    ua: str = ""


class User(msgspec.Struct):
    """The seller's own id of a person."""

    id: str = ""


class Regs(msgspec.Struct):
    """`coppa`: a child is there."""

    coppa: int = 0


class BidRequest(msgspec.Struct):
    """OpenRTB 2.6, 3.2.1, as far as it is read; the rest is passed over."""

    id: str
    imp: list[Imp]
    site: Site | None = None
    app: Site | None = None
    device: Device = msgspec.field(default_factory=Device)
    user: User = msgspec.field(default_factory=User)
    regs: Regs = msgspec.field(default_factory=Regs)
    cur: list[str] = []
    badv: list[str] = []
    test: int = 0

    @property
    def seller(self) -> Site:
        """The site or the app."""
        return self.site or self.app or Site()


class Links(NamedTuple):
    """The addresses of a shown ad."""

    click: str
    impression: str  # `.gif` at its end makes it a picture
    viewable: str
    why: str
    picture: Callable[[str], str]


_DECODER = msgspec.json.Decoder(BidRequest)
_NATIVE = msgspec.json.Decoder(NativeRequest)


def read(body: bytes) -> BidRequest:
    """A bid request. Raises `InputError` for what is none."""
    try:
        asked = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"This is no OpenRTB bid request: {error}.", "Send one of version 2.6, with `id` and `imp`.") from None
    if not 1 <= len(asked.imp) <= MOST_IMPS:
        raise InputError(f"The request has {len(asked.imp)} places.", f"Send 1 to {MOST_IMPS} in `imp`.")
    return asked


def assets(imp: Imp) -> list[Asset]:
    """The assets of a native place. Raises `InputError` where its request cannot be read."""
    assert imp.native
    try:
        asked = _NATIVE.decode(imp.native.request)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(
            f"The native request of {imp.id[:40]!r} cannot be read: {error}.", "Send Native Ads 1.2 as a JSON string."
        ) from None
    return (asked.native or asked).assets


def floor(imp: Imp, currency: str) -> int:
    """The floor in micro-units for a thousand; one in another currency than asked for cannot be compared. Raises `InputError`."""
    if imp.bidfloor < 0 or imp.bidfloor != imp.bidfloor or imp.bidfloor > 1e9:
        raise InputError(f"The floor of {imp.id[:40]!r} is no price.", "Give `bidfloor` from 0.")
    if imp.bidfloor and currency and imp.bidfloorcur != currency:
        raise InputError(
            f"The floor of {imp.id[:40]!r} is in {imp.bidfloorcur[:3]}, bids are asked for in {currency}.", "Give both in one currency."
        )
    return -int(-imp.bidfloor * MICROS // 1)


def response(asked: BidRequest, bids: Iterable[dict[str, Any]], currency: str) -> dict[str, Any]:
    """A bid response, one seat."""
    return {"id": asked.id, "cur": currency, "seatbid": [{"seat": "oscine", "bid": list(bids)}]}


def banner(imp: Imp, shown: Shown, links: Links) -> dict[str, Any]:
    """A bid of a picture, its markup escaped: the picture, its link, that it is an ad and whose, and a pixel that counts."""
    width, height = (int(side) for side in shown.served.size.split("x"))
    ad, paid = shown.creative, html.escape(shown.order.advertiser.payer)
    picture = html.escape(links.picture(shown.served.size))
    markup = (
        f'<div style="position:relative;width:{width}px;height:{height}px">'
        f'<a href="{html.escape(links.click)}" target="_blank" rel="sponsored noopener noreferrer">'
        f'<img src="{picture}" width="{width}" height="{height}" alt="{html.escape(f"{ad.headline} {ad.body}".strip())}" style="border:0"></a>'
        f'<a href="{html.escape(links.why)}" target="_blank" rel="noopener noreferrer" title="Paid by {paid}: why this ad" '
        'style="position:absolute;top:0;right:0;background:#fff;color:#222;font:10px sans-serif;padding:1px 3px">Ad</a>'
        f'<img src="{html.escape(links.impression + PIXEL)}" width="1" height="1" alt="" style="position:absolute"></div>'
    )
    return {**_bid(imp, shown), "adm": markup, "w": width, "h": height, "mtype": 1}


def native(imp: Imp, wanted: list[Asset], shown: Shown, links: Links) -> dict[str, Any] | None:
    """A bid of text; None where a required asset cannot be given."""
    filled = [(asset, _filled(asset, shown, links)) for asset in wanted]
    if any(asset.required and not told for asset, told in filled):
        return None
    event, method = IMPRESSION_PIXEL
    told = {
        "ver": NATIVE_VERSION,
        "assets": [{"id": asset.id, **given} for asset, given in filled if given],
        "link": {"url": links.click},
        "eventtrackers": [{"event": event, "method": method, "url": links.impression + PIXEL}],
        "privacy": links.why,
    }
    return {**_bid(imp, shown), "adm": msgspec.json.encode({"native": told}).decode(), "mtype": 4}


def _bid(imp: Imp, shown: Shown) -> dict[str, Any]:
    ad, order = shown.creative, shown.order
    return {
        "id": shown.served.token, "impid": imp.id, "price": shown.cpm / MICROS, "crid": str(ad.id), "cid": str(order.campaign.id),
        "adomain": [host(ad)], "exp": int((shown.served.expires_at - shown.served.at).total_seconds()),
        "ext": {"dsa": {"behalf": order.advertiser.name, "paid": order.advertiser.payer, "adrender": 1}},
    }  # fmt: skip


def host(ad: Creative) -> str:
    """The host that an ad leads to."""
    return ad.link.partition("://")[2].partition("/")[0].partition(":")[0].lower()


def _filled(asset: Asset, shown: Shown, links: Links) -> dict[str, Any]:
    """One asset: cut nowhere, so that what does not fit is not given."""
    ad = shown.creative
    if asset.title is not None:
        return {TITLE: {"text": ad.headline}} if len(ad.headline) <= int(asset.title.get("len") or 1_000) else {}
    if asset.img is not None:
        return _image(asset.img, shown, links) if asset.img.get("type", MAIN_IMAGE) == MAIN_IMAGE else {}
    if asset.data is not None:
        kind = asset.data.get("type")
        text = {DESCRIPTION: ad.body, SPONSORED: shown.order.advertiser.payer, ACTION: ad.action}.get(
            kind if isinstance(kind, int) else 0, ""
        )
        return {DATA: {"value": text}} if text and len(text) <= int(asset.data.get("len") or 10_000) else {}
    return {}


def _image(asked: dict[str, Any], shown: Shown, links: Links) -> dict[str, Any]:
    least = (int(asked.get("wmin") or asked.get("w") or 1), int(asked.get("hmin") or asked.get("h") or 1))
    for name in shown.creative.pictures:
        width, height = (int(side) for side in name.split("x"))
        if width >= least[0] and height >= least[1]:
            return {IMAGE: {"url": links.picture(name), "w": width, "h": height}}
    return {}
