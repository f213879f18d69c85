"""`oscine keys licence`, `oscine keys licences` and `oscine export`, in this process: each on the store of the tests."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from oscine.app import App
from oscine.cli import base, cli
from oscine.errors import OscineError

Run = Callable[..., Result]


@pytest.fixture
def oscine(app: App, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command; an error of ours is its sentence on standard error, as `main` prints it."""

    @contextlib.contextmanager
    def opened(*_: Any, **__: Any) -> Iterator[App]:
        yield app

    monkeypatch.setattr(base, "app", opened)

    def run(*words: str) -> Result:
        done = CliRunner().invoke(cli, words)
        assert done.exception is None or isinstance(done.exception, OscineError | SystemExit), done.exception
        return done

    return run


def test_a_licence_is_granted_changed_and_shown(oscine: Run) -> None:
    key = json.loads(oscine("keys", "create", "--name", "lab", "--scope", "read", "--json").stdout)["id"]
    words = ["--holder", "Lab\x1b[2J", "--purpose", "research", "--use", "search,export", "--field", "text", "--field", "author"]
    assert str(oscine("keys", "licence", key, *words).exception).startswith("The holder, or a network, has no usable name.")
    words[1] = "Lab"
    first = oscine("keys", "licence", key, *words, "--days", "30", "--per-minute", "60", "--until", "2090-01-01", "--network", "far", "--why", "a study")
    said = "Lab, for research, uses export,search, fields author,text, networks far, 30 days back, 60 calls a minute, until 2090-01-01T00:00:00Z"
    assert (first.exit_code, first.stdout, first.stderr) == (0, "", f"key {key}: version 1, {said}\n")
    second = json.loads(oscine("keys", "licence", key, *words, "--json").stdout)["licence"]
    assert (second["version"], second["days"], second["networks"], second["by"].partition(":")[0]) == (2, None, [], "local")
    versions = oscine("keys", "licences", key).stdout.splitlines()
    assert len(versions) == 4 and versions[-1].strip() == f"version 1, {said}" and versions[-2].endswith(": a study")
    assert "version 2, Lab" in oscine("keys", "list").stdout
    for until, why in (("2020-01-01", "is past"), ("soon", "is no time")):
        assert why in str(oscine("keys", "licence", key, *words, "--until", until).exception)


def test_posts_are_exported_and_come_back(oscine: Run, app: App, write: Callable[..., Any], tmp_path: Path) -> None:
    write({"id": "a1", "text": "first"}, {"id": "b1", "text": "second", "author": "bob", "author_intents": {"bulk": "deny"}},
          {"id": "c1", "text": "third", "author": "cleo", "network": "far", "author_intents": {"training": "deny"}})  # fmt: skip
    out = tmp_path / "posts.jsonl"
    done = oscine("export", "--out", str(out))
    ids = [told["id"] for told in map(json.loads, out.read_text().splitlines()) if "id" in told]
    assert (done.exit_code, sorted(ids)) == (0, ["a1", "c1"]) and done.stderr.startswith("2 posts; what arrives from now on: --after ")
    assert oscine("export", "--after", done.stderr.split()[-1]).stdout == ""
    training = oscine("export", "--purpose", "training", "--network", app.settings.network).stdout
    assert [json.loads(told)["id"] for told in training.splitlines()] == ["a1"]
    back = app.ingest(app.source(str(out)))
    assert (back.refused, back.unchanged) == (0, 2)
    for wrong in (["--purpose", "gossip"], ["--after", "x"], ["--since", "soon"]):
        assert oscine("export", *wrong).exception is not None
