"""`oscine feed weights|estimate|test` in processes of their own: shown, proposed, tested, made live."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from oscine.app import App

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def oscine(app: App) -> Run:
    """Run `oscine feed …` on the store of the test."""
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


def test_from_a_proposal_to_a_new_table(oscine: Run) -> None:
    made = told(oscine("weights", "propose", "--set", "actions.like=5.5", "--set", "diversity=.5", "--why", "More likes.", "--json"))
    assert (made["actions"]["like"], made["diversity"], made["by"]) == (5.5, 0.5, "cli")
    version = str(made["version"])
    begun = oscine("test", "start", version, "--name", "likes", "--share", ".1", "--why", "Do they help?")
    assert begun.stderr.endswith(f"version {version} for 10%, version 0 for the others\n")
    number = begun.stderr.split()[1]
    seen = oscine("test", "show")
    assert seen.stdout.startswith(f"test {number}, likes: version {version} against 0, running since") and "guardrail report" in seen.stdout
    assert oscine("test", "end", number, "--why", "Enough.").stderr == f"test {number} is ended\n"
    assert oscine("weights", "live", version, "--why", "It did well.").stderr == f"version {version} is in use\n"
    shown = oscine("weights")
    assert "actions.like              5.5" in shown.stdout and f"version {version} (in use): More likes. (cli, " in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("weights", "propose", "--set", "actions.love=1", "--why", "x"), "actions.love is no weight."),
        (("estimate", "0"), "0 pages dealt by chance can be used"),
    ],
)
def test_what_cannot_be_used_is_named(oscine: Run, arguments: tuple[str, ...], says: str) -> None:
    done = oscine(*arguments)
    assert done.returncode == 1 and says in done.stderr
