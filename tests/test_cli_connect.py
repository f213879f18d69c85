"""`oscine connect` as a process of its own, on a real PDS: what an account had written before, what is no record, what `oscine connections` shows of it."""

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
from typer.testing import CliRunner

import at_network

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.killed import environment

from oscine.cli import cli
from oscine.errors import NotFound, OscineError
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


def said(data: Path, *words: str) -> str:
    """What a verb prints, called in this process; an error of ours is raised."""
    done = CliRunner().invoke(cli, ["--data", str(data), *words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def texts(database: Database) -> set[str]:
    return {row["text"] for row in database.rows("SELECT text FROM posts")}


def test_a_server_is_read_and_shown(atproto: at_network.AtProto, folder: Path, store: Database) -> None:
    """Until it is asked to stop, which it does in good order."""
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
        bo.client.com.atproto.repo.create_record(
            {"repo": bo.did, "collection": POST, "record": {"$type": POST, "text": 7}, "validate": False}
        )
        until(lambda: Connections(store).one(name).dead)
        shown = said(folder, "connections")
        assert shown.startswith(f"{name}  running  ") and "1 refused  1 dead letters  0 gaps" in shown
        told = json.loads(said(folder, "status", "--json"))["connections"]
        assert [(one["name"], one["network"], one["state"], one["dead_letters"]) for one in told] == [(name, "bluesky", "running", 1)]
    finally:
        process.send_signal(signal.SIGTERM)
        log = process.communicate(timeout=60)[1]
    assert process.returncode == 0 and log.endswith(f"{name}: stopped; it goes on from here the next time\n")
    assert f"{name}  running" in log
    _letters(folder, name)


def _letters(folder: Path, name: str) -> None:
    """The one that there is: shown, tried again, dropped."""
    assert "does not follow its lexicon" in said(folder, "connections", "dead", name)
    assert "0 could be used, 1 stay" in said(folder, "connections", "replay", name)
    (letter,) = json.loads(said(folder, "connections", "dead", name, "--json"))
    assert (letter["tries"], "lexicon" in letter["reason"]) == (2, True)
    assert "1 forgotten" in said(folder, "connections", "drop", name)
    assert f"{name}  stopped" in said(folder, "status")
    with pytest.raises(NotFound, match="no connection 'nowhere'"):
        said(folder, "connections", "dead", "nowhere")


@pytest.mark.parametrize(("words", "why"), [
    (["bluesky", "gopher://x"], "is not the address of a server"),
    (["bluesky", "ws://localhost:1", "--backfill", "no handle"], "is not a handle"),
    (["mastodon", "mastodon.example", "--timeline", "tag/birds"], "There is no timeline"),
    (["jetstream", "wss://me:secret@jetstream.example"], "password in it is not taken"),
])  # fmt: skip
def test_what_cannot_be_is_said(folder: Path, store: Database, words: list[str], why: str) -> None:
    with pytest.raises(OscineError, match=why):
        said(folder, "connect", *words)
