"""Dark patterns, looked for by exact definitions in the pages that the web app is made of, and in what the API takes for granted.

It reads files; that a page is kind nobody can tell by that. Each check names what it would find.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from oscine.evals.trust.calls import Caller
from oscine.records import Viewer

PAGES = (
    "index",
    "search",
    "feed",
    "post",
    "write",
    "choices",
    "sign-in",
    "why",
    "me",
    "labels",
    "trust",
)  # that people use who are no operator
IMPORT = re.compile(r"""(?:from|import)\s+"\./([\w-]+\.js)\"""")
SCRIPT = re.compile(r'<script[^>]+src="/static/([\w-]+\.js)"')
TICKED = re.compile(r'<input(?=[^>]*type="checkbox")[^>]*\bchecked\b')
TICKED_BY_SCRIPT = re.compile(r'type:\s*"checkbox"[^}]*checked:\s*true')
PRESSING = re.compile(
    r"only \d+ left|hurry|last chance|act now|don.t miss|limited time|offer ends|before it.s gone|others are (?:viewing|looking)", re.I
)
CONFIRM_SHAMING = re.compile(r"no,? (?:thanks,? )?i (?:don.t|do not|hate|prefer not)", re.I)
Call = tuple[str, str]
SIGN_IN: tuple[Call, ...] = (("POST", "/v1/sign-in"), ("POST", "/v1/sign-in/finish"))
CHOOSE: Call = ("PUT", "/v1/me/choices")
LEAVE: dict[str, tuple[tuple[Call, ...], tuple[Call, ...]]] = {  # the calls by which one joins, and those by which one leaves
    "a session": (SIGN_IN, (("DELETE", "/v1/sessions"),)),
    "an account's data here": (SIGN_IN, (("POST", "/v1/me/delete"),)),
    "ads by what one did": ((("PUT", "/v1/ads/choices"),), (("DELETE", "/v1/ads/choices"),)),
    "what may be done with one's posts": ((CHOOSE,), (CHOOSE,)),
    "what one asked of the feed": ((("PUT", "/v1/feed/steering"),), (("DELETE", "/v1/feed/steering"),)),
}


class Check(NamedTuple):
    """A pattern that is looked for: what holds where it is absent, whether it does, and where it does not."""

    name: str
    holds: bool
    where: str = ""


def read(name: str) -> str:
    """A file of the web app."""
    return files("oscine").joinpath("web", "static", name).read_text(encoding="utf8")


@cache
def scripts(page: str) -> dict[str, str]:
    """The scripts of a page by name, those that they import too."""
    found: dict[str, str] = {}
    waiting = SCRIPT.findall(read(f"{page}.html"))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = read(name)
            waiting += IMPORT.findall(found[name])
    return found


def checks() -> Iterator[Check]:
    """What can be seen in the files."""
    everything = {name: text for page in PAGES for name, text in {f"{page}.html": read(f"{page}.html"), **scripts(page)}.items()}
    yield _absent("no box is ticked beforehand", everything, lambda text: bool(TICKED.search(text) or TICKED_BY_SCRIPT.search(text)))
    yield _absent("no countdown runs", everything, lambda text: "setInterval" in text)
    yield _absent("no words press", everything, lambda text: bool(PRESSING.search(text) or CONFIRM_SHAMING.search(text)))
    yield _absent("nothing loads by scrolling", everything, _endless)
    yield _absent("nothing holds people who leave", everything, lambda text: "beforeunload" in text)
    feed = read("feed.html")
    offered = re.search(r'<input(?=[^>]*type="radio")(?=[^>]*name="order")[^>]*value="newest"', feed)
    before = feed[: offered.start()] if offered else ""
    yield Check("newest first is one click away", bool(offered) and before.count("<details") == before.count("</details"), "feed.html")
    yield Check(
        "more comes by a button",
        bool(re.search(r'<button[^>]*id="more"', feed)) and 'more.addEventListener("click"' in scripts("feed")["feed.js"],
        "feed.js",
    )
    ad = scripts("feed").get("ad.js", "")
    yield Check("an ad is marked, with who pays", '"Ad"' in ad and "paid by" in ad and "mark(ad)" in ad, "ad.js")
    yield Check("an ad's links are marked for machines", "sponsored" in ad, "ad.js")


def _absent(name: str, everything: dict[str, str], bad: Callable[[str], bool]) -> Check:
    found = sorted(file for file, text in everything.items() if bad(text))
    return Check(name, not found, ", ".join(found))


def _endless(text: str) -> bool:
    """Whether a script fetches when somebody scrolls: it listens to scrolling, or watches what comes into view and gets pages then."""
    watches = "IntersectionObserver" in text
    return 'addEventListener("scroll"' in text or "onscroll" in text or (watches and bool(re.search(r"(?<![.\w])(?:get|load)\(", text)))


def defaults(here: Caller, reader: Viewer) -> Iterator[Check]:
    """What the API takes for granted of somebody who was never asked, and how one leaves what one joined."""
    headers = {"Oscine-Viewer": f"{reader.network}/{reader.account}"}
    chosen = here.call("GET", "/v1/ads/choices", headers=headers)
    yield Check(
        "ads do not go by what one did, unless one agrees", chosen.status == 200 and chosen.told.get("personal") is False, "/v1/ads/choices"
    )
    me = here.call("GET", "/v1/me", headers=headers)
    told = me.told.get("choices", {}) if me.status == 200 else {}
    agreed = [name for name in ("training", "archive", "bulk") if told.get(name) != "unset"]
    yield Check("nothing is agreed to, unless one says so", me.status == 200 and not agreed, ", ".join(agreed) or "/v1/me")
    described = {(method.upper(), path) for path, methods in here.described["paths"].items() for method in methods}
    for what, (join, leave) in LEAVE.items():
        yield Check(
            f"to leave takes no more than to join: {what}", {*join, *leave} <= described and len(leave) <= len(join), " ".join(leave[0])
        )
