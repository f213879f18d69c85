"""Why this ad: true, complete, and silent about other campaigns, other people, special categories and holdouts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from oscine.ads.rights.phrases import language, listed, place
from oscine.ads.rights.why import Less, less, why
from oscine.advertising import Advertiser, Campaign, Caps, Creative, Served, Targeting
from oscine.errors import NotFound

AT = datetime(2026, 11, 2, 12, tzinfo=UTC)
ADVERTISER = Advertiser(id=3, key="k", name="Northern Ferries", payer="Fjord Media", currency="EUR", created_at=AT)
CREATIVE = Creative(id=9, campaign=5, headline="Cross at night", body="", action="", link="https://f.example/", brand="Northern", lang="en", generated=True,
                    review=0, accepted=True, created_at=AT)  # fmt: skip
CONTEXT = {"topics": ["cycling", "gardening"], "queries": ["ferry"], "interests": ["sailing", "chess"], "like": True, "region": "DE-BE",
           "hour": 12, "risk": "low", "personal": True, "auction": "second", "bids": 4, "policy": "thompson"}  # fmt: skip


def served(**told: Any) -> Served:
    plain: dict[str, Any] = {"token": "t", "at": AT, "expires_at": AT, "advertiser": 3, "campaign": 5, "flight": 1, "creative": 9, "placement": "feed",
                             "objective": "clicks", "price": 1, "currency": "EUR", "reserved": 0, "person": "p",
                             "lang": "de", "country": "DE", "context": CONTEXT}  # fmt: skip
    return Served(**(plain | told))


def campaign(targeting: Targeting, caps: Caps = Caps()) -> Campaign:  # noqa: B008
    return Campaign(id=5, advertiser=3, name="Winter", objective="clicks", placements=("feed",), tier="standard", targeting=targeting, caps=caps,
                    pace="even", holdout=0.1, state="running", created_at=AT)  # fmt: skip


def reasons(targeting: Targeting, **told: Any) -> tuple[str, ...]:
    return why(served(**told), campaign(targeting), ADVERTISER, CREATIVE).reasons


def test_who_pays_and_for_whom() -> None:
    found = why(served(), campaign(Targeting()), ADVERTISER, CREATIVE)
    assert (found.mark, found.on_behalf_of, found.paid_by, found.headline) == (
        "Advertisement",
        "Northern Ferries",
        "Fjord Media",
        "Cross at night",
    )
    own = Advertiser(id=3, key="k", name="Northern Ferries", payer="", currency="EUR", created_at=AT)
    assert why(served(), campaign(Targeting()), own, CREATIVE).paid_by == "Northern Ferries"


@pytest.mark.parametrize(
    ("targeting", "sentence"),
    [
        (Targeting(topics=("cycling", "rain")), "Because posts around it are about cycling."),
        (Targeting(query="ferry"), "Because a post around it matches a search that the advertiser gave."),
        (Targeting(langs=("de", "fr")), "Because it is shown beside posts in German."),
        (Targeting(places=("DE", "FR")), "Because it is shown in Germany."),
        (Targeting(places=("DE", "DE-BE")), "Because it is shown in Berlin."),
        (Targeting(hours=(11, 12)), "Because it is shown at this hour of the week."),
        (Targeting(interests=("sailing",)), "Because what you did here suggests that you like sailing, and you allowed that to be used."),
        (Targeting(like=("net/bob",)), "Because you do similar things here as accounts that the advertiser named, and you allowed that to be used."),
        (
            Targeting(not_interests=("football",)),
            "Because nothing that you did here suggests an interest that the advertiser leaves out, and you allowed that to be used.",
        ),
        (Targeting(not_topics=("football",)), "The advertiser did not choose whom it is for: it is shown wherever there is room."),
    ],
)  # fmt: skip
def test_the_reasons(targeting: Targeting, sentence: str) -> None:
    assert reasons(targeting)[0] == sentence


def test_what_was_not_done_is_said() -> None:
    nothing = "It was not chosen by anything you did."
    assert nothing in reasons(Targeting(topics=("cycling",))), "allowed, and not used"
    assert nothing in reasons(Targeting(interests=("sailing",)), context={**CONTEXT, "personal": False})
    assert nothing not in reasons(Targeting(interests=("sailing",)))
    assert "sailing" not in " ".join(reasons(Targeting(interests=("sailing",)), context={**CONTEXT, "personal": False}))


def test_how_it_was_decided() -> None:
    assert any("came first of 4 ads" in reason for reason in reasons(Targeting()))
    assert "No other ad could stand here." in reasons(Targeting(), context={"bids": 1})
    assert any(
        "this" not in reason and "3 ads you see was drawn" in reason for reason in reasons(Targeting(), chances={9: 0.5, 8: 0.3, 7: 0.2})
    )
    capped = why(served(), campaign(Targeting(), Caps(impressions=3, hours=48)), ADVERTISER, CREATIVE)
    assert "at most 3 times in 48 hours" in capped.reasons[-1]


def test_nobody_and_nothing_else_is_told() -> None:
    """Neither other campaigns' topics, nor the accounts that were named, nor a category that should not have been there, nor the holdout."""
    context = {**CONTEXT, "topics": ["cycling", "gardening", "diabetes treatment"]}
    targeting = Targeting(topics=("cycling", "diabetes treatment"), like=("net/bob",), interests=("sailing",))
    found = why(served(context=context), campaign(targeting), ADVERTISER, CREATIVE, "signed")
    told = str(found)
    assert "cycling" in told and not [word for word in ("gardening", "chess", "bob", "diabetes", "held", "holdout", "kept") if word in told]
    with pytest.raises(NotFound):
        why(served(held=True), campaign(targeting), ADVERTISER, CREATIVE)


def test_what_to_change_and_where() -> None:
    found = why(served(), campaign(Targeting(topics=("cycling",), interests=("sailing",))), ADVERTISER, CREATIVE, "signed")
    assert [(control.name, control.method, control.href) for control in found.controls] == [
        ("less", "POST", "/v1/ads/less/signed"), ("hide", "POST", "/v1/ads/less/signed?what=advertiser"), ("personal", "PUT", "/v1/ads/choices"),
        ("choices", "GET", "/ads/choices")]  # fmt: skip
    assert found.personal and "cycling and sailing" in found.controls[0].says
    plain = why(served(), campaign(Targeting()), ADVERTISER, CREATIVE)
    assert [control.name for control in plain.controls] == ["hide", "choices"] and not plain.personal


def test_less_of_this() -> None:
    assert less(served(), Targeting(topics=("cycling", "rain"), interests=("sailing",))) == Less(("cycling", "sailing"), 3)
    assert less(served(context={}), Targeting(topics=("cycling", "rain"))) == Less(("cycling", "rain"), 3)
    assert less(served(), Targeting()) == Less((), 3)


def test_names() -> None:
    assert [language("de"), language("qq"), place("US-CA"), place("BO"), place("XX")] == ["German", "qq", "California", "Bolivia", "XX"]
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
