"""In and out are proven, and what was changed is found."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oscine.corpus.ledger import Entry, Proof, leaves, path, prove, root, sign
from oscine.store.signing import signing_key


def entry(account: str) -> Entry:
    return Entry(account=account, posts=1, bytes=2, sha256="00" * 32, basis="author allows")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("key") / "signing.key"


def test_the_root_is_that_of_rfc_6962() -> None:
    """Certificate Transparency's published vectors use other leaves; the shapes are those of its section 2.1.3, hashed by hand."""
    import hashlib

    def node(left: bytes, right: bytes) -> bytes:
        return hashlib.sha256(b"\x01" + left + right).digest()

    a, b, c, d, e, f, g = tree = leaves(entry(name) for name in "abcdefg")
    whole = node(node(node(a, b), node(c, d)), node(node(e, f), g))
    assert root(tree) == whole and root([]) == hashlib.sha256().digest()
    assert path(0, tree) == [b, node(c, d), node(node(e, f), g)] and path(6, tree) == [node(e, f), node(node(a, b), node(c, d))]


@settings(deadline=None, max_examples=60)
@given(accounts=st.sets(st.text("abcdé漢", min_size=1, max_size=4), max_size=20), asked=st.text("abcdé漢", min_size=1, max_size=4))
def test_every_account_is_proven_in_or_out(key: Path, accounts: set[str], asked: str) -> None:
    entries = [entry(account) for account in sorted(accounts)]
    signature = sign("tiny", entries, signing_key(key))
    for account in [*accounts, asked]:
        proof = prove(account, entries, signature)
        assert proof.holds() and proof.inside == (account in accounts)
        sent = msgspec.json.decode(msgspec.json.encode(proof), type=Proof)
        assert sent == proof and sent.holds()


def test_what_was_changed_does_not_hold(key: Path) -> None:
    entries = [entry(account) for account in "bdfhj"]
    signature = sign("tiny", entries, signing_key(key))
    inside, outside = prove("d", entries, signature), prove("e", entries, signature)
    replace = msgspec.structs.replace
    assert inside.place and outside.before and outside.after
    forged = [
        replace(inside, account="e"),
        replace(inside, place=replace(inside.place, entry=replace(inside.place.entry, posts=9))),
        replace(inside, place=replace(inside.place, index=2)),
        replace(inside, place=replace(inside.place, path=inside.place.path[:-1])),
        replace(inside, signature=replace(signature, root="00" * 32)),
        replace(inside, signature=replace(signature, name="other")),
        replace(inside, inside=False, place=None),
        replace(outside, account="d"),
        replace(outside, before=None),
        replace(outside, before=prove("b", entries, signature).place),
        prove("d", [e for e in entries if e.account != "d"], signature),
    ]
    assert [proof.holds() for proof in forged] == [False] * len(forged)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = signing_key(tmp_path / "data" / "a.key")
    assert signing_key(tmp_path / "data" / "a.key").private_bytes_raw() == first.private_bytes_raw()
    assert stat.S_IMODE((tmp_path / "data" / "a.key").stat().st_mode) == 0o600
