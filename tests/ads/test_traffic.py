"""Invalid traffic: each rule by what it is there for, and that a person's event passes them all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from oscine.ads.ledger import recent, traffic
from oscine.ads.ledger.recent import Recent
from oscine.ads.ledger.traffic import MOST_CLICKS, REASONS, SOONEST_CLICK, Circumstances, circumstances, is_crawler, judge
from oscine.advertising import EVENTS, Event, EventKind, Served
from oscine.store import recording

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
PERSON = Circumstances(agent=FIREFOX, clicks=1)
AD = Served(token="t", at=NOW, expires_at=NOW, advertiser=1, campaign=1, flight=1, creative=1, placement="post", objective="clicks", price=1,
            currency="EUR", reserved=0)  # fmt: skip
HELD = msgspec.structs.replace(AD, held=True)


def seen(seconds: float = 5, refused: str = "") -> list[Event]:
    """The ad was seen so long ago."""
    return [Event(token="t", kind="impression", at=NOW - timedelta(seconds=seconds), refused=refused)]


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("agent", [FIREFOX, CHROME, SAFARI])
def test_a_person_passes(kind: EventKind, agent: str) -> None:
    assert judge(kind, AD, seen(), PERSON._replace(agent=agent), NOW) == ""


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize(
    ("change", "reason"), [({"agent": " "}, "no_agent"), ({"agent": "GPTBot/1.2"}, "crawler"), ({"ahead": True}, "prefetch"), ({"inside": True}, "own_address")]
)  # fmt: skip
def test_senders(kind: EventKind, change: dict[str, object], reason: str) -> None:
    assert judge(kind, AD, seen(), PERSON._replace(**change), NOW) == reason  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "agent", ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "facebookexternalhit/1.1", "curl/8.5.0", "python-httpx/0.28.1",
              "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "WhatsApp/2.23.20.0", f"{FIREFOX} HeadlessChrome/131.0"]
)  # fmt: skip
def test_crawlers_and_previews_name_themselves(agent: str) -> None:
    assert is_crawler(agent)


def test_a_long_agent_is_cut() -> None:
    assert not is_crawler(FIREFOX + " " * traffic.LONGEST_AGENT + "Googlebot/2.1")


@pytest.mark.parametrize(
    ("headers", "ahead"),
    [({"sec-purpose": "prefetch;prerender"}, True), ({"purpose": "Prefetch"}, True), ({"x-moz": "prefetch"}, True), ({"x-purpose": "preview"}, True),
     ({}, False), ({"sec-purpose": "", "referer": "https://prefetch.example"}, False)],
)  # fmt: skip
def test_what_a_browser_fetches_ahead(headers: dict[str, str], ahead: bool) -> None:
    found = circumstances(headers | {"user-agent": FIREFOX}, 3, True)
    assert found == Circumstances(agent=FIREFOX, ahead=ahead, clicks=3, inside=True)


@pytest.mark.parametrize("kind", ["viewable", "click", "conversion"])
def test_nothing_comes_before_the_impression(kind: EventKind) -> None:
    assert judge(kind, AD, [], PERSON, NOW) == judge(kind, AD, seen(refused="crawler"), PERSON, NOW) == "no_impression"


def test_clicks_that_are_too_fast_or_too_many() -> None:
    soon = SOONEST_CLICK.total_seconds()
    assert judge("click", AD, seen(soon / 2), PERSON, NOW) == "too_fast"
    assert judge("click", AD, seen(soon), PERSON, NOW) == "" == judge("viewable", AD, seen(0), PERSON, NOW)
    assert judge("click", AD, seen(), PERSON._replace(clicks=MOST_CLICKS + 1), NOW) == "too_many"
    assert judge("click", AD, seen(), PERSON._replace(clicks=MOST_CLICKS), NOW) == ""


def test_what_the_advertiser_tells_needs_an_impression_alone() -> None:
    told = Circumstances(told=True)
    assert judge("conversion", AD, seen(), told, NOW) == "" and judge("conversion", AD, [], told, NOW) == "no_impression"


@pytest.mark.parametrize("kind", EVENTS)
def test_what_was_held_back_has_no_events(kind: EventKind) -> None:
    assert judge(kind, HELD, seen(), PERSON, NOW) == "held"


def test_every_reason_has_its_sentence() -> None:
    given = {"no_agent", "crawler", "prefetch", "own_address", "too_many", "no_impression", "too_fast", "forged", "expired",
             recording.REPLAYED, recording.UNKNOWN, recording.BUDGET_SPENT, recording.HELD}  # fmt: skip
    assert given == REASONS.keys() and all(said.endswith(".") for said in REASONS.values())


def test_a_sliding_window() -> None:
    counts = Recent(60)
    assert [counts.count("a", at) for at in (0, 10, 59.9, 60, 71)] == [1, 2, 3, 3, 3]
    assert counts.count("b", 71) == 1 and counts.count("", 71) == 0


def test_the_window_forgets_who_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST_KEYS", 2)
    counts = Recent(60)
    for key in ("a", "b", "a", "c"):
        counts.count(key, 0)
    assert [counts.count(key, 1) for key in ("a", "c", "b")] == [3, 2, 1]
    for _ in range(1_000):
        assert counts.count("d", 2) <= recent.MOST_TIMES
    counts.count("e", 100)
    assert list(counts._times) == ["e"]
