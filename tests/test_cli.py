"""The command line as processes of its own, all on one data directory: each start costs a second or two, so that each tells much."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from conftest import Server
from oscine import __version__

FERRY = "The Quarnholm ferry leaves the pier at 07:40 all winter."
HOSTILE = "Quibblewort \x1b[2J\x1b]0;owned\x07 \x9b31m \u202e\r\x08 end"
Run = Callable[..., subprocess.CompletedProcess[str]]


def line(id: str, text: str, **more: Any) -> str:
    return json.dumps({"id": id, "author": "ann", "created_at": "2024-05-01T12:00:00Z", "text": text, **more}) + "\n"


def oscine(data: Path | None, *words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """One run. The data directory is given by OSCINE_DATA, if at all."""
    told = {**os.environ, **({"OSCINE_DATA": str(data)} if data else {}), "OSCINE_EMBEDDING": "none", "NO_COLOR": "1", **environment}
    command = [sys.executable, "-m", "oscine", *words]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, env=told)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    """A data directory with two posts and the vectors of both."""
    data = tmp_path_factory.mktemp("cli")
    (data / "models").symlink_to(models)
    done = oscine(
        data,
        "import",
        "--wait",
        "-",
        stdin=line("ferry", FERRY) + line("evil", HOSTILE, author="eve", author_name=HOSTILE),
        OSCINE_EMBEDDING="e5",
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr.startswith("-: 2 accepted, 0 refused;")
    return data


@pytest.mark.parametrize("words", [["--version"], ["--data", "/nowhere", "--version", "status"]])
def test_version(words: list[str]) -> None:
    done = oscine(None, *words)
    assert (done.returncode, done.stdout.strip()) == (0, __version__)


def test_help_names_every_verb_and_completion() -> None:
    shown = oscine(None, "--help").stdout
    verbs = ("up", "import", "search", "ask", "status", "doctor", "keys", "--install-completion", "--show-completion")
    assert [verb for verb in verbs if verb not in shown] == []


def test_completion_can_be_shown() -> None:
    assert "COMPLETE" in oscine(None, "--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1").stdout


def test_import_tells_what_it_refused(here: Path, tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl"
    file.write_text(line("ferry", FERRY) + "nonsense\n" + line("late", "Zumblehive opens.") + '{"delete": "late"}\n{"id": "\x1b[2J"}\n')
    done = oscine(here, "import", "--json", str(file))
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert {name: told[name] for name in ("accepted", "updated", "unchanged", "deleted", "refused", "file")} == {
        "accepted": 1, "updated": 0, "unchanged": 1, "deleted": 1, "refused": 2, "file": str(file),
    }  # fmt: skip
    assert [reason["line"] for reason in told["reasons"]] == [2, 5]
    assert set(told["reasons"][0]) == {"line", "reason"}


def test_import_of_nothing_useful_fails(here: Path, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text("one\ntwo\n")
    done = oscine(here, "import", str(file), str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{file}: 0 accepted, 2 refused" in done.stderr
    assert "line 1: not JSON" in done.stderr and "line 2: not JSON" in done.stderr


def test_import_of_a_missing_file_fails(here: Path) -> None:
    done = oscine(here, "import", "/nowhere/posts.jsonl")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("oscine: /nowhere/posts.jsonl cannot be read: No such file or directory. Give the path")


def test_data_is_given_before_the_verb_or_after_it_or_outside(here: Path, tmp_path: Path) -> None:
    runs = [
        oscine(None, "--data", str(here), "status", "--json"),
        oscine(None, "status", "--json", "--data", str(here)),
        oscine(tmp_path / "other", "--data", str(tmp_path / "third"), "status", "--json", "--data", str(here)),
    ]
    for done in runs:
        told = json.loads(done.stdout)
        assert (told["data"], told["posts"], told["pending_vectors"]) == (str(here), 2, 0)
    assert not (tmp_path / "other").exists() and not (tmp_path / "third").exists()


def test_search(here: Path) -> None:
    told = json.loads(oscine(here, "search", "--json", "quarnholm", "ferry", "min_faves:x").stdout)
    assert [post["id"] for post in told["posts"]] == ["ferry"]
    assert set(told) == {"posts", "cursor", "understood", "ignored", "took_ms", "query", "reading", "did_you_mean"}
    none = oscine(here, "search", "--sort", "latest", "nothing-like-this")
    assert (none.returncode, none.stdout, none.stderr) == (0, "", "Nothing was found.\n")
    assert oscine(here, "search", "--limit", "0", "x").returncode == 2


def test_ask(here: Path) -> None:
    question = ["When", "does", "the", "Quarnholm ferry leave the pier in winter?"]
    told = json.loads(oscine(here, "ask", "--json", *question, OSCINE_EMBEDDING="e5").stdout)
    assert (told["refused"], told["sentences"][0]["posts"]) == (False, ["ferry"])
    plain = oscine(here, "ask", *question, OSCINE_EMBEDDING="e5").stdout
    short, _, reason, *_ = plain.splitlines()
    assert "07:40" in short and short.endswith("[1]")
    assert FERRY in reason and reason.endswith("[1]")
    assert "\n[1] ann, 2024-05-01, ferry\n" in plain


def test_a_question_that_the_posts_do_not_answer(here: Path) -> None:
    done = oscine(here, "ask", "What is the boiling point of liquid hydrogen in kelvin?", OSCINE_EMBEDDING="e5")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "The posts here do not say.")
    assert "The nearest posts:" in done.stderr


def test_a_post_cannot_steer_the_terminal(here: Path) -> None:
    plain, packed = oscine(here, "search", "quibblewort", "since:\x1b[2J"), oscine(here, "search", "--json", "quibblewort")
    for shown in (plain.stdout, plain.stderr, packed.stdout):
        assert [hex(ord(c)) for c in shown if c != "\n" and not c.isprintable()] == []
    assert "Quibblewort �[2J" in plain.stdout
    assert "since:�[2J: " in plain.stderr
    assert json.loads(packed.stdout)["posts"][0]["text"] == HOSTILE, "and nothing of it is lost"


def test_a_reader_that_goes_away(here: Path) -> None:
    command = f"{sys.executable} -m oscine search --json ferry | true; exit ${{PIPESTATUS[0]}}"
    environment = {**os.environ, "OSCINE_DATA": str(here), "OSCINE_EMBEDDING": "none"}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode in (0, 1), done.stderr) == (True, "")


def test_doctor(here: Path) -> None:
    done = oscine(here, "doctor", "--json")
    checks = json.loads(done.stdout)
    assert (done.returncode, [check["ok"] for check in checks]) == (0, [True] * len(checks))
    ill = oscine(here, "doctor", OSCINE_LANGUAGE_MODEL="gpt-9")
    assert ill.returncode == 1
    assert "\nFAIL language model: There is no language model 'gpt-9'. OSCINE_LANGUAGE_MODEL takes" in ill.stdout


def test_keys(here: Path) -> None:
    key = json.loads(
        oscine(here, "keys", "create", "--name", "bot\x1b[2J", "--scope", "read,write", "--network", "mine", "--as", "ann", "--json").stdout
    )
    assert (key["scopes"], key["networks"], key["account"], key["revoked_at"]) == (["read", "write"], ["mine"], "mine/ann", None)
    [listed] = json.loads(oscine(here, "keys", "list", "--json").stdout)
    assert listed == {name: value for name, value in key.items() if name != "key"}
    assert oscine(here, "keys", "revoke", key["id"]).returncode == 0
    shown = oscine(here, "keys", "list").stdout
    assert shown.startswith(f"{key['id']}  revoked 20") and "\x1b" not in shown and key["key"].split("_", 2)[2] not in shown
    again = oscine(here, "keys", "revoke", key["id"])
    assert (again.returncode, again.stderr) == (1, f"oscine: There is no live key '{key['id']}'. `oscine keys list` shows them.\n")


def test_up_stops_all_that_it_started(here: Path) -> None:
    running = Server(here, environment={"OSCINE_EMBEDDING": "none"}).wait()
    try:
        postmaster = int((here / "postgres" / "postmaster.pid").read_text().split()[0])
        assert httpx.get(running.url + "/v1/search", params={"q": "ferry"}).json()["posts"][0]["id"] == "ferry"
        beside = oscine(here, "status", "--json")
        assert json.loads(beside.stdout)["posts"] == 2, "another verb works beside it"
        taken = oscine(here, "up", "--no-browser", "--no-sample", "--port", str(running.port))
    finally:
        running.stop()
    assert running.process.returncode == 0
    end = time.monotonic() + 30
    while Path(f"/proc/{postmaster}").exists():
        assert time.monotonic() < end, "the database is still there"
        time.sleep(0.1)
    assert taken.returncode == 1
    assert (
        taken.stderr.splitlines()[-1]
        == f"oscine: Port {running.port} of 127.0.0.1 cannot be used: Address already in use. Choose another with --port."
    )
