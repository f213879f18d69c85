"""`oscine label`: a line in, a line out; what cannot be used is told by number, and nothing else is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from oscine.engines.labels import LABELS


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    folder = tmp_path_factory.mktemp("labelling")
    (folder / "models").symlink_to(models)
    return folder


def label(data: Path, text: str, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oscine", "label", "-", "--data", str(data), *options]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", "HOME": str(data), **settings})


def test_lines_in_lines_out(data: Path) -> None:
    lines = ['{"text": "You are a disgusting idiot and a liar, shut your mouth.", "id": 7}', "", "not json", '{"id": 8}', '{"text": ""}',
             '{"text": "The night ferry leaves at 23:40, büro 日本"}', '{"text": "\\ud800"}', "[1]"]  # fmt: skip
    done = label(data, "\n".join(lines), "--json")
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line.get("id") for line in told] == [7, None, None]
    assert all(list(line["labels"]) == list(LABELS) and set(line["said"]) == set(line["reasons"]) for line in told)
    assert told[0]["labels"]["toxic"] > 0.5 > told[2]["labels"]["toxic"] and not any(told[1]["labels"].values())
    assert told[2]["text"].endswith("büro 日本")
    assert [f"line {number}: " in done.stderr for number in (3, 4, 7, 8)] == [True] * 4


def test_thresholds_come_from_the_settings_and_reasons_are_spans(data: Path) -> None:
    line = '{"text": "See you. You are a disgusting idiot, shut your mouth."}'
    done = label(data, line, "--json", OSCINE_LABEL_THRESHOLDS="toxic=0.01")
    told = json.loads(done.stdout)
    assert "toxic" in told["said"]
    reason = told["reasons"]["toxic"]
    assert told["text"][reason["start"] : reason["end"]] == reason["text"] != ""
    refused = label(data, line, OSCINE_LABEL_THRESHOLDS="rude=0.5")
    assert (refused.returncode, refused.stdout) == (1, "") and "rude=0.5" in refused.stderr
    assert label(data, line, OSCINE_LABELS="none").stderr == "oscine: Nothing labels texts here. Set OSCINE_LABELS to e5.\n"


def test_for_people_a_line_each(data: Path, tmp_path: Path) -> None:
    done = label(data, '{"text": "A heron\\nby the \\u001b[31mriver"}')
    assert done.returncode == 0 and done.stdout.count("\n") == 1 and "\x1b" not in done.stdout and "heron by the" in done.stdout
