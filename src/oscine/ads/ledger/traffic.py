"""Which events look like no person's, and why. What is refused is kept with the reason and not charged; what turns out later is refunded by the ledger.

It sees one request at a time: its headers, what had happened to the ad, and how often its sender clicked just now. It keeps nothing, and cannot see through a
program that claims to be a browser and takes its time.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import crawleruseragents  # type: ignore[import-untyped]

from oscine.advertising import Event, EventKind, Served

_TOLD = tomllib.loads(files("oscine.ads.ledger").joinpath("traffic.toml").read_text())
REASONS: dict[str, str] = _TOLD["reasons"]
SOONEST_CLICK = timedelta(seconds=_TOLD["limits"]["seconds_before_click"])
MOST_CLICKS: int = _TOLD["limits"]["clicks_a_minute"]
LONGEST_AGENT: int = _TOLD["limits"]["longest_agent"]
PREFETCH_HEADERS: tuple[str, ...] = tuple(_TOLD["prefetch"]["headers"])
PREFETCH_WORDS: tuple[str, ...] = tuple(_TOLD["prefetch"]["words"])


class Circumstances(NamedTuple):
    """How an event came. `told` is by the advertiser itself, with its key, rather than by a browser; then nothing else here matters."""

    agent: str = ""
    ahead: bool = False  # a browser fetched it before it was needed
    clicks: int = 0  # of its address, or of the person, in the last minute, this one included
    inside: bool = False  # from an address of the operator's own
    told: bool = False


def circumstances(headers: Mapping[str, str], clicks: int = 0, inside: bool = False) -> Circumstances:
    """Those of a request; the names of its headers are in lower case, or found whatever their case."""
    purposes = " ".join(headers.get(name, "") for name in PREFETCH_HEADERS).lower()
    return Circumstances(headers.get("user-agent", ""), any(word in purposes for word in PREFETCH_WORDS), clicks, inside)


def judge(kind: EventKind, served: Served, before: Sequence[Event], circumstances: Circumstances, at: datetime) -> str:
    """Why an event is not to be counted, as a code of `REASONS`; empty where nothing speaks against it. `before` is what happened to the ad so far."""
    if served.held:
        return "held"
    return ("" if circumstances.told else _sender(kind, circumstances)) or _order(kind, before, at)


def is_crawler(agent: str) -> bool:
    """Whether a program names itself as one that is no person's browser, by the list of `crawler-user-agents`."""
    return _is_crawler(agent[:LONGEST_AGENT])


@lru_cache(4_096)
def _is_crawler(agent: str) -> bool:
    return bool(crawleruseragents.is_crawler(agent))


def _sender(kind: EventKind, sender: Circumstances) -> str:
    if not sender.agent.strip():
        return "no_agent"
    if sender.ahead:
        return "prefetch"
    if sender.inside:
        return "own_address"
    if kind == "click" and sender.clicks > MOST_CLICKS:
        return "too_many"
    return "crawler" if is_crawler(sender.agent) else ""


def _order(kind: EventKind, before: Sequence[Event], at: datetime) -> str:
    """What must have come before, and how long before."""
    if kind == "impression":
        return ""
    seen = [event.at for event in before if event.kind == "impression" and not event.refused]
    if not seen:
        return "no_impression"
    return "too_fast" if kind == "click" and at - min(seen) < SOONEST_CLICK else ""
