"""What a page says of itself for machines: its language, title, site, product, price. Read as data; what no reader sees is used by nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import regex
from selectolax.lexbor import LexborHTMLParser

from oscine.ads.creatives.blocks import line

_OFFERED = frozenset(
    (
        "product",
        "softwareapplication",
        "mobileapplication",
        "webapplication",
        "event",
        "festival",
        "course",
        "service",
        "hotel",
        "book",
        "movie",
        "museum",
        "trip",
        "touristtrip",
    )
)
_OWNERS = regex.compile(
    r"organization|website|business|store|shop|bakery|hotel|museum|cinema|theater|ngo|brand|plumber|electrician|bookstore|gardenstore"
)
_SEPARATED = regex.compile(r"\s+[|·–—»-]\s+|\s*\|\s*")
SHORT = 30  # characters of a title that is a name
MOST_JSON = 200_000  # characters of a block of JSON-LD


class About(NamedTuple):
    """Empty where the page does not say."""

    site: str
    title: str
    description: str
    lang: str
    product: str
    price: str
    images: tuple[str, ...]
    logos: tuple[str, ...]


def about(tree: LexborHTMLParser, url: str) -> About:
    """What the head and the JSON-LD of a page say; the tree still with its scripts."""
    meta = {
        name: line(node.attributes.get("content") or "")
        for node in tree.css("meta[name], meta[property]")
        if (name := _name(node.attributes))
    }
    things = list(_things(tree))
    offered = next((thing for thing in things if _types(thing) & _OFFERED), {})
    owner = next((thing for thing in things if any(_OWNERS.search(kind) for kind in _types(thing))), {})
    head = tree.css_first("head title") or tree.css_first("title")
    title = line(head.text()) if head else meta.get("og:title", "")
    named = (meta.get("og:site_name"), _text(offered.get("brand")), _text(owner.get("name")), _named(title), _host(url))
    html = tree.css_first("html")
    return About(
        site=next(filter(None, named), ""),
        title=title,
        description=meta.get("description") or meta.get("og:description", ""),
        lang=((html.attributes.get("lang") if html else "") or "").lower().replace("_", "-").partition("-")[0],
        product=_text(offered.get("name")),
        price=_price(offered.get("offers")),
        images=(*filter(None, (meta.get("og:image", ""), _text(offered.get("image")))),),
        logos=(*filter(None, (_text(owner.get("logo")),)),),
    )


def _named(title: str) -> str:
    """The site's name as titles have it: after the last mark, or all of a short one."""
    parts = [part for part in _SEPARATED.split(title) if part]
    return parts[-1] if len(parts) > 1 else title if len(title) <= SHORT else ""


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _name(told: dict[str, str | None]) -> str:
    return (told.get("property") or told.get("name") or "").lower()


def _things(tree: LexborHTMLParser) -> Iterator[dict[str, Any]]:
    """The objects of the page's JSON-LD, those in lists and graphs too."""
    for script in tree.css('script[type="application/ld+json"]'):
        try:
            held = [json.loads(script.text()[:MOST_JSON])]
        except (ValueError, RecursionError):
            continue
        while held:
            thing = held.pop(0)
            if isinstance(thing, list):
                held += thing[:50]
            elif isinstance(thing, dict):
                yield thing
                held += [thing["@graph"]] if "@graph" in thing else []


def _types(thing: dict[str, Any]) -> set[str]:
    told = thing.get("@type")
    return {str(kind).lower() for kind in (told if isinstance(told, list) else [told])}


def _text(told: Any) -> str:
    """A value of JSON-LD as text: itself, its first, its name or its address."""
    if isinstance(told, list):
        told = told[0] if told else ""
    if isinstance(told, dict):
        told = told.get("name") or told.get("url") or ""
    return line(str(told))[:200] if isinstance(told, str | int | float) else ""


def _price(offers: Any) -> str:
    offer = offers[0] if isinstance(offers, list) and offers else offers
    return _text(offer.get("price") or offer.get("lowPrice")) if isinstance(offer, dict) else ""
