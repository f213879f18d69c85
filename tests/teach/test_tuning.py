"""Finetuning from end to end, as people type it: examples, a tiny model taught by them, and again by pairs; what cannot be done is one sentence."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

pytest.importorskip("trl")
pytest.importorskip("peft")
pytest.importorskip("gguf")

from oscine.cli import cli
from oscine.engines.library import ADAPTER, Library
from oscine.errors import InputError, NotFound
from tiny import chat_model

ONE = {"OMP_NUM_THREADS": "1", "MALLOC_TOP_PAD_": "0", "OSCINE_EMBEDDING": "none"}  # as if started again already


def oscine(data: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "oscine", "--data", str(data), *words],
        env={**os.environ, **ONE},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A data directory with a model that was taught to decline, and what was said of it."""
    home = tmp_path_factory.mktemp("home")
    chat_model(home / "tiny" / "model", context=512)
    oscine(home / "data", "finetune", "examples", "refusals", "--out", str(home / "examples.jsonl"), "--most", "24")
    told = oscine(
        home / "data",
        "finetune",
        "run",
        str(home / "tiny"),
        str(home / "examples.jsonl"),
        "--name",
        "tiny-voice",
        "--budget",
        "20s",
        "--json",
    )
    return home, json.loads(told)


def test_a_model_is_taught_and_kept(taught: tuple[Path, dict[str, Any]]) -> None:
    home, told = taught
    assert not (home / "data" / "postgres").exists() and len((home / "examples.jsonl").read_text().splitlines()) == 24
    assert (told["name"], told["form"], told["examples"]) == ("tiny-voice", "chat", 24)
    curve = [point["held"] for point in told["curve"]]
    assert len(curve) > 1 and curve[-1] < curve[0]
    listed = {one["name"]: one for one in json.loads(oscine(home / "data", "models", "list", "--json"))}
    assert listed["tiny-voice"]["form"] == "chat" and listed["tiny-voice"]["bytes"] > 0
    assert ADAPTER in listed["tiny-voice"]["files"]


def test_it_goes_on_with_pairs(taught: tuple[Path, dict[str, Any]]) -> None:
    home = taught[0]
    asked = [{"role": "user", "content": "Who?"}]
    pairs = [{"prompt": asked, "chosen": f"the cat, number {n}", "rejected": "a dog"} for n in range(8)]
    (home / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    told = json.loads(oscine(home / "data", "finetune", "run", "tiny-voice", str(home / "pairs.jsonl"), "--name", "tinier", "--json"))
    assert (told["name"], told["form"], told["pairs"]) == ("tinier", "chat", 8) and told["loss"] > 0
    assert told["base"] == str(home / "tiny" / "model") and told["model"] == "tiny-voice"
    assert Library(home / "data").entry("tinier").form == "chat"


def refused(data: Path, *words: str) -> Exception:
    """What a verb that must fail raises; `main` prints it as one sentence."""
    done = CliRunner().invoke(cli, ["--data", str(data), "finetune", *words], env=ONE)
    assert isinstance(done.exception, InputError | NotFound), done.exception or done.output
    return done.exception


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "tiny-voice"}, "There is a model tiny-voice already"),
        ({"name": "smollm2-135m"}, "There is a model smollm2-135m already"),
        ({"name": "none"}, "There is a model none already"),
        ({"name": "Big Voice"}, "is no name for a corpus, a run or a model"),
        ({"files": ["nowhere.jsonl"]}, "There is no file nowhere.jsonl"),
        ({"files": ["examples.jsonl", "nowhere.jsonl"]}, "There is no file nowhere.jsonl"),
        ({"files": ["bytes.jsonl"]}, "cannot be read"),
        ({"model": "nobody"}, "There is no run 'nobody'"),
        ({"model": "empty"}, "There is no run 'empty'"),
        ({"model": "examples.jsonl"}, "is not a model in a GGUF file|is no language model"),
        ({"budget": "soon"}, "cannot be read"),
        ({"model": "tiny-voice", "more": ["--full"]}, "An adapter cannot be learned in full"),
    ],
)
def test_what_cannot_be_taught_is_said_before_anything_is_learned(
    taught: tuple[Path, dict[str, Any]], change: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = taught[0]
    monkeypatch.chdir(home)
    (home / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    (home / "empty").mkdir(exist_ok=True)
    given = {"model": "tiny", "files": ["examples.jsonl"], "name": "other", "budget": "20s", "more": [], **change}
    words = [given["model"], *given["files"], "--name", given["name"], "--budget", given["budget"], *given["more"]]
    with pytest.raises((InputError, NotFound), match=said):
        raise refused(home / "data", "run", *words)
    assert not (home / "data" / "finetunes" / "other").exists()


def test_a_name_is_free_when_its_folder_is_gone_too(taught: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    data = Path(shutil.copytree(taught[0] / "data", tmp_path / "data"))
    Library(data).remove("tiny-voice")
    words = [str(taught[0] / "tiny"), str(taught[0] / "examples.jsonl"), "--name", "tiny-voice"]
    assert "tiny-voice is there already, of a model that was removed" in str(refused(data, "run", *words))


def test_an_adapter_that_was_not_learned_here_is_not_forgotten_silently(taught: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    data = Path(shutil.copytree(taught[0] / "data", tmp_path / "data"))
    shutil.rmtree(data / "finetunes")
    words = ["tiny-voice", str(taught[0] / "examples.jsonl"), "--name", "other"]
    assert "tiny-voice has an adapter that was not learned here" in str(refused(data, "run", *words))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["songs"], "There is no kind 'songs'"),
        (["replies"], "replies are made of a corpus"),
        (["replies", "--corpus", "nowhere"], "There is no corpus in"),
        (["answers"], "answers are made of a file"),
        (["answers", "--from", "nowhere.jsonl"], r"There is no file nowhere\.jsonl"),
        (["headlines", "--from", "nowhere.jsonl"], r"There is no file nowhere\.jsonl"),
        (["refusals", "--most", "0"], "No example of refusals could be made"),
        (["refusals", "--out", "nowhere/x.jsonl"], "There is no folder nowhere"),
    ],
)
def test_what_no_examples_are_made_of(tmp_path: Path, words: list[str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=said):
        raise refused(tmp_path / "data", "examples", *(words if "--out" in words else [*words, "--out", "x.jsonl"]))
    assert not Path("x.jsonl").exists()


def test_headlines_by_the_verb(tmp_path: Path) -> None:
    arm = {"lede": "A long story", "headline": "Goat", "impressions": 10, "clicks": 1, "test": "t"}
    (tmp_path / "tests.jsonl").write_text(json.dumps(arm) + "\n")
    words = ["finetune", "examples", "headlines", "--from", str(tmp_path / "tests.jsonl"), "--out", str(tmp_path / "x.jsonl")]
    done = CliRunner().invoke(cli, ["--data", str(tmp_path / "data"), *words])
    assert done.exit_code == 0 and "x.jsonl: 1 examples" in done.stderr
    assert json.loads((tmp_path / "x.jsonl").read_text())["source"] == "test t"
