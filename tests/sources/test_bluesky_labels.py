"""What a labeler says, each word signed. The labeler is made here, keys and all; the full networks' tests have a real one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import libipld
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscine.errors import InputError, NetworkUnavailable, SetupError
from oscine.records import AnyEvent, Labelled, Reached, Refused
from oscine.safety import outbound
from oscine.sources.bluesky.identity import Identities
from oscine.sources.bluesky.labels import Labels
from repositories import Signer
from streams import saying

LABELER, BOB = "did:web:labels.example", "did:plc:tqtp7kdaswrg34minkjhvvzp"
SIGNER = Signer()
POST = f"at://{BOB}/app.bsky.feed.post/3kabc"


def identities(url: str = "https://labels.example", signer: Callable[[], Signer] = lambda: SIGNER) -> Identities:
    """The labeler's document."""

    def answer(request: httpx.Request) -> httpx.Response:
        key = {"id": "#atproto_label", "type": "Multikey", "publicKeyMultibase": multibase(signer())}
        service = {"id": "#atproto_labeler", "type": "AtprotoLabeler", "serviceEndpoint": url}
        return httpx.Response(200, json={"id": LABELER, "verificationMethod": [key], "service": [service] if url else []})

    return Identities(httpx.Client(transport=httpx.MockTransport(answer)), "https://plc.example")


def multibase(signer: Signer) -> str:
    """A public key as documents write it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = signer.public.public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return str(libipld.encode_multibase("z", b"\xe7\x01" + point))


def label(uri: str = POST, signer: Signer = SIGNER, **fields: Any) -> dict[str, Any]:
    """A signed label."""
    unsigned = {"ver": 1, "src": LABELER, "uri": uri, "val": "spam", "cts": "2024-05-01T12:00:00.000Z"} | fields
    return unsigned | {"sig": signer.sign(libipld.encode_dag_cbor(unsigned))}


def frame(*labels: dict[str, Any], seq: int = 5) -> bytes:
    """Some of them together."""
    return libipld.encode_dag_cbor({"op": 1, "t": "#labels"}) + libipld.encode_dag_cbor({"seq": seq, "labels": list(labels)})


def anywhere(_url: str) -> None:
    """Every address may be called."""


def decoded(data: bytes) -> list[AnyEvent]:
    """What a frame says."""
    return list(Labels(LABELER, identities(), anywhere).decode(data))


def test_labels_of_posts_and_accounts() -> None:
    later = "2030-01-01T00:00:00+01:00"
    told = decoded(frame(label(), label(BOB, val="!hide", exp=later), label(f"at://{BOB}/app.bsky.actor.profile/self"), label(neg=True)))
    *labels, reached = told
    at = datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert [(event.label, event.post, event.account, event.on) for event in labels if isinstance(event, Labelled)] == [
        ("spam", POST, "", True), ("!hide", "", BOB, True), ("spam", "", BOB, True), ("spam", POST, "", False)]  # fmt: skip
    assert isinstance(labels[1], Labelled) and labels[1].expires == datetime(2029, 12, 31, 23, tzinfo=UTC)
    assert isinstance(labels[0], Labelled) and (labels[0].by, labels[0].at) == (LABELER, at)
    assert reached == Reached(cursor=5, place="5", at=at)


def test_labels_of_other_things_mean_nothing() -> None:
    assert [type(event) for event in decoded(frame(label(f"at://{BOB}/app.bsky.graph.list/1")))] == [Reached]


@pytest.mark.parametrize("spoiled", [
    label() | {"val": "porn"}, label(signer=Signer()), label(src=BOB), label(ver=2), label(cts="yesterday"), label(val=""), {}, label() | {"sig": b""},
    label() | {"neg": True}, label(cts="0001-01-01T00:00:00+09:00"), label(src="me"),
])  # fmt: skip
def test_what_the_labeler_did_not_sign_does_not_count(spoiled: dict[str, Any]) -> None:
    refused, good, reached = decoded(frame(spoiled, label()))
    assert (type(refused), type(good), type(reached)) == (Refused, Labelled, Reached)


def test_a_labeler_may_take_another_key() -> None:
    signers = [SIGNER, other := Signer()]
    known = identities(signer=lambda: signers[0])
    source = Labels(LABELER, known, anywhere)
    assert isinstance(next(source.decode(frame(label()))), Labelled)
    signers.pop(0)
    assert isinstance(next(source.decode(frame(label(signer=other)))), Labelled)
    assert isinstance(next(source.decode(frame(label(signer=SIGNER)))), Refused)


def test_the_stream_is_read_from_the_beginning() -> None:
    with saying([frame(label(), seq=1), frame(label(BOB), seq=2)]) as server:
        source = Labels(LABELER, identities(server.url.replace("ws", "http")), anywhere)
        with contextlib.closing(source.events()) as stream:
            assert [type(next(stream)) for _ in range(4)] == [Labelled, Reached, Labelled, Reached]
        with contextlib.closing(source.events("1")) as stream:
            next(stream)
    assert server.asked == [f"/xrpc/com.atproto.label.subscribeLabels?cursor={place}" for place in (0, 1)]


def test_a_place_that_the_labeler_does_not_know() -> None:
    error = libipld.encode_dag_cbor({"op": -1})
    assert decoded(error + libipld.encode_dag_cbor({"error": "FutureCursor"})) == [Reached(cursor=0, place="0")]
    with pytest.raises(NetworkUnavailable, match="ConsumerTooSlow"):
        decoded(error + libipld.encode_dag_cbor({"error": "ConsumerTooSlow"}))


def test_who_is_no_labeler() -> None:
    with pytest.raises(SetupError, match="not a labeler"):
        next(Labels(LABELER, identities(""), anywhere).events())


@pytest.mark.parametrize("server", ["http://127.0.0.1:5432", "https://localhost", "http://[::1]:8420"])
def test_a_document_leads_nowhere_within(server: str) -> None:
    with pytest.raises(InputError, match="not a public address"):
        next(Labels(LABELER, identities(server), outbound.public).events())


@given(st.binary(max_size=200), st.integers(0, 400))
def test_no_frame_breaks_the_reader(noise: bytes, at: int) -> None:
    whole, source = frame(label()), Labels(LABELER, identities(), anywhere)
    for event in source.again(whole[:at] + noise + whole[at + len(noise) :]):
        assert isinstance(event, Refused | Labelled)
