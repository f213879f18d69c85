"""`oscine ads write` and `oscine ads draw` as processes: a page in, texts and signed pictures out; what cannot be done is one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from oscine.pictures.provenance import verify

PAGE = """<html lang="en"><head><title>Quarnholm Night Ferry</title></head><body><h1>Sleep on the water, wake up on the island</h1>
<p>The night ferry leaves Harne at 23:40 and reaches Quarnholm at 06:30.</p><p>A cabin for two costs 48 crowns, breakfast included.</p>
<p>Children under twelve travel free. The family cabin has four beds.</p><a class="button" href="/b">Book a cabin</a></body></html>"""


def oscine(data: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """The command, without models."""
    plain = {"OSCINE_EMBEDDING": "none", "OSCINE_REWARD": "none", "OSCINE_READER": "none"}
    command = [sys.executable, "-m", "oscine", "ads", *words, "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, env={**os.environ, **plain}, input=given, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_texts(tmp_path: Path) -> None:
    told = json.loads(oscine(tmp_path, "write", "-", "--count", "2", "--json", given=PAGE).stdout)
    assert len(told["variants"]) == 2 and told["variants"][0]["audience"] == "Everybody"
    brief = tmp_path / "brief.txt"
    brief.write_text("The night ferry leaves Harne at 23:40. A cabin for two costs 48 crowns, breakfast included.")
    done = oscine(tmp_path, "write", str(brief), "--count", "1", "--audience", "Families: parents with small children")
    assert "Families · en · composed" in done.stdout and "←" in done.stdout


def test_pictures(tmp_path: Path) -> None:
    page = tmp_path / "ferry.html"
    page.write_text(PAGE)
    done = oscine(
        tmp_path, "draw", str(page), "--out", str(tmp_path / "ads"), "--size", "300x250", "--size", "320x50", "--audience", "Families"
    )
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "ads" / "families"
    told = json.loads((folder / "ads.json").read_text())
    assert [each["file"] for each in told["pictures"]] == ["300x250.png", "320x50.png"]
    for each in told["pictures"]:
        with Image.open(folder / each["file"]) as picture:
            assert picture.size == (each["width"], each["height"])
        assert verify((folder / each["file"]).read_bytes())["source_type"] == "algorithmicMedia"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("write", "nowhere.html"), "cannot be read"),
        (("write", "http://127.0.0.1/"), "not a public address"),
        (("write", "-", "--audience", "Catholics"), "religion"),
        (("write", "-", "--placement", "sky"), "no placement"),
        (("draw", "-", "--out", "{}", "--size", "1x1"), "no size"),
        (("draw", "-", "--out", "{}", "--photo", "gone.png"), "cannot be read"),
    ],
)
def test_what_cannot_be_done(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = oscine(tmp_path, *(word.replace("{}", str(tmp_path / "out")) for word in words), given=PAGE)
    assert done.returncode == 1 and said in done.stderr and done.stderr.startswith("oscine: ")
