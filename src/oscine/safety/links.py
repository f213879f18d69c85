"""What is wrong with a link of an ad, by its text: nothing is called, and what the page behind it does is not known.

A name that mixes scripts passes for another (Unicode TR39); a browser shows `user@` before a host, and people read the first name that they see.
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any

import httpx
import idna
import regex

from oscine.safety import hidden
from oscine.safety.policy import Finding

_ENDING = regex.compile(
    r"\.(?:exe|msi|scr|bat|cmd|com|pif|apk|dmg|pkg|jar|vbs|ps1|hta|iso|img|lnk|reg|deb|rpm|appimage)$", regex.IGNORECASE
)

_BORROWED = regex.compile(r"[\p{Cyrillic}\p{Greek}\p{Armenian}]")


def findings(url: str, page: str = "", blocked: Iterable[str] = ()) -> list[Finding]:
    """The rules that a link meets. `page` is the landing page's address, whose host the link must share; `blocked` are hosts, and all below them."""
    return [_found(rule, url) for rule in _broken(url, page, frozenset(host.lower().strip(".") for host in blocked))]


def _broken(url: str, page: str, blocked: frozenset[str]) -> Iterator[str]:
    parsed = _parsed(url)
    if parsed is None or hidden.visible(url) != url:
        yield "link-unreadable"
        return
    host = parsed.host
    if parsed.userinfo:
        yield "link-userinfo"
    if _is_address(host):
        yield "link-address"
    if any(_alike(label) for label in host.split(".")):
        yield "link-lookalike"
    if _ENDING.search(parsed.path):
        yield "link-program"
    if any(host == name or host.endswith("." + name) for name in blocked):
        yield "link-blocked"
    landing = _parsed(page) if page else None
    if landing and _site(host) != _site(landing.host):
        yield "link-elsewhere"


def _parsed(url: str) -> httpx.URL | None:
    try:
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, UnicodeError):
        return None
    return parsed if parsed.scheme in ("http", "https") and parsed.host else None


def _is_address(host: str) -> bool:
    """Whether a host is a number: an IP address in any spelling that browsers read."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return bool(regex.fullmatch(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}", host.lower()))
    return True


def _alike(label: str) -> bool:
    """Whether a part of a host passes for Latin: it mixes in letters of other scripts, or has only such as look Latin."""
    try:
        shown = idna.decode(label) if label.startswith("xn--") else label
    except idna.IDNAError:
        return True
    return hidden.mixed(shown) or (bool(_BORROWED.search(shown)) and hidden.plain("a" + shown).words.isascii())


def _site(host: str) -> str:
    return host.lower().removeprefix("www.")


def _found(rule: str, url: str) -> Finding:
    told = _rules()[rule]
    return Finding(rule, told["category"], url[:200], told["why"], told["decision"])


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads(resources.files("oscine.safety").joinpath("rules/links.toml").read_text(encoding="utf8"))
