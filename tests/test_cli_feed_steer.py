"""`oscine feed steer|why|what-if|reset` in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from feed.world import Write, follow, like, post
from oscine.app import App

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def oscine(app: App, write: Write) -> Run:
    """Run `oscine feed …` as somebody who follows and likes, on the store of the test."""
    write(
        *(post(n, f"a{n % 3}", n, text=f"{'cats' if n % 2 else 'trains'} number {n}") for n in range(8)), follow("a1"), like(3, hours_ago=2)
    )
    environment = {**os.environ, "OSCINE_EMBEDDING": "none", "OSCINE_DATABASE_URL": app.database.conninfo}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "oscine", "feed", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


def told(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_said_kept_explained_and_forgotten(oscine: Run) -> None:
    said = oscine("steer", "plus de chats, moins de trains cette semaine", "--as", "local/me")
    assert "“moins de trains cette semaine”: less “trains”" in said.stderr and "“cette semaine” was not understood." in said.stderr
    assert said.stdout.splitlines() == ["more “chats”", "less “trains”"]
    why = told(oscine("why", "p4", "--as", "local/me", "--json"))
    assert sum(part["points"] for part in why["parts"]) == why["points"] and "you asked for less “trains”" in [
        part["name"] for part in why["parts"]
    ]
    what = told(oscine("what-if", "p1", "--without", "follow:a1", "--as", "local/me", "--json"))
    assert what["before"]["position"] == 1 and what["after"]["points"] < what["before"]["points"]
    assert "1 steering" in oscine("reset", "--as", "local/me").stderr
    assert told(oscine("steer", "--as", "local/me", "--json"))["steering"]["wishes"] == []


def test_what_goes_wrong_is_one_sentence(oscine: Run) -> None:
    for arguments in (("what-if", "p1"), ("reset",), ("why", "nothing"), ("what-if", "p1", "--without", "like:p1", "--as", "local/me")):
        done = oscine(*arguments)
        assert done.returncode == 1 and done.stderr.startswith("oscine: "), done.stderr
