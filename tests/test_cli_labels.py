"""`oscine labels`: the queue, deciding, appeals, labelling everything anew; whatever a post says steers no terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from oscine.app import App
from oscine.cli import cli
from oscine.errors import EngineUnavailable, NotFound
from oscine.records import Viewer
from scripted_labels import ScriptedLabels

Run = Callable[..., Result]
ANN = Viewer(network="local", account="ann")
EVIL = "hate:0.9 \x1b[2J spam:0.45"


@pytest.fixture
def run(app: App, data: Path, write: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on the data directory of these tests, where two posts were labelled."""
    monkeypatch.setattr(App, "labeller", ScriptedLabels())
    write({"id": "p1", "text": EVIL, "author_handle": "ann"}, {"id": "p2", "text": "a ferry"})
    app.label_all()
    return lambda *words, **more: CliRunner().invoke(cli, ["--data", str(data), "labels", *words], catch_exceptions=False, **more)


def on(app: App) -> Any:
    row = app.database.one("SELECT labels FROM posts WHERE key = 'p1'")
    return row and row["labels"]


def test_the_queue_and_what_is_decided(app: App, run: Run) -> None:
    number = app.appeal(ANN, "local", "p1", "auto-hate", "I quote\x1b[2J").id
    told = run("queue")
    assert told.exit_code == 0 and "\x1b" not in told.stdout
    assert told.stdout.startswith(f"appeal {number}: hate, @ann on local, p1\n  | hate:0.9 �[2J spam:0.45\n  says: I quote�[2J\nspam 45%: @ann on local, p1\n")
    assert json.loads(run("appeals", "--json").stdout)[0]["words"] == "I quote\x1b[2J"
    assert f"{number}" in run("appeals").stdout
    assert run("overturn", str(number), "--why", "A quote.").stdout == f"appeal {number}: hate is taken off p1\n"
    assert on(app) is None
    assert run("decide", "p1", "spam", "--yes", "--why", "It sells.").stdout == "p1 is spam\n"
    assert on(app) == ["spam"]
    again = app.appeal(ANN, "local", "p1", "spam", "It is a gift.").id
    assert json.loads(run("uphold", str(again), "--why", "It is not.", "--json").stdout)["upheld"] is True
    assert run("queue").stdout.startswith("toxic 1%")
    with pytest.raises(NotFound):
        run("decide", "gone", "spam", "--no", "--why", "x")
    assert run("decide", "p1", "spam", "--why", "x").exit_code == 2  # yes or no has no default


def test_everything_is_labelled_anew(app: App, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    app.decide("local", "p1", "hate", False, "A quote.", "key")
    monkeypatch.setattr(App, "labeller", ScriptedLabels("scripted-2", threshold=0.4))
    told = run("again")
    assert (told.stdout, told.stderr) == ("2 posts labelled by scripted-2\n", "2 of 2 posts\n")
    assert on(app) == ["auto-spam"]


def test_without_a_labeller_there_is_nothing_to_label_by(app: App, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(App, "labeller", None)
    with pytest.raises(EngineUnavailable, match="OSCINE_LABELS"):
        run("again")
