"""Keys on a real store: what is kept of them, what they may do, whom they stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oscine import access
from oscine.access import LOCAL, Key
from oscine.errors import InputError, KeyRequired, NotAllowed, NotFound
from oscine.records import Viewer
from oscine.store.postgres import Database


def made(database: Database, *scopes: str, networks: tuple[str, ...] = (), viewer: Viewer | None = None) -> tuple[str, Key]:
    return access.create(database, "test", scopes, networks, viewer or Viewer())


def test_a_key_is_found_by_its_text_alone(database: Database) -> None:
    secret, key = made(database, "read", "write", networks=("a", "b"))
    assert access.find(database, secret) == key
    assert key.scopes == {"read", "write"} and key.writable == key.networks == frozenset("ab")
    assert secret.startswith(f"osc_{key.id}_")


def test_no_two_keys_are_alike(database: Database) -> None:
    secrets = {made(database, "read")[0].split("_", 2)[2] for _ in range(20)}
    assert len(secrets) == 20
    assert min(map(len, secrets)) >= 43, "256 bits"


def test_only_a_hash_is_kept(database: Database) -> None:
    secret, _ = made(database, "read")
    [row] = database.rows("SELECT keys::text AS whole, encode(hash, 'escape') AS hash, length(hash) AS length FROM keys")
    assert secret.split("_", 2)[2] not in row["whole"] + row["hash"]
    assert row["length"] == 32


@pytest.mark.parametrize("change", [
    lambda s: s + "x", lambda s: s[:-1], lambda s: s.upper(), lambda s: s.replace("osc", "oscine", 1), lambda s: "_".join(s.split("_")[:2]),
    lambda s: " " + s, lambda s: s.split("_")[1], lambda s: "", lambda s: "osc_" + "0" * 12 + "_" + s.split("_", 2)[2], lambda s: s.replace("_", "\x00", 1),
    lambda s: "osc_\x00_x", lambda s: "osc_%_x",
])  # fmt: skip
def test_anything_else_is_refused_without_telling_why(database: Database, change: Callable[[str], str]) -> None:
    secret, _ = made(database, "read")
    with pytest.raises(KeyRequired, match=r"^This key is unknown or was revoked\."):
        access.find(database, change(secret))


def test_revoking_ends_a_key_at_once_and_once(database: Database) -> None:
    secret, key = made(database, "read")
    access.revoke(database, key.id)
    with pytest.raises(KeyRequired):
        access.find(database, secret)
    assert access.keys(database)[0].revoked_at is not None
    for identity in (key.id, "none", "' OR true --"):
        with pytest.raises(NotFound):
            access.revoke(database, identity)


@pytest.mark.parametrize(
    ("scopes", "networks", "problem"),
    [
        ([], [], "No scope"),
        (["all"], [], "all is not a scope"),
        (["read", "x", "a"], [], "a, x is not a scope"),
        (["write"], [], "bound to networks"),
        (["read", "write"], [], "bound to networks"),
    ],
)
def test_what_can_be_no_key(database: Database, scopes: list[str], networks: list[str], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        access.create(database, "test", scopes, networks, Viewer())
    assert access.keys(database) == []


@pytest.mark.parametrize("held", access.SCOPES)
@pytest.mark.parametrize("wanted", access.SCOPES)
def test_a_right_is_had_or_not(held: access.Scope, wanted: access.Scope) -> None:
    key = Key(id="k", name="", scopes=frozenset([held]))
    if held in (wanted, "admin"):
        key.require(wanted)
    else:
        with pytest.raises(NotAllowed, match=f"no {wanted} right"):
            key.require(wanted)


@pytest.mark.parametrize(
    ("scopes", "networks", "writable"),
    [
        ({"admin"}, set(), None),
        ({"admin"}, {"a"}, {"a"}),
        ({"write"}, {"a"}, {"a"}),
        ({"write"}, set(), set()),
        ({"read"}, set(), set()),
    ],
)
def test_what_may_be_written(scopes: set[str], networks: set[str], writable: set[str] | None) -> None:
    assert Key(id="k", name="", scopes=frozenset(scopes), networks=frozenset(networks)).writable == writable


def test_the_person_at_this_computer_may_do_everything() -> None:
    assert (LOCAL.is_admin, LOCAL.writable, LOCAL.viewer.anonymous) == (True, None, True)


@pytest.mark.parametrize(
    ("text", "viewer"),
    [
        ("did:1", ("home", "did:1")),
        ("ann.example", ("home", "did:1")),
        ("@Ann.Example", ("home", "did:1")),
        ("home/@ann.example", ("home", "did:1")),
        ("far/ann.example", ("far", "https://far.example/@ann")),
        ("far/https://far.example/@ann", ("far", "https://far.example/@ann")),
        ("https://far.example/@ann", ("home", "https://far.example/@ann")),
        ("at://did:plc:1/x", ("home", "at://did:plc:1/x")),
        ("not heard of", ("home", "not heard of")),
        ("taken", ("home", "taken")),
        ("home/", ("home", "home/")),
    ],
)
def test_an_account_is_named_by_id_or_handle(database: Database, write: Callable[..., Any], text: str, viewer: tuple[str, str]) -> None:
    write(
        {"text": "x", "network": "home", "author": "did:1", "author_handle": "ann.example"},
        {"text": "x", "network": "far", "author": "https://far.example/@ann", "author_handle": "ann.example"},
        {"text": "x", "network": "home", "author": "taken", "author_handle": "other"},
        {"text": "x", "network": "home", "author": "did:2", "author_handle": "taken"},
    )
    assert access.named(database, text, "home") == Viewer(network=viewer[0], account=viewer[1])


def test_a_key_acts_for_the_account_whatever_it_calls_itself_later(database: Database, write: Callable[..., Any]) -> None:
    write({"id": "1", "text": "x", "author": "did:1", "author_handle": "ann.example"})
    secret, _ = made(database, "read", viewer=Viewer(network="local", account="ann.example"))
    write(
        {"id": "2", "text": "y", "author": "did:1", "author_handle": "renamed.example"},
        {"id": "3", "text": "z", "author": "eve", "author_handle": "ann.example"},
    )
    assert access.find(database, secret).viewer == Viewer(network="local", account="did:1")
