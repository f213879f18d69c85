"""`oscine bot` as a process of its own, on a real PDS."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from atproto import client_utils

from at_network import PASSWORD, AtProto, Person

Start = Callable[..., subprocess.Popen[str]]
Hear = Callable[..., None]
Written = Callable[[], list[Any]]


@pytest.fixture
def start(data: Path, atproto: AtProto, account: Person) -> Start:
    """Begin the command as the bot's account."""
    settings = {
        "OSCINE_EMBEDDING": "none", "OSCINE_READER": "none", "OSCINE_LANGUAGE_MODEL": "none", "OSCINE_PLC_URL": atproto.plc_url,
        "OSCINE_BLUESKY_SERVER": atproto.pds_url, "OSCINE_CONNECT_NETWORKS": "127.0.0.0/8,::1/128", "OSCINE_BLUESKY_HANDLE": account.handle,
    }  # fmt: skip

    def begin(*words: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "oscine", "--data", str(data), "bot", *words]
        environment = {**os.environ, **settings, **more}
        return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    return begin


def test_it_answers_once_lists_what_it_did_and_says_what_it_lacks(
    start: Start, hear: Hear, ann: Person, ben: Person, account: Person, written: Written
) -> None:
    lacking = start("mastodon", "mastodon.example")
    assert "OSCINE_MASTODON_TOKEN" in lacking.communicate(timeout=60)[1] and lacking.returncode == 1
    wrong = start("bluesky", OSCINE_BLUESKY_PASSWORD="hunter2")
    told = wrong.communicate(timeout=60)[1]
    assert "cannot sign in" in told and "hunter2" not in told and "Traceback" not in told and wrong.returncode == 1
    fact = ann.client.send_post("The harbour library opens at nine o'clock on Saturdays.").uri
    naming = client_utils.TextBuilder().mention(f"@{account.handle}", account.did).text(" When does the harbour library open on Saturdays?")
    asked = ben.client.send_post(naming).uri
    hear(fact, asked)
    running = start("bluesky", OSCINE_BLUESKY_PASSWORD=PASSWORD)
    assert running.stderr
    assert running.stderr.readline().startswith(f"answering as @{account.handle} on bluesky")
    assert running.stderr.readline().startswith(f"{asked}: answered by at://{account.did}/")
    second = start("bluesky", "--once", OSCINE_BLUESKY_PASSWORD=PASSWORD)
    assert "Another process is the bot on bluesky." in second.communicate(timeout=60)[1] and second.returncode == 1
    running.send_signal(signal.SIGTERM)
    assert running.wait(60) == 0
    (answer,) = written()
    (listed,) = json.loads(start("list", "--json").communicate(timeout=60)[0])
    assert (listed["mention"], listed["state"], listed["reply"], listed["why"]) == (asked, "answered", answer.uri, "")
