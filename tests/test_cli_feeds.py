"""`oscine feeds` as processes of its own, against a real PDS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from at_network import PASSWORD, AtProto

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def oscine(data: Path, write: Callable[..., Any], atproto: AtProto) -> Run:
    """The command, on a server of feeds with two posts about a ferry, and an account to publish them."""
    write(
        *(
            {"id": f"at://did:plc:x/app.bsky.feed.post/{n}", "author": "did:plc:x", "network": "bluesky", "text": "A ferry."}
            for n in range(2)
        )
    )
    ann = atproto.account("ann")
    told = {
        "EMBEDDING": "none", "PUBLIC_URL": "https://feeds.example", "PLC_URL": atproto.plc_url, "CONNECT_NETWORKS": "127.0.0.0/8, ::1/128",
        "BLUESKY_HANDLE": ann.handle, "BLUESKY_PASSWORD": PASSWORD, "BLUESKY_SERVER": atproto.pds_url,
    }  # fmt: skip

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "oscine", "feeds", *words, "--data", str(data)]
        environment = os.environ | {f"OSCINE_{name}": value for name, value in (told | more).items()}
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, env=environment, check=False)
        assert "Traceback" not in done.stderr and PASSWORD not in done.stdout + done.stderr, done.stderr
        return done

    return run


def test_a_feed_is_added_published_and_removed(oscine: Run) -> None:
    added = oscine("add", "ferries", "--query", "ferry", "--title", "Ferries")
    assert added.stderr == "ferries has 2 posts now; `oscine feeds publish ferries` shows it to people\n"
    assert oscine("publish", "ferries", BLUESKY_PASSWORD="").stderr.startswith("oscine: No account of Bluesky is named.")
    uri = oscine("publish", "ferries").stdout.strip()
    assert uri.startswith("at://did:plc:") and uri.endswith("/app.bsky.feed.generator/ferries")
    (told,) = json.loads(oscine("list", "--json").stdout)
    assert (told["name"], told["title"], told["query"], told["publisher"]) == ("ferries", "Ferries", "ferry", uri.split("/")[2])
    assert oscine("remove", "ferries").stderr == "ferries is forgotten\n"
