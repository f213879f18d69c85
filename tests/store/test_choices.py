"""What people chose about ads: kept for accounts only, changed piece by piece, and never personal for a minor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from oscine.app import App
from oscine.errors import InputError, NotAllowed
from oscine.records import ANONYMOUS, Viewer
from oscine.store import choices
from oscine.store.choices import Choice, Choices

ANN, BOB = Viewer(network="n", account="ann"), Viewer(network="n", account="bob")


@pytest.fixture
def store(app: App) -> Choices:
    return Choices(app.database)


def test_nobody_chose_anything_before_they_did(store: Choices) -> None:
    assert store.of(ANN) == store.of(ANONYMOUS) == Choice()
    assert not Choice().personal


def test_what_is_not_given_stays(store: Choices) -> None:
    store.set(ANN, personal=True)
    store.set(ANN, less=["ferries"], hidden=[3])
    assert store.of(ANN) == Choice(personal=True, less=frozenset({"ferries"}), hidden=frozenset({3}))
    store.set(ANN, less=[])
    assert store.of(ANN) == Choice(personal=True, hidden=frozenset({3})) and store.of(BOB) == Choice()


def test_more_is_added_to_what_was_chosen(store: Choices) -> None:
    store.add(ANN, less=["ferries"])
    store.add(ANN, less=["ferries", "lamps"], hidden=[7])
    assert store.of(ANN) == Choice(less=frozenset({"ferries", "lamps"}), hidden=frozenset({7}))


def test_adding_ends_at_the_limit(store: Choices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "MOST", 3)
    for topic in "abcdef":
        store.add(ANN, less=[topic])
    assert len(store.of(ANN).less) == 3


def test_a_minor_sees_no_personal_ads(app: App, store: Choices) -> None:
    store.set(ANN, personal=True)
    assert store.mark_minor(ANN) == Choice(minor=True)
    with pytest.raises(NotAllowed, match="not for minors"):
        store.set(ANN, personal=True)
    assert not store.of(ANN).personal
    with pytest.raises(psycopg.errors.CheckViolation):
        app.database.execute("UPDATE ad_choices SET personal = true")
    store.mark_minor(ANN, False)
    assert store.set(ANN, personal=True).personal


def test_it_takes_an_account(store: Choices) -> None:
    for act in (
        lambda: store.set(ANONYMOUS, personal=False),
        lambda: store.mark_minor(ANONYMOUS),
        lambda: store.add(ANONYMOUS, less=["x"]),
    ):
        with pytest.raises(InputError, match="no account"):
            act()


@pytest.mark.parametrize("less", [[""], ["x" * 101], [str(n) for n in range(201)]])
def test_limits_are_named(store: Choices, less: list[str]) -> None:
    with pytest.raises(InputError, match="At most 200 topics"):
        store.set(ANN, less=less)


def test_forgotten_is_gone(store: Choices) -> None:
    store.set(ANN, personal=True)
    store.set(BOB, personal=True)
    assert store.forget(ANN) and not store.forget(ANN)
    assert store.of(ANN) == Choice() and store.of(BOB).personal


def test_an_account_that_is_deleted_leaves_no_choice(store: Choices, write: Callable[..., Any]) -> None:
    write({"author": "ann", "text": "hello", "network": "n"})
    store.set(ANN, personal=True)
    store.set(BOB, personal=True)
    write({"delete_account": "ann", "network": "n"})
    assert store.of(ANN) == Choice() and store.of(BOB).personal
