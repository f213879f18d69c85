"""Service tokens: only what the right key signed, for us, for this method, now, and once. The peer is the SDK's own reader."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from atproto_crypto.did import format_did_key
from atproto_server.auth.jwt import verify_jwt
from atproto_server.exceptions import InvalidTokenError
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from oscine.errors import InputError, KeyRequired, NetworkUnavailable, OscineError
from oscine.safety.service_tokens import ServiceTokens
from service_tokens import AUDIENCE, Directory, Signer

NOW = 1_800_000_000.0
METHOD = "app.bsky.feed.getFeedSkeleton"
ANN = "did:plc:annannannannannannannann"


def reader(*signers: Signer) -> ServiceTokens:
    return ServiceTokens(AUDIENCE, "bsky_fg", Directory(*signers))


@pytest.mark.parametrize("algorithm", ["ES256K", "ES256"])
@pytest.mark.parametrize("claims", [{}, {"aud": f"{AUDIENCE}#bsky_fg"}, {"exp": NOW + 300}, {"jti": None}, {"iat": None}], ids=str)
def test_a_good_token_tells_who_asks(algorithm: str, claims: dict[str, Any]) -> None:
    ann = Signer(ANN, algorithm, NOW)
    told = {name: int(value) if isinstance(value, float) else value for name, value in claims.items()}
    assert reader(ann).issuer(ann.token(METHOD, **told), METHOD, NOW) == ANN


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"aud": "did:web:other.example"}, "meant for 'did:web:other.example'"),
        ({"aud": f"{AUDIENCE}#other"}, "meant for"),
        ({"aud": [AUDIENCE]}, "no service token"),
        ({"aud": None}, "no service token"),
        ({"lxm": "app.bsky.feed.sendInteractions"}, "for the method"),
        ({"lxm": None}, "for the method ''"),
        ({"exp": int(NOW) - 1}, "has expired"),
        ({"exp": int(NOW) + 3_600}, "lives longer"),
        ({"exp": 10**100}, "lives longer"),
        ({"exp": None}, "no service token"),
        ({"exp": "soon"}, "no service token"),
        ({"iss": None}, "no service token"),
        ({"iss": "did:plc:nobodynobodynobodynobodyno"}, "has no key"),
        ({"x": "x" * 4_000}, "no service token"),
    ],
    ids=str,
)
def test_a_bad_claim_is_refused(claims: dict[str, Any], why: str) -> None:
    ann = Signer(ANN, now=NOW)
    with pytest.raises(KeyRequired, match=why):
        reader(ann).issuer(ann.token(**{"lxm": METHOD, **claims}), METHOD, NOW)


@pytest.mark.parametrize("kind", ["at+jwt", "refresh+jwt", "DPoP+jwt"])
def test_another_kind_of_token_is_refused(kind: str) -> None:
    ann = Signer(ANN, now=NOW)
    with pytest.raises(KeyRequired, match="no service token"):
        reader(ann).issuer(ann.token(METHOD, {"typ": kind}), METHOD, NOW)


def test_whoever_signs_for_another_is_refused() -> None:
    ann, eve = Signer(ANN, now=NOW), Signer("did:plc:eveeveeveeveeveeveeveeve", now=NOW)
    with pytest.raises(KeyRequired, match="not signed with its issuer's key"):
        reader(ann, eve).issuer(eve.token(METHOD, iss=ANN), METHOD, NOW)


def test_an_algorithm_of_the_callers_choosing_is_none() -> None:
    """`none`, and a public key taken for a shared secret."""
    ann = Signer(ANN, now=NOW)
    claims = jwt.decode(ann.token(METHOD), options={"verify_signature": False})
    public = ann.key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    unsigned, shared = jwt.encode(claims, None, "none"), jwt.encode(claims, public, "HS256")
    for token in (unsigned, shared):
        with pytest.raises(KeyRequired):
            reader(ann).issuer(token, METHOD, NOW)


def test_a_token_is_good_once_however_it_is_signed() -> None:
    """Of one content an elliptic curve gives two signatures, of which anybody can make the other (n - s)."""
    ann = Signer(ANN, "ES256", NOW)
    read = reader(ann)
    token = ann.token(METHOD)
    head, _, signature = token.rpartition(".")
    r_s = base64.urlsafe_b64decode(signature + "==")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    other = r_s[:32] + (order - int.from_bytes(r_s[32:])).to_bytes(32)
    twin = f"{head}.{base64.urlsafe_b64encode(other).rstrip(b'=').decode()}"
    assert reader(ann).issuer(twin, METHOD, NOW) == ANN, "it is a good signature"
    read.issuer(token, METHOD, NOW)
    for again in (token, twin):
        with pytest.raises(KeyRequired, match="used before"):
            read.issuer(again, METHOD, NOW)
    assert read.issuer(ann.token(METHOD), METHOD, NOW) == ANN


def test_a_refused_token_is_not_used_up() -> None:
    ann = Signer(ANN, now=NOW)
    read, token = reader(ann), ann.token(METHOD)
    with pytest.raises(KeyRequired):
        read.issuer(token[:-4] + "AAAA", METHOD, NOW)
    assert read.issuer(token, METHOD, NOW) == ANN


def test_a_key_that_changed_is_looked_up_anew() -> None:
    old, new = Signer(ANN, now=NOW), Signer(ANN, now=NOW)
    directory = Directory(new)
    directory.remembered = {ANN: old.key.public_key()}
    read = ServiceTokens(AUDIENCE, "bsky_fg", directory)
    assert read.issuer(new.token(METHOD), METHOD, NOW) == ANN
    with pytest.raises(KeyRequired):
        read.issuer(old.token(METHOD)[:-4] + "AAAA", METHOD, NOW)


def test_wrong_signatures_make_nobody_ask_the_directory_again_and_again() -> None:
    ann = Signer(ANN, now=NOW)
    directory = Directory(ann)
    read = ServiceTokens(AUDIENCE, "bsky_fg", directory)
    for after in (0, 1, 59, 61):
        with pytest.raises(KeyRequired, match="not signed"):
            read.issuer(Signer(ANN, now=NOW + after).token(METHOD), METHOD, NOW + after)
    assert directory.anew == 2
    ann.now = NOW + 62
    assert read.issuer(ann.token(METHOD), METHOD, NOW + 62) == ANN, "whose own tokens are good all the while"


def test_nobody_is_looked_up_for_a_token_that_is_no_use() -> None:
    def never(did: str, fresh: bool) -> Any:
        raise AssertionError(did)

    ann = Signer(ANN, now=NOW)
    for claims in ({"aud": "did:web:other.example"}, {"lxm": "x.y.z"}, {"exp": 1}):
        with pytest.raises(KeyRequired):
            ServiceTokens(AUDIENCE, "bsky_fg", never).issuer(ann.token(**{"lxm": METHOD, **claims}), METHOD, NOW)


@pytest.mark.parametrize(("error", "raised"), [(InputError("x"), KeyRequired), (NetworkUnavailable("x"), NetworkUnavailable)])
def test_an_issuer_that_cannot_be_asked_is_not_an_impostor(error: OscineError, raised: type[OscineError]) -> None:
    def away(did: str, fresh: bool) -> Any:
        raise error

    with pytest.raises(raised):
        ServiceTokens(AUDIENCE, "bsky_fg", away).issuer(Signer(ANN, now=NOW).token(METHOD), METHOD, NOW)


def changed(part: int) -> Callable[[list[str], int, str], list[str]]:
    def change(parts: list[str], place: int, by: str) -> list[str]:
        at = place % (len(parts[part]) + 1)
        return [*parts[:part], parts[part][:at] + by + parts[part][at + 1 :], *parts[part + 1 :]]

    return change


@settings(max_examples=300, deadline=None)
@given(part=st.integers(0, 2), place=st.integers(0, 400), by=st.text('ABCxyz019-_=.{}" é', max_size=3))
def test_a_changed_token_is_good_only_where_it_says_the_same(part: int, place: int, by: str) -> None:
    """And what we take the SDK takes too."""
    token = low_s()
    wrong = ".".join(changed(part)(token.split("."), place, by))
    try:
        mine = reader(SIGNER).issuer(wrong, METHOD, NOW)
    except KeyRequired:
        mine = ""
    if mine:
        assert decoded(wrong) == decoded(token)
    assert bool(mine) <= sdk_takes(wrong), "what we take the SDK takes"


SIGNER = Signer(ANN, now=NOW)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1


def low_s() -> str:
    """A token with a signature of the form that the SDK insists on; the reference and we do not, of tokens."""
    while True:
        token = SIGNER.token(METHOD)
        if int.from_bytes(base64.urlsafe_b64decode(token.rpartition(".")[2] + "==")[32:]) <= ORDER // 2:
            return token


def decoded(token: str) -> list[bytes]:
    head, claims, _ = token.split(".")
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, claims)]


def sdk_takes(token: str) -> bool:
    public = SIGNER.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    key = format_did_key("ES256K", public)
    try:
        return verify_jwt(token, lambda _did, _fresh: key, AUDIENCE, leeway=10**9).iss == ANN
    except (InvalidTokenError, ValueError):
        return False
