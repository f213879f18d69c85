"""The machine's labels, people's word over them, and that a post's labels are right whoever speaks at the same time, on the real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oscine.app import App
from oscine.errors import InputError, NotFound
from oscine.ingest import Events, label_pending
from oscine.ingest.labelling import Reading
from oscine.records import MACHINE, OPERATOR, Account, AccountDeleted, AnyEvent, Labelled, Post, PostDeleted, PostWritten
from oscine.store import labels, machine_labels
from oscine.store.machine_labels import LABELS, WRITERS_LOCK
from scripted_labels import ScriptedLabels, give

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def post(text: str, key: str = "p1", own: tuple[str, ...] | None = None, minutes: int = 0) -> PostWritten:
    edited = NOON + timedelta(minutes=minutes) if minutes else None
    written = Post(id=key, network="local", author="ann", text=text, created_at=NOON, edited_at=edited, labels=own)
    return PostWritten(cursor=1, post=written, author=Account(id="ann", network="local", handle="ann"))


def says(label: str, by: str, minutes: int = 0, on: bool = True) -> Labelled:
    return Labelled(cursor=2, network="local", label=label, by=by, at=NOON + timedelta(minutes=minutes), on=on, post="p1")


def tell(app: App, *events: AnyEvent) -> None:
    app.ingest(Events(events))


def on(app: App, key: str = "p1") -> list[str] | None:
    row = app.database.one("SELECT labels FROM posts WHERE key = %s", [key])
    assert row
    labels: list[str] | None = row["labels"]
    return labels


def decide(app: App, label: str, is_so: bool) -> None:
    app.decide("local", "p1", label, is_so, "as I see it", "key")


def test_what_waits_is_read_once_and_said_by_the_machine(app: App) -> None:
    scripted = give(app)
    tell(app, post("hate:0.9 spam:0.2 toxic:0.5"), post("a ferry", "p2", own=("nsfw",)), post("", "p3"))
    assert machine_labels.waiting(app.database) == 2
    app.label_all()
    assert sorted(scripted.texts) == ["a ferry", "hate:0.9 spam:0.2 toxic:0.5"]
    assert (on(app), on(app, "p2"), on(app, "p3")) == (["auto-hate", "auto-toxic"], ["nsfw"], None)
    assert machine_labels.waiting(app.database) == 0
    row = app.database.one("SELECT * FROM machine_labels m JOIN posts p ON p.id = m.post WHERE p.key = 'p1'")
    assert row and row["model"] == "scripted-1"
    assert dict(zip(LABELS, row["probabilities"], strict=True)) == pytest.approx(dict.fromkeys(LABELS, 0.01) | {"hate": 0.9, "spam": 0.2, "toxic": 0.5})
    app.label_all()
    assert len(scripted.texts) == 2


def test_the_settings_move_a_threshold(app: App) -> None:
    app.settings.label_thresholds = frozenset({"hate=0.95", "spam = 0.1"})
    give(app)
    tell(app, post("hate:0.9 spam:0.2"))
    app.label_all()
    assert on(app) == ["auto-spam"]


def test_an_edited_text_is_read_anew_and_loses_what_it_no_longer_says(app: App) -> None:
    give(app)
    tell(app, post("hate:0.9 spam:0.9"), says("rude", "did:labeler"))
    app.label_all()
    assert on(app) == ["auto-hate", "auto-spam", "rude"]
    tell(app, post("spam:0.9 scam:0.9", minutes=1))
    assert on(app) == ["auto-hate", "auto-spam", "rude"]  # until it is read again
    app.label_all()
    assert on(app) == ["auto-scam", "auto-spam", "rude"]
    tell(app, post("", minutes=2))
    app.label_all()
    assert on(app) == ["rude"]


def test_an_edit_that_comes_while_its_text_is_read_is_read_too(app: App) -> None:
    scripted = give(app)
    tell(app, post("hate:0.9"))
    early = machine_labels.pending(app.database, 10)
    tell(app, post("spam:0.9", minutes=1))
    found = scripted.probabilities([early[0].text])[:, ::-1]
    assert machine_labels.save(app.database, early, "scripted-1", found, scripted.thresholds) == 0
    assert on(app) is None
    app.label_all()
    assert on(app) == ["auto-spam"]


def test_a_person_outranks_the_machine_for_good(app: App) -> None:
    give(app)
    tell(app, post("hate:0.9 spam:0.9 toxic:0.9"))
    app.label_all()
    decide(app, "spam", True)
    decide(app, "auto-hate", False)
    assert on(app) == ["auto-toxic", "spam"]
    tell(app, post("hate:0.99 spam:0.99", minutes=1))
    app.label_all()
    assert on(app) == ["spam"]
    give(app, ScriptedLabels("scripted-2", threshold=0.001))
    assert app.label_again() == 1
    app.label_all()
    assert on(app) == sorted({"spam"} | {f"auto-{label}" for label in LABELS if label not in ("spam", "hate")})
    decide(app, "spam", False)
    decide(app, "hate", True)
    assert {"spam", "auto-spam", "auto-hate"}.isdisjoint(on(app) or ()) and "hate" in (on(app) or ())


def test_a_person_may_say_what_the_machine_does_not(app: App) -> None:
    tell(app, post("a ferry", own=("nsfw",)))
    decide(app, "scam", True)
    assert on(app) == ["nsfw", "scam"]
    decide(app, "scam", False)
    assert on(app) == ["nsfw"]
    with pytest.raises(NotFound):
        app.decide("local", "gone", "spam", True, "x", "key")
    with pytest.raises(InputError, match="nsfw"):
        decide(app, "nsfw", False)


def test_others_words_stand_beside_and_nobody_out_there_speaks_for_us(app: App) -> None:
    give(app)
    tell(app, post("spam:0.9"), says("spam", "did:labeler"), says("auto-spam", "did:other"))
    app.label_all()
    decide(app, "spam", False)
    assert on(app) == ["auto-spam", "spam"]  # by the two others
    tell(app, says("spam", "did:labeler", 1, on=False), says("auto-spam", "did:other", 1, on=False))
    assert on(app) is None
    tell(app, says("hate", OPERATOR, 2), says("auto-hate", MACHINE, 2), says("spam", OPERATOR, 10**6))
    assert on(app) is None


@pytest.mark.parametrize("gone", [PostDeleted(cursor=9, network="local", id="p1"), AccountDeleted(cursor=9, network="local", id="ann")])
def test_nothing_is_left_of_what_is_deleted(app: App, gone: AnyEvent) -> None:
    give(app)
    tell(app, post("spam:0.9"))
    app.label_all()
    decide(app, "hate", True)
    app.database.execute("INSERT INTO label_appeals (network, post, label, account, words) VALUES ('local', 'p1', 'spam', 'ann', 'no')")
    tell(app, post("spam:0.9 again", minutes=1), gone)
    for table in ("labels", "machine_labels", "label_appeals", "pending_labels"):
        assert app.database.rows(f"SELECT * FROM {table}") == [], table
    app.label_all()
    assert app.database.rows("SELECT * FROM labels") == []


def test_without_a_labeller_nothing_is_done(app: App) -> None:
    tell(app, post("spam:0.9"))
    app.label_all()
    assert machine_labels.waiting(app.database) == 1
    assert app.status()["pending_labels"] == 1


def test_one_process_labels_at_a_time(app: App) -> None:
    scripted = give(app)
    tell(app, post("spam:0.9"))
    reading = Reading(scripted, scripted.thresholds)
    with app.database.connection() as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [machine_labels.LABELLER_LOCK])
        assert label_pending(app.database, reading) == 0
    assert label_pending(app.database, reading) == 1


def beside(app: App, first: Callable[[Any], Any], second: Callable[[], Any]) -> None:
    """Do `second` in full while `first` has been done and is not committed yet: it waits for what it must wait for."""
    with app.database.connection() as connection:
        connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [WRITERS_LOCK])
        first(connection)
        other = threading.Thread(target=second)
        other.start()
        while other.is_alive():
            other.join(0.02)
            waiting = app.database.one("SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            if waiting and waiting["n"]:
                break
    other.join()


def test_two_labelers_at_once_are_both_heard(app: App) -> None:
    tell(app, post("a ferry"))
    beside(app, lambda connection: labels.say(connection, [says("rude", "did:a")]), lambda: tell(app, says("dull", "did:b")))
    assert on(app) == ["dull", "rude"]


def test_a_person_and_the_machine_at_once(app: App) -> None:
    give(app)
    tell(app, post("spam:0.9 hate:0.9"))
    beside(app, lambda connection: labels.decide(connection, "local", "p1", "spam", False, "no"), app.label_all)
    assert on(app) == ["auto-hate"]


def test_the_machine_and_a_person_at_once(app: App) -> None:
    tell(app, post("spam:0.9 hate:0.9"))
    row = app.database.one("SELECT id FROM posts")
    assert row
    beside(app, lambda connection: labels.found(connection, {row["id"]: ["spam", "hate"]}), lambda: decide(app, "spam", False))
    assert on(app) == ["auto-hate"]


def test_a_label_and_an_edit_at_once(app: App) -> None:
    tell(app, post("a ferry", own=("nsfw",)))
    beside(app, lambda connection: labels.decide(connection, "local", "p1", "spam", True, "yes"), lambda: tell(app, post("ferries", own=("calm",), minutes=1)))
    assert on(app) == ["calm", "spam"]


def test_an_edit_and_a_label_at_once(app: App) -> None:
    tell(app, post("a ferry", own=("nsfw",)))
    edit = "UPDATE posts SET own_labels = '{calm}', labels = '{calm}'"
    beside(app, lambda connection: connection.execute(edit), lambda: decide(app, "spam", True))
    assert on(app) == ["calm", "spam"]


def test_what_is_uncertain_is_near_its_threshold_for_everybody_and_undecided(app: App) -> None:
    give(app)
    tell(app, post("spam:0.52", "near"), post("spam:0.99 hate:0.47", "far"), post("scam:0.51", "decided"))
    secret = post("threat:0.5", "secret")
    tell(app, PostWritten(cursor=1, post=Post(**{name: getattr(secret.post, name) for name in ("id", "network", "author", "text", "created_at")},
                                              visibility="direct"), author=secret.author))  # fmt: skip
    app.label_all()
    app.decide("local", "decided", "scam", True, "it is", "key")
    assert app.label_reading
    found = machine_labels.uncertain(app.database, app.label_reading.thresholds, 2)
    assert {(one.post, one.label) for one in found} == {("near", "spam"), ("far", "hate")}
    assert found == sorted(found, key=lambda one: one.at, reverse=True)
