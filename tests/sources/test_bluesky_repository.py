"""Repositories: what a real PDS exports, what we make ourselves, and what somebody spoiled. Nothing is told that its account did not sign."""

from __future__ import annotations

import io
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import libipld
import pytest
from atproto import CAR
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from at_network import AtProto
from oscine.errors import InputError, TooLarge
from oscine.sources.bluesky import signatures
from oscine.sources.bluesky.identity import Identities
from oscine.sources.bluesky.repository import Blocks, Repository, mapped, read_car
from repositories import DID, Signer, block, car, repository

SIGNER, OTHER = Signer(), Signer()
RECORDS = {f"app.bsky.feed.post/{number:05}": {"text": f"post {number}"} for number in range(300)} | {
    "app.bsky.actor.profile/self": {"displayName": "A"}
}
CAR_FILE = repository(RECORDS, SIGNER)
REFUSED = (InputError, TooLarge)


def paths(data: bytes, signer: Signer = SIGNER) -> dict[str, Any]:
    """All records by their paths."""
    return {uri.removeprefix(f"at://{DID}/"): record for uri, _, record in read_car(data, signer.public)}


def test_a_real_repository(atproto: AtProto) -> None:
    ann = atproto.account("ann")
    posts = [ann.client.send_post(f"post {number}") for number in range(12)]
    ann.client.delete_post(posts[3].uri)
    data = httpx.get(f"{atproto.pds_url}/xrpc/com.atproto.sync.getRepo", params={"did": ann.did}).content
    with httpx.Client() as http:
        key = Identities(http, atproto.plc_url).signing_key(ann.did)
    found = list(read_car(data, key))
    assert [uri for uri, _, _ in found] == [post.uri for post in posts if post is not posts[3]]
    theirs = {str(cid): record for cid, record in CAR.from_bytes(data).blocks.items()}  # as the official client reads it
    assert all(theirs[cid] == record for _, cid, record in found)
    assert Repository(data).did == ann.did
    with pytest.raises(InputError, match="was not signed"):
        list(read_car(data, OTHER.public))


def test_every_record_in_order() -> None:
    assert list(paths(CAR_FILE)) == sorted(RECORDS) and paths(CAR_FILE) == RECORDS


@settings(max_examples=50)
@given(st.dictionaries(
    st.from_regex(r"(app|com)\.[a-z]{1,8}\.[a-zA-Z]{1,8}/[a-zA-Z0-9._:~-]{1,30}", fullmatch=True),
    st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers(-9, 9), max_size=3), max_size=60,
))  # fmt: skip
def test_any_tree_is_read_as_it_was_made(records: dict[str, Any]) -> None:
    assert paths(repository(records, SIGNER)) == records


@given(st.integers(0, len(CAR_FILE) - 1), st.binary(min_size=1, max_size=40))
def test_no_change_of_a_file_changes_what_it_says(at: int, noise: bytes) -> None:
    spoiled = CAR_FILE[:at] + noise + CAR_FILE[at + len(noise) :]
    told: dict[str, Any] = {}
    try:
        for uri, _, record in read_car(spoiled, SIGNER.public):
            told[uri.removeprefix(f"at://{DID}/")] = record
    except REFUSED:
        assert told.items() <= RECORDS.items()
    else:
        assert told == RECORDS


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(REFUSED):
        list(read_car(noise))


@pytest.mark.parametrize("size", [0, 1, 30, 100, 5_000, len(CAR_FILE) - 1])
def test_a_file_that_breaks_off_is_refused(size: int) -> None:
    with pytest.raises(REFUSED):
        list(read_car(CAR_FILE[:size]))


@pytest.mark.parametrize("curve", [ec.SECP256K1(), ec.SECP256R1()])
def test_signatures(curve: ec.EllipticCurve) -> None:
    signer = Signer(curve)
    assert paths(repository({"a.b/c": {}}, signer), signer) == {"a.b/c": {}}
    with pytest.raises(InputError, match="was not signed"):
        paths(repository({"a.b/c": {}}, signer, low=False), signer)  # the same signature in its other form
    for spoiled in (b"", b"short", bytes(64), bytes(65), b"\xff" * 64):
        assert not signer.public.verifies(spoiled, b"data")


def test_a_repository_of_another_account() -> None:
    with pytest.raises(InputError, match="was not signed"):
        Repository(CAR_FILE).verify(SIGNER.public, "did:plc:tqtp7kdaswrg34minkjhvvzp")


def test_only_what_is_wanted_is_read() -> None:
    assert [found.collection for found in Repository(CAR_FILE).records({"app.bsky.actor.profile"})] == ["app.bsky.actor.profile"]


def test_what_is_no_record_is_none() -> None:
    assert paths(repository({"a.b/c": {"x": 1}, "a.b/d": [1], "a.b/e": "text"}, SIGNER)) == {
        "a.b/c": {"x": 1},
        "a.b/d": None,
        "a.b/e": None,
    }
    assert list(paths(repository({"no path": {}, "a.b/c": {}, "a.b/<i>": {}}, SIGNER))) == ["a.b/c"]


@pytest.mark.parametrize("version", [1, 2, 4])
def test_another_version(version: int) -> None:
    with pytest.raises(InputError, match=f"of version {version}"):
        Repository(repository({}, SIGNER, version=version))


# Trees that an account signed, to do harm.


def signed(root: bytes, blocks: dict[bytes, bytes]) -> bytes:
    """A repository with a tree of our own."""
    commit = {"did": DID, "version": 3, "data": root, "rev": "3kaaaaaaaaa2a", "prev": None}
    cid, data = block(commit | {"sig": SIGNER.sign(libipld.encode_dag_cbor(commit))})
    return car(cid, {cid: data, **blocks})


def chain(length: int) -> bytes:
    """Nodes that have nothing but another node."""
    cid, data = block({"l": None, "e": []})
    blocks = {cid: data}
    for _ in range(length):
        cid, data = block({"l": cid, "e": []})
        blocks[cid] = data
    return signed(cid, blocks)


def test_a_tree_of_endless_depth() -> None:
    assert list(read_car(chain(60))) == []
    with pytest.raises(TooLarge, match="deeper"):
        list(read_car(chain(70)))
    with pytest.raises(TooLarge, match="deeper"):
        list(read_car(chain(50_000)))


def test_a_tree_that_says_one_record_over_and_over() -> None:
    large, data = block({"text": "x" * 1_000_000})
    entries = [{"p": 0, "k": f"a.b/{number:04}".encode(), "v": large, "t": None} for number in range(1_000)]
    root, node = block({"l": None, "e": entries})
    with pytest.raises(TooLarge, match="over and over"):
        list(read_car(signed(root, {root: node, large: data})))


@pytest.mark.parametrize("entries", [
    [{"p": 0, "k": b"a.b/d", "v": 0, "t": None}, {"p": 0, "k": b"a.b/c", "v": 0, "t": None}],
    [{"p": 0, "k": b"a.b/c", "v": 0, "t": None}, {"p": 5, "k": b"", "v": 0, "t": None}],
    [{"p": 3, "k": b"a.b/c", "v": 0, "t": None}], [{"p": -1, "k": b"a.b/c", "v": 0, "t": None}], [{"p": 0, "k": b"a" * 2_000, "v": 0, "t": None}],
    [{"p": 0, "k": "a.b/c", "v": 0, "t": None}], [{"p": 0, "k": b"a.b/c", "v": "x", "t": None}], [5], "x", [{"p": 0, "k": b"a.b/c", "v": b"\x00", "t": None}],
])  # fmt: skip
def test_a_tree_that_cannot_be(entries: Any) -> None:
    record, data = block({})
    entries = [entry | {"v": record} if isinstance(entry, dict) and entry["v"] == 0 else entry for entry in entries]
    root, node = block({"l": None, "e": entries})
    with pytest.raises(InputError):
        list(read_car(signed(root, {root: node, record: data})))


def test_a_record_that_is_nested_without_end() -> None:
    deep = b"\x81" * 100_000 + b"\x00"
    cid = b"\x01\x71\x12\x20" + sha256(deep).digest()
    root, node = block({"l": None, "e": [{"p": 0, "k": b"a.b/c", "v": cid, "t": None}]})
    assert paths(signed(root, {root: node, cid: deep})) == {"a.b/c": None}


def test_a_block_that_is_missing() -> None:
    cid, _ = block({"text": "not there"})
    root, node = block({"l": None, "e": [{"p": 0, "k": b"a.b/c", "v": cid, "t": None}]})
    with pytest.raises(InputError, match="lacks a block"):
        list(read_car(signed(root, {root: node})))


def test_blocks_of_another_kind() -> None:
    for cid in (b"\x12\x20" + bytes(34), b"\x01\x71\x13\x40" + bytes(32)):
        with pytest.raises(InputError):
            Blocks(car(block({})[0], {cid: b"data"}))
    with pytest.raises(InputError, match="too large"):
        Blocks(b"\xff" * 20)


def test_files_and_streams(tmp_path: Path) -> None:
    path = tmp_path / "repository.car"
    path.write_bytes(CAR_FILE)
    with path.open("rb") as file:
        assert len(list(read_car(file))) == len(RECORDS)
    assert len(list(read_car(io.BytesIO(CAR_FILE)))) == len(RECORDS)
    for nothing in (io.BytesIO(), (tmp_path / "empty")):
        if isinstance(nothing, Path):
            nothing.touch()
        with pytest.raises(InputError, match="empty"), nothing.open("rb") if isinstance(nothing, Path) else nothing as stream:
            mapped(stream)


@pytest.mark.parametrize("text", ["", "z", "zQ3sh", "uAAAA", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "z" + "1" * 500])
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(InputError, match="is not a k256 or p256 key"):
        signatures.key(text)


def test_keys_as_documents_write_them() -> None:  # from atproto.com/specs/cryptography
    assert signatures.key("did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc").public.curve.name == "secp256k1"
    assert signatures.key("zDnaembgSGUhZULN2Caob4HLJPaxBh92N7rtH21TErzqf8HQo").public.curve.name == "secp256r1"
