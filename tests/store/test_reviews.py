"""Reviews as they are kept: whose, what state, what people added, and that nothing is changed."""

from __future__ import annotations

import psycopg
import pytest

from oscine.app import App
from oscine.errors import InputError, NotFound
from oscine.store import reviews
from oscine.store.reviews import Review, Reviews

AD = {"headline": "A lamp", "hashtags": ["lamps"]}
REASON = {"rule": "weapons", "where": "body"}


@pytest.fixture
def store(app: App) -> Reviews:
    return app.reviews


def add(store: Reviews, decision: str = "refuse", key: str = "k1") -> Review:
    return store.add(key, AD, decision, [REASON], "en")


def test_what_is_kept(store: Reviews) -> None:
    made = add(store)
    assert store.one(made.id, "k1") == made and (made.ad, made.reasons, made.lang, made.steps) == (AD, [REASON], "en", ())
    assert made.asked_at.tzinfo is not None


def test_whose(store: Reviews) -> None:
    mine, other = add(store, key="k1"), add(store, key="k2")
    assert [each.id for each in store.of("k1")] == [mine.id] and [each.id for each in store.of()] == [other.id, mine.id]
    for wrong in (other.id, 999_999):
        with pytest.raises(NotFound):
            store.one(wrong, "k1")
        with pytest.raises(NotFound):
            store.appeal(wrong, "k1", "Please look again.")


def test_the_way_of_an_appeal(store: Reviews) -> None:
    made = add(store)
    assert made.state == "refused"
    appealed = store.appeal(made.id, "k1", " It is a toy. ")
    assert appealed.state == "open" and [(step.kind, step.key, step.words) for step in appealed.steps] == [("appeal", "k1", "It is a toy.")]
    with pytest.raises(InputError, match="is open"):
        store.appeal(made.id, "k1", "Hello?")
    decided = store.decide(made.id, "admin", "accept", "A toy indeed.")
    assert decided.state == "accepted" and decided.decision == "refuse" and decided.steps[1].decision == "accept", (
        "the machine's word stays as it was"
    )
    store.decide(made.id, "admin", "refuse", "It is none after all.")
    with pytest.raises(InputError, match="was appealed"):
        store.appeal(made.id, "k1", "Again!")


def test_states_are_found(store: Reviews) -> None:
    accepted, referred, refused, appealed, overruled = (
        add(store, decision) for decision in ("accept", "refer", "refuse", "refuse", "accept")
    )
    store.appeal(appealed.id, "k1", "Please.")
    store.decide(overruled.id, "admin", "refuse", "A trick.")
    found = {state: [each.id for each in store.of("k1", state)] for state in ("accepted", "open", "refused")}
    assert found == {"accepted": [accepted.id], "open": [appealed.id, referred.id], "refused": [overruled.id, refused.id]}
    assert all(each.state == state for state, ids in found.items() for each in map(store.one, ids)), "both ways of telling the state agree"


def test_pages_of_reviews(store: Reviews, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviews, "MOST", 2)
    ids = [add(store).id for _ in range(3)]
    assert [each.id for each in store.of("k1")] == ids[:0:-1] and [each.id for each in store.of("k1", before=ids[1])] == ids[:1]


def test_words_are_needed(store: Reviews) -> None:
    made = add(store)
    for words in ("", "  ", "x" * 2_001):
        with pytest.raises(InputError, match="says why"):
            store.appeal(made.id, "k1", words)
        with pytest.raises(InputError, match="says why"):
            store.decide(made.id, "admin", "accept", words)


@pytest.mark.parametrize("statement", ["UPDATE reviews SET decision = 'accept'", "UPDATE review_steps SET words = 'x'"])
def test_nothing_is_changed(app: App, store: Reviews, statement: str) -> None:
    store.appeal(add(store).id, "k1", "Please.")
    with pytest.raises(psycopg.errors.RaiseException, match="never changed"):
        app.database.execute(statement)


def test_old_reviews_are_forgotten_whole(app: App, store: Reviews) -> None:
    made = add(store)
    store.appeal(made.id, "k1", "Please.")
    assert store.forget(1) == 0
    assert store.forget(0) == 1 and store.of() == []
    assert app.database.one("SELECT count(*) AS n FROM review_steps") == {"n": 0}
