"""Labelling in the background: the worker as `oscine up` runs it, with a scripted labeller and with the real one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oscine.app import App
from oscine.engines import labels as engine
from oscine.errors import EngineUnavailable
from oscine.ingest import LabelWorker
from oscine.ingest.labelling import Labeller, Reading
from oscine.records import ANONYMOUS
from oscine.store import machine_labels
from oscine.store.machine_labels import LABELS
from scripted_labels import ScriptedLabels, give

Write = Callable[..., Any]
INSULT = "You are a disgusting idiot and a liar, shut your mouth."


def until(holds: Callable[[], bool]) -> None:
    for _ in range(1500):
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError("it does not come")


def test_the_worker_labels_what_comes_and_ends(app: App, write: Write) -> None:
    scripted = give(app)
    worker = LabelWorker(app.database, lambda: app.label_reading, batch=2, pause=0.01)
    worker.start()
    write(*({"id": f"p{n}", "text": f"spam:0.9 {n}"} for n in range(5)))
    until(lambda: machine_labels.waiting(app.database) == 0)
    write({"id": "p1", "text": "hate:0.9", "edited_at": "2024-05-02T12:00:00Z"})
    until(lambda: machine_labels.waiting(app.database) == 0)
    worker.stop()
    assert not worker.is_alive() and worker.error == ""
    rows = app.database.rows("SELECT key, labels FROM posts ORDER BY key")
    assert {row["key"]: row["labels"] for row in rows} == {f"p{n}": ["auto-hate" if n == 1 else "auto-spam"] for n in range(5)}
    assert len(scripted.texts) == 6


def test_trouble_is_told_and_what_waits_is_tried_again(app: App, write: Write) -> None:
    scripted = ScriptedLabels()
    troubles = [EngineUnavailable("The weights are away.", "Bring them back.")] * 2

    def reading() -> Reading:
        if troubles:
            raise troubles.pop()
        return Reading(scripted, scripted.thresholds)

    told: list[str] = []

    def noted() -> Reading:
        told.append(worker.error)
        return reading()

    worker = LabelWorker(app.database, noted, pause=0.01)
    write({"id": "p1", "text": "spam:0.9"})
    worker.start()
    until(lambda: machine_labels.waiting(app.database) == 0)
    worker.stop()
    assert told[:3] == ["", "The weights are away. Bring them back.", "The weights are away. Bring them back."]


def test_status_tells_what_waits(app: App, write: Write) -> None:
    write({"id": "p1", "text": "a ferry"}, {"id": "p2", "text": "for few", "visibility": "direct"}, {"id": "p3", "text": ""})
    assert (app.status()["pending_labels"], app.status(whole=True)["pending_labels"], app.status()["labels"]) == (1, 2, "none")


def test_both_name_the_same_labels_in_the_same_order() -> None:
    assert LABELS == engine.LABELS


def test_the_real_labeller_labels_what_is_imported(app: App, write: Write, models: Path) -> None:
    judge: Labeller = engine.E5Labels(models)
    app.__dict__["labeller"] = judge
    write({"id": "p1", "text": INSULT}, {"id": "p2", "text": "The early ferry runs again from Monday."}, {"id": "p3", "text": "\ufeff \u200b"})
    app.label_all()
    read = {row["key"]: row["probabilities"][0] for row in app.database.rows("SELECT key, probabilities FROM machine_labels JOIN posts ON id = post")}
    assert read["p1"] > 0.5 > read["p2"]
    told = {one.label: one for one in app.labels_of(app.view(ANONYMOUS), "p1").said}
    reason = told["auto-toxic"].reason
    assert reason and reason.text == INSULT[reason.start : reason.end] != ""
    assert told["auto-toxic"].probability == read["p1"] >= judge.thresholds["toxic"]
