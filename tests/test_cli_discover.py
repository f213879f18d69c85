"""People, trends, related searches, more like this and saved searches on the command line, as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HOSTILE = "\x1b]0;owned\x07"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def oscine(data: Path, write: Callable[..., Any]) -> Run:
    """The command, on a network where a ferry broke down today."""
    write(
        *({"text": f"breakfast {n}", "author": f"a{n}", "created_at": "2024-05-10T12:00:00Z"} for n in range(30)),
        *({"id": f"f{n}", "text": f"{'abcde'[n] * 4} the ferry is late #ferrydown {HOSTILE}", "author": f"a{n}", "author_name": f"N{n} {HOSTILE}",
           "created_at": "2024-05-12T12:00:00Z"} for n in range(5)),
    )  # fmt: skip

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "oscine", *words, "--data", str(data)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=240, env={**os.environ, "OSCINE_EMBEDDING": "none"}, check=False
        )
        assert "\x1b" not in done.stdout + done.stderr and "Traceback" not in done.stderr, done.stderr
        return done

    return run


def test_what_to_look_at_next(oscine: Run) -> None:
    people = json.loads(oscine("people", "ferry", "--json").stdout)
    assert len(people) == 5 and {person["why"] for person in people} == {"posts"}
    assert oscine("people", "@a3").stdout.endswith("@a3, local (handle, 0 posts about it)\n")
    assert oscine("people", "nobody of this name").stderr == "Nobody was found.\n"
    assert oscine("trending").stdout.startswith("#ferrydown: 5 posts by 5 people\n")
    assert [trend["text"] for trend in json.loads(oscine("trending", "--json", "--hours", "48").stdout)] == ["#ferrydown"]
    assert oscine("trending", "--at", "2024-05-10T13:00:00").stderr == "Nothing is written about more than before.\n"
    assert "#ferrydown" in oscine("related", "ferry").stdout.split()
    assert len(json.loads(oscine("similar", "f1", "--json").stdout)) == 4
    missing = oscine("similar", "nothing")
    assert missing.returncode == 1 and missing.stderr.startswith("oscine: There is no post 'nothing' here")
    assert oscine("search", "brekfast", "from:a1").stderr == "Nothing was found. Did you mean: breakfast from:a1\n"


def test_saved_searches(oscine: Run, write: Callable[..., Any]) -> None:
    assert oscine("saved", "add", "boats", "ferry -tale").returncode == 0
    again = oscine("saved", "add", "boats", "ferry")
    assert again.returncode == 1 and "saved as 'boats' already" in again.stderr
    write({"id": "new", "text": "another ferry"})
    assert oscine("saved", "list").stdout == "boats: 1 new  ferry -tale\n"
    assert [post["id"] for post in json.loads(oscine("saved", "new", "boats", "--keep", "--json").stdout)] == ["new"]
    assert "another ferry" in oscine("saved", "new", "boats").stdout
    assert oscine("saved", "new", "boats").stderr == "Nothing is new.\n"
    assert json.loads(oscine("saved", "list", "--as", "local/a1", "--json").stdout) == [], "an account has its own"
    secret = json.loads(oscine("saved", "add", "told", "ferry", "--webhook", "https://hook.example/", "--json").stdout)["secret"]
    assert len(secret) > 30 and secret not in oscine("saved", "list", "--json").stdout
    assert oscine("saved", "remove", "boats").returncode == 0
    gone = oscine("saved", "new", "boats")
    assert gone.returncode == 1 and gone.stderr == "oscine: There is no saved search 'boats' of yours. `oscine saved list` shows them.\n"
