"""Tokens: signed, expiring, url-safe; and pseudonyms that tell nobody who it is."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscine.ads.ledger.tokens import Tokens
from oscine.errors import InputError
from oscine.store.secret import pseudonym

SECRET = bytes(range(32))
TOKENS = Tokens(SECRET)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAFE = string.ascii_letters + string.digits + "_-"
IDS = st.text(SAFE, min_size=1, max_size=64)


def code(text: str, at: datetime = NOW, tokens: Tokens = TOKENS) -> str:
    """Why a token is refused."""
    with pytest.raises(InputError) as refused:
        tokens.read(text, at)
    return refused.value.code


@given(IDS, st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_what_is_signed_is_read_until_it_expires(served: str, expires: datetime) -> None:
    text = TOKENS.sign(served, expires)
    assert set(text) <= set(SAFE + ".") and TOKENS.signed(text)
    assert TOKENS.read(text, expires - timedelta(seconds=1)) == served
    assert code(text, expires) == "expired"


def test_it_is_short() -> None:
    assert len(TOKENS.sign("a" * 16, NOW)) == 16 + 1 + 6 + 1 + 22


@given(IDS, st.integers(0, 200), st.sampled_from(SAFE + "."))
def test_nobody_else_can_make_one(served: str, place: int, letter: str) -> None:
    text = TOKENS.sign(served, NOW + timedelta(hours=1))
    changed = text[: place % len(text)] + letter + text[place % len(text) + 1 :]
    if changed != text:
        assert code(changed) == "forged" and not TOKENS.signed(changed)
    assert code(text, tokens=Tokens(SECRET[::-1])) == "forged"


def test_a_longer_life_is_forged() -> None:
    served, expiry, mac = TOKENS.sign("ad", NOW).split(".")
    assert code(f"{served}.{expiry[:-1]}z.{mac}") == "forged"
    assert code(f"{served}.0{expiry}.{mac}", NOW - timedelta(hours=1)) == "forged"


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b.c", "x" * 10_000, "é.1.aaaaaaaaaaaaaaaaaaaaaa", "a.1.aaaaaaaaaaaaaaaaaaaaaa\n", "' OR 1=1"]
)
def test_what_is_no_token(text: str) -> None:
    assert code(text) == "forged"


def test_pseudonyms() -> None:
    name = pseudonym(SECRET, "local", "ann")
    assert name == pseudonym(SECRET, "local", "ann") and len(name) == 22 and "ann" not in name
    others = {pseudonym(SECRET, "local", "bob"), pseudonym(SECRET, "other", "ann"), pseudonym(SECRET[::-1], "local", "ann"),
              pseudonym(SECRET, "loc", "al\nann")}  # fmt: skip
    assert len(others | {name}) == 5
    assert pseudonym(SECRET, "local", "") == ""
    assert name != TOKENS.sign("local\nann", NOW).split(".")[2]


def test_a_token_of_one_purpose_is_forged_for_another() -> None:
    text = Tokens(SECRET, "led").sign("ad", NOW + timedelta(hours=1))
    assert Tokens(SECRET, "led").read(text, NOW) == "ad"
    with pytest.raises(InputError) as refused:
        Tokens(SECRET).read(text, NOW)
    assert refused.value.code == "forged"
