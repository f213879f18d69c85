"""What an advertiser may order: how long a name, how much money, how many flights and ads. All that is given is checked here before it is kept.

It knows no rule of targeting or of what an ad may say: those are `ads`' matter, and are asked before.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from importlib.resources import files
from urllib.parse import urlsplit

import msgspec

from oscine.advertising import OBJECTIVES, PACES, TIERS, Caps, Flight, Micros, Objective, Pace, Targeting, Tier
from oscine.errors import InputError
from oscine.records import Record

CURRENCIES = frozenset(
    code
    for line in files("oscine.store").joinpath("currencies.txt").read_text().splitlines()
    if not line.startswith("#")
    for code in line.split()
)
LONGEST_NAME, LONGEST_TEXT, LONGEST_LINK, LONGEST_REASON = 120, 2_000, 2_000, 2_000
MOST_FLIGHTS, MOST_CREATIVES, MOST_PICTURES, MOST_ENTRIES = 50, 50, 12, 200
MOST_BYTES = 3_000_000  # of one picture
MOST_MONEY: Micros = 2**53 - 1  # every reader of JSON holds it exactly
MOST_HOLDOUT = 0.5
MOST_CAP = 10_000
LONGEST_FLIGHT = timedelta(days=3_660)


class Terms(Record, frozen=True):
    """A campaign as its advertiser words it: all of it but flights and ads. See `oscine.advertising.Campaign`."""

    name: str
    objective: Objective = "impressions"
    placements: tuple[str, ...] = ("post",)
    tier: Tier = "standard"
    targeting: Targeting = Targeting()
    caps: Caps = Caps()
    pace: Pace = "even"
    holdout: float = 0.0


class Picture(Record, frozen=True):
    """A creative's picture in one size, such as `300x250`: a PNG, and what it shows in words."""

    size: str
    png: bytes
    alt: str = ""


class Ad(Record, frozen=True):
    """A creative as it is handed in. `review` is the review that it went through; `accepted` what that said. See `oscine.advertising.Creative`."""

    headline: str
    body: str
    action: str
    link: str
    brand: str
    lang: str
    generated: bool
    review: int
    accepted: bool
    hashtags: tuple[str, ...] = ()
    by: str = ""
    score: float = 0.0
    pictures: tuple[Picture, ...] = ()


def check_name(what: str, name: str, least: int = 1) -> str:
    """A name on one line, without spaces around it. Raises `InputError`."""
    found = name.strip()
    if not least <= len(found) <= LONGEST_NAME or not found.isprintable():
        raise InputError(f"{what} is one line of {least} to {LONGEST_NAME} characters.", "Shorten it, or write it without line breaks.")
    return found


def check_currency(code: str) -> str:
    """A currency in use, by its code. Raises `InputError`."""
    if code not in CURRENCIES:
        raise InputError(f"{code[:10]!r} is no currency.", "Give an ISO 4217 code in capitals, such as EUR.")
    return code


def check_money(what: str, amount: Micros, least: Micros = 0) -> Micros:
    """Whole micro-units from `least` up. Raises `InputError`."""
    if not least <= amount <= MOST_MONEY:
        raise InputError(f"{what} is {amount}.", f"Give whole micro-units from {least} to {MOST_MONEY}: 5000000 is 5 EUR.")
    return amount


def check_reason(why: str, least: int = 0) -> str:
    """Why somebody does something. Raises `InputError`."""
    found = why.strip()
    if not least <= len(found) <= LONGEST_REASON:
        raise InputError(f"A reason has {least} to {LONGEST_REASON:,} characters.", "Say in a sentence why.")
    return found


def check_terms(terms: Terms, placements: Collection[str]) -> Terms:
    """A campaign's terms, with placements out of those that there are. Raises `InputError`."""
    _one_of("objective", terms.objective, OBJECTIVES)
    _one_of("tier", terms.tier, TIERS)
    _one_of("pace", terms.pace, PACES)
    if not terms.placements or len(set(terms.placements)) < len(terms.placements):
        raise InputError("A campaign names one placement or more, each once.", f"Placements are {', '.join(placements)}.")
    for placement in terms.placements:
        _one_of("placement", placement, placements)
    if not 0 <= terms.holdout <= MOST_HOLDOUT:
        raise InputError(f"A holdout of {terms.holdout} cannot be.", f"Give a share from 0 to {MOST_HOLDOUT}.")
    if not (0 <= terms.caps.impressions <= MOST_CAP and 1 <= terms.caps.hours <= MOST_CAP):
        raise InputError("A cap is a number of impressions within a number of hours.", f"Both up to {MOST_CAP:,}; 0 impressions is no cap.")
    _check_size(terms.targeting)
    return msgspec.structs.replace(terms, name=check_name("A campaign's name", terms.name))


def check_flight(flight: Flight, now: datetime) -> Flight:
    """A flight: money, and a period that ends in the future. Raises `InputError`."""
    check_money("A flight's budget", flight.budget, 1)
    check_money("A day's limit", flight.daily)
    check_money("A bid", flight.bid)
    if flight.starts_at.tzinfo is None or flight.ends_at.tzinfo is None:
        raise InputError("A flight's times lack a time zone.", "Write them as 2026-12-01T08:00:00Z.")
    if not flight.starts_at < flight.ends_at <= flight.starts_at + LONGEST_FLIGHT:
        raise InputError("A flight ends after it starts, within ten years.", "Change its times.")
    if flight.ends_at <= now:
        raise InputError("A flight cannot end in the past.", "Give a later end; to stop it now, pause or end the campaign.")
    return flight


def check_ad(ad: Ad) -> Ad:
    """An ad: its lengths, its link, its pictures; what it says was reviewed. Raises `InputError`."""
    if not ad.headline.strip() or max(map(len, (ad.headline, ad.body, ad.action, ad.brand, *ad.hashtags))) > LONGEST_TEXT:
        raise InputError("An ad has a headline, and no text of it is long.", f"Keep each within {LONGEST_TEXT:,} characters.")
    check_link(ad.link)
    sizes = [picture.size for picture in ad.pictures]
    if len(sizes) > MOST_PICTURES or len(set(sizes)) < len(sizes):
        raise InputError(f"An ad has up to {MOST_PICTURES} pictures, each of another size.", "Leave some out.")
    for picture in ad.pictures:
        check_picture(picture)
    return ad


def check_link(link: str) -> str:
    """An address on the web. Raises `InputError`."""
    try:
        parts = urlsplit(link)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and link.isprintable() and " " not in link
    except ValueError:
        fine = False
    if not fine or len(link) > LONGEST_LINK:
        raise InputError("An ad leads to a web page.", f"Give an address that begins with https://, of up to {LONGEST_LINK:,} characters.")
    return link


def check_picture(picture: Picture) -> Picture:
    """A PNG of a size that is named by its measures. Raises `InputError`."""
    width, _, height = picture.size.partition("x")
    if not (width.isdecimal() and height.isdecimal() and len(picture.size) <= 11):
        raise InputError(f"{picture.size[:20]!r} is no size of a picture.", "Give width and height, such as 300x250.")
    if not picture.png.startswith(b"\x89PNG\r\n\x1a\n") or len(picture.png) > MOST_BYTES:
        raise InputError(f"The picture of {picture.size} is no PNG of up to {MOST_BYTES:,} bytes.", "Save it as a smaller PNG.")
    if len(picture.alt) > LONGEST_TEXT:
        raise InputError("A picture's words are too long.", f"Keep them within {LONGEST_TEXT:,} characters.")
    return picture


def _check_size(targeting: Targeting) -> None:
    for name, said in msgspec.structs.asdict(targeting).items():
        each = [said] if isinstance(said, str) else said
        if len(each) > MOST_ENTRIES or any(len(str(entry)) > LONGEST_TEXT for entry in each):
            raise InputError(
                f"The targeting's {name} is too long.", f"Give up to {MOST_ENTRIES} entries of up to {LONGEST_TEXT:,} characters."
            )


def _one_of(what: str, given: str, allowed: Collection[str]) -> None:
    if given not in allowed:
        raise InputError(f"There is no {what} {given[:40]!r}.", f"There are {', '.join(allowed)}.")
