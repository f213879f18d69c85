"""`oscine feed catch-up`, `proposals`, `digest`, as processes of their own: what is printed cannot turn against the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HOSTILE = "\x1b]0;owned\x07"
Run = Callable[..., str]


@pytest.fixture
def oscine(data: Path, write: Callable[..., Any]) -> Run:
    """The command, on a network where Bo answered Ann, who liked two posts of Lea."""
    write(
        {"id": "q", "author": "ann", "created_at": "2024-05-01T12:00:00Z", "text": "Which bread keeps for a whole week in summer?"},
        {"id": "r", "author": "bo", "author_name": f"Bo {HOSTILE}", "created_at": "2024-05-02T12:00:00Z", "reply_to": "q",
         "text": f"Rye, the dark kind, kept mine fresh {HOSTILE} in August."},
        *({"id": f"l{n}", "author": "lea", "created_at": "2024-05-01T12:00:00Z", "text": f"lea wrote this {n}"} for n in range(2)),
        *({"engagement": "like", "actor": "ann", "post": f"l{n}", "at": "2024-05-02T12:00:00Z"} for n in range(2)),
    )  # fmt: skip

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "oscine", "feed", *words, "--data", str(data)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=240, env={**os.environ, "OSCINE_EMBEDDING": "none"}, check=False
        )
        assert "\x1b" not in done.stdout + done.stderr and done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    return run


def test_what_was_missed_what_is_proposed_and_the_best(oscine: Run) -> None:
    missed = oscine("catch-up", "--as", "ann", "--lang", "en")
    assert missed.startswith("You were answered: 1 post by 1 account, 2 May 2024. Bo") and "[1]" in missed
    assert oscine("proposals", "--as", "ann") == "lea @lea, local: You liked, shared or answered 2 of their posts.\n"
    best = oscine("digest", "--as", "ann", "--markdown", "--lang", "en")
    assert best.startswith("# The best for you\\: 1 post by 1 account, 2 May 2024\\.\n\n1. Bo")
