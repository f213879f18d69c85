"""`oscine connect` and `oscine connections` as processes of their own, on a real PDS: one that is read, what it cannot be, what is shown of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import at_network
from test_cli import oscine

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.killed import environment

from oscine.store.connections import Connections
from oscine.store.postgres import Database, open_database

POST = "app.bsky.feed.post"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data directory for all that is here."""
    with tempfile.TemporaryDirectory(prefix="oscine-own-") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[Database]:
    """Its database, open beside the processes."""
    database = open_database(folder)
    yield database
    database.close()


def until(true: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait for something to be so."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.1)
    return found


def texts(database: Database) -> set[str]:
    return {row["text"] for row in database.rows("SELECT text FROM posts")}


def test_a_server_is_read_and_shown(atproto: at_network.AtProto, folder: Path, store: Database) -> None:
    """With what an account had written before; a record that is none becomes a dead letter; a second process is told to go; it stops in good order."""
    settings, name = environment(atproto), f"bluesky {atproto.ws_url}"
    ann, bo = atproto.account("ann"), atproto.account("bo")
    ann.client.send_post("Written before anybody listened.")
    command = [sys.executable, "-m", "oscine", "--data", str(folder), "connect", "bluesky", atproto.ws_url]
    process = subprocess.Popen([*command, "--backfill", ann.handle], env=os.environ | settings, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: Connections(store).told())

        def heard() -> bool:  # it reads from now on, and when that is nobody can say
            bo.client.send_post("Can you hear me?")
            time.sleep(0.5)
            return "Can you hear me?" in texts(store)

        until(heard)
        until(lambda: "Written before anybody listened." in texts(store) and not Connections(store).one(name).gaps)
        bo.client.com.atproto.repo.create_record({"repo": bo.did, "collection": POST, "record": {"$type": POST, "text": 7}, "validate": False})
        until(lambda: Connections(store).one(name).dead)
        second = oscine(folder, "connect", "bluesky", atproto.ws_url, **settings)
        assert (second.returncode, f"oscine: {name!r} is being read by another process." in second.stderr) == (1, True)
        shown = oscine(folder, "connections").stdout
        assert shown.startswith(f"{name}  running  ") and "1 refused  1 dead letters  0 gaps" in shown
        told = json.loads(oscine(folder, "status", "--json").stdout)["connections"]
        assert [(one["name"], one["network"], one["state"], one["dead_letters"]) for one in told] == [(name, "bluesky", "running", 1)]
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 0 and said.endswith(f"{name}: stopped; it goes on from here the next time\n")
    assert shown.rstrip().split("  ")[0] == name and f"{name}  running" in said
    _letters(folder, name, settings)


def _letters(folder: Path, name: str, settings: dict[str, str]) -> None:
    """The one that there is: shown, tried again, dropped."""
    assert "does not follow its lexicon" in oscine(folder, "connections", "dead", name).stdout
    assert "0 could be used, 1 stay" in oscine(folder, "connections", "replay", name, **settings).stderr
    (letter,) = json.loads(oscine(folder, "connections", "dead", name, "--json").stdout)
    assert (letter["tries"], "lexicon" in letter["reason"]) == (2, True)
    assert "1 forgotten" in oscine(folder, "connections", "drop", name).stderr
    assert f"{name}  stopped" in oscine(folder, "status").stdout
    unknown = oscine(folder, "connections", "dead", "nowhere")
    assert (unknown.returncode, unknown.stderr) == (1, "oscine: There is no connection 'nowhere'. `oscine connections` shows them.\n")


@pytest.mark.parametrize(("words", "said"), [
    (["bluesky", "gopher://x"], "is not the address of a server"),
    (["bluesky", "ws://localhost:1", "--backfill", "no handle"], "is not a handle"),
    (["mastodon", "mastodon.example", "--timeline", "tag/birds"], "There is no timeline"),
])  # fmt: skip
def test_what_cannot_be_is_one_sentence(folder: Path, store: Database, words: list[str], said: str) -> None:
    done = oscine(folder, "connect", *words)
    assert (done.returncode, said in done.stderr, done.stderr.count("\n")) == (1, True, 1), done.stderr
