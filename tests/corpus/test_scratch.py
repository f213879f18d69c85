"""The folder of a build goes with it, or with the next build; never under a living one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from oscine.corpus.scratch import PREFIX, scratch

KILLED = """
import os, signal, sys
from pathlib import Path
from oscine.corpus.scratch import scratch
with scratch(Path(sys.argv[1])) as folder:
    (folder / "texts").write_text("somebody's words")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_goes_at_the_end_and_when_a_build_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), scratch(tmp_path / "corpora") as folder:
        (folder / "texts").write_text("words")
        raise RuntimeError
    assert list((tmp_path / "corpora").iterdir()) == []


def test_what_a_killed_build_left_goes_when_the_next_begins(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    [left] = tmp_path.glob(f"{PREFIX}*")
    assert (left / "texts").exists()
    with scratch(tmp_path) as folder:
        assert set(tmp_path.iterdir()) == {tmp_path / "mine", folder}


def test_two_builds_leave_each_other_alone(tmp_path: Path) -> None:
    with scratch(tmp_path) as first, scratch(tmp_path) as second:
        assert first != second and first.exists() and second.exists()
