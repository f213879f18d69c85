"""Ads for a place on the wire: their words, their addresses, who pays; and how their events come. It shapes and decides nothing."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from oscine.ads.server import Shown
from oscine.api.openrtb import Links
from oscine.store.recording import Recorded

CLICKED = "oscine"  # the part of an address by which an advertiser knows which ad led there


def links(shown: Shown, base: str) -> Links:
    """The addresses of a shown ad."""
    token, ad = shown.token, shown.creative.id
    return Links(
        click=f"{base}/v1/ads/click/{token}",
        impression=f"{base}/v1/ads/events/{token}/impression",
        viewable=f"{base}/v1/ads/events/{token}/viewable",
        why=f"{base}/ads/why?token={token}",
        picture=lambda size: f"{base}/v1/ads/pictures/{ad}/{size}",
    )


def ad(shown: Shown, base: str) -> dict[str, Any]:
    """An ad to be shown: that it is one, on whose behalf, who pays, and where what happens to it is told."""
    made, by, to = shown.creative, shown.order.advertiser, links(shown, base)
    return {
        "token": shown.token, "campaign": made.campaign, "creative": made.id, "headline": made.headline, "body": made.body, "action": made.action,
        "hashtags": list(made.hashtags), "brand": made.brand, "lang": made.lang, "generated": made.generated, "on_behalf_of": by.name,
        "paid_by": by.payer, "picture": _picture(shown, to), "click": to.click, "impression": to.impression, "viewable": to.viewable,
        "why": to.why, "expires_at": shown.served.expires_at,
    }  # fmt: skip


def _picture(shown: Shown, to: Links) -> dict[str, Any] | None:
    if not shown.served.size:
        return None
    width, height = map(int, shown.served.size.split("x"))
    words = f"{shown.creative.headline} {shown.creative.body}".strip()
    return {"url": to.picture(shown.served.size), "width": width, "height": height, "alt": words}


def counted(event: Recorded) -> bool:
    """Whether an event counted, now."""
    return not (event.repeated or event.refused)


def own(told: dict[str, Any], campaigns: set[int]) -> dict[str, Any]:
    """A decision in full, less what concerns others' campaigns: of those only how many came to the auction."""
    mine = {name: [each for each in told[name] if each["campaign"] in campaigns] for name in ("wins", "bidders", "left_out")}
    return {**told, **mine, "others": len(told["bidders"]) - len(mine["bidders"])}


def followed(link: str, token: str) -> str:
    """An advertiser's address with the token; a part of that name that was there before is replaced."""
    parts = urlsplit(link)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != CLICKED]
    return urlunsplit(parts._replace(query=urlencode([*query, (CLICKED, token)])))


def inside(address: str, networks: Iterable[str]) -> bool:
    """Whether an address is one of the operator's own."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return any(found in network for network in _networks(frozenset(networks)))


@lru_cache(8)
def _networks(named: frozenset[str]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(each) for each in named)
