"""What is held about a person is found wherever it stands, and nothing of others with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oscine.app import App
from oscine.records import Viewer
from oscine.store import deletions
from oscine.trust import exposure, held, lineage
from oscine.trust.gone import Gone

Write = Callable[..., Any]
ANN = Viewer(network="local", account="ann")
KEPT = held.Kept(access_log=400, feed_log=90, ads=90, sessions=30, purge=30)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A data directory with a corpus, a run on it that kept its ledger, and one from before that was so."""
    entries = [{"account": f"local/{who}", "posts": posts, "bytes": 100 * posts, "sha256": "", "basis": "x"} for who, posts in (("ann", 7), ("bo", 2))]
    about = {"name": "tiny", "parts": [1], "posts": 9, "made_at": "2026-01-01T00:00:00+00:00", "ledger": {"root": "ab"}}
    for place, has_ledger in (("corpora/tiny", True), ("runs/new", True), ("runs/old", False), ("runs/strange", False)):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        (folder / "corpus.json").write_text(json.dumps(about | ({"parts": [2]} if place == "runs/strange" else {})))
        if has_ledger:
            (folder / "ledger.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    (tmp_path / "runs" / "new" / "result.json").write_text("{}")
    return tmp_path


def test_runs_tell_whom_they_were_trained_on(runs: Path, app: App, write: Write) -> None:
    write({"id": "p1", "text": "A heron stands in the reeds."})
    person = held.person(app.database, ANN)
    assert [(each["name"], each["posts"]) for each in held.corpora(runs, person, proven=False)] == [("tiny", 7)]
    assert [(each["name"], each["posts"], bool(each["trained_at"])) for each in held.models(runs, person)] == [("new", 7, True), ("old", 7, False)]
    assert not {run.folder.name: run for run in lineage.runs(runs)}["strange"].known


def test_models_are_listed_with_their_exposure(runs: Path, app: App, write: Write) -> None:
    write({"id": "p1", "text": "A heron stands in the reeds."}, {"delete_account": "ann"})
    told = {each["name"]: each for each in exposure.models(runs, Gone(app.database, deletions.pending(app.database)))}
    assert {name: (each["known"], each["accounts"], each["posts"], each["bytes"]) for name, each in told.items()} == {
        "new": (True, 1, 7, 700), "old": (True, 1, 7, 700), "strange": (False, 0, 0, 0),
    }  # fmt: skip


def test_every_kind_that_is_counted_can_be_taken_away(app: App, write: Write) -> None:
    write(
        {"id": "p1", "text": "A heron stands in the reeds."},
        {"id": "p2", "author": "bo", "text": "Bread needs flour."},
        {"engagement": "like", "actor": "ann", "post": "p2", "at": "2024-05-01T12:00:00Z"},
        {"relation": "follow", "actor": "ann", "target": "bo", "at": "2024-05-01T12:00:00Z"},
        {"delete": "p1"},
        {"id": "p3", "text": "A heron again."},
    )
    person = held.person(app.database, ANN)
    counted = {each["what"]: each["count"] for each in held.counted(app.database, person, KEPT)}
    rows = [what for what, _ in held.everything(app.database, person)]
    assert counted == {what: rows.count(what) for what in rows}
    assert counted.keys() == {"account", "posts", "what you liked, reposted, opened, hid", "whom you follow, block, mute", "deletions of yours"}
    assert "Bread" not in json.dumps([held.plain(row) for _, row in held.everything(app.database, person)])


def test_of_somebody_who_is_not_here_nothing_is_held(app: App) -> None:
    nobody = held.person(app.database, Viewer(network="local", account="nobody"))
    assert (nobody.id, held.counted(app.database, nobody, KEPT), list(held.everything(app.database, nobody))) == (0, [], [])


def test_said_by_others_too_is_set_aside(app: App, write: Write) -> None:
    write(
        {"id": "p1", "text": "Good morning everybody out there on the water!"},
        {"id": "p2", "text": "A heron stands in the reeds by Quarnholm."},
        {"id": "p3", "author": "bo", "text": "GOOD MORNING everybody out there! And: “Good morning everybody out there on the water!”"},
        {"delete_account": "ann"},
    )
    gone = Gone(app.database, deletions.pending(app.database))
    found = gone.finder.find(b"Good morning everybody out there on the water! A heron stands in the reeds by Quarnholm.")
    assert gone.said_by_others > 0 and found and all(hit.place > 46 for hit in found)


def test_an_edit_leaves_marks_of_what_it_took_away(app: App, write: Write) -> None:
    write({"id": "p1", "text": "Nobody shall read this any more."})
    write({"id": "p1", "text": "Now it says this.", "edited_at": "2024-05-02T12:00:00Z"})
    write({"id": "p1", "text": "Now it says this.", "likes": 3, "edited_at": "2024-05-03T12:00:00Z"})
    write({"id": "p1", "text": "An old copy, come late.", "edited_at": "2024-05-01T12:00:00Z"})
    [row] = deletions.pending(app.database)
    assert (row.kind, row.key, row.account) == ("edit", "p1", "ann")
    assert Gone(app.database, [row]).finder.find(b"> Nobody shall read this any more.")
