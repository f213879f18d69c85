"""`oscine ads advertiser|campaign|ledger` in processes of their own: an order in a file, its launch, its report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.test_campaigns_api import ad, body
from oscine.app import App

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def oscine(app: App) -> Run:
    """Run `oscine ads …` on the store of the test."""
    environment = {**os.environ, "OSCINE_EMBEDDING": "none", "OSCINE_DATABASE_URL": app.database.conninfo}

    def run(*arguments: str, sent: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "oscine", "ads", *arguments]
        return subprocess.run(command, input=sent, capture_output=True, text=True, env=environment, timeout=120)

    return run


def told(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_from_an_order_in_a_file_to_its_report(oscine: Run, tmp_path: Path) -> None:
    made = told(oscine("advertiser", "add", "--name", "Northern Ferries", "--payer", "Harbour Holding", "--json"))
    order = tmp_path / "order.json"
    order.write_text(
        json.dumps(body(made["id"], creatives=[ad(), ad(headline="Buy rifles and ammunition", brief="Buy rifles and ammunition.")]))
    )
    added = oscine("campaign", "add", str(order))
    assert added.returncode == 0 and "draft" in added.stdout and "refused: Buy rifles" in added.stdout, added.stderr
    number = str(told(oscine("campaign", "list", "--json"))[0]["id"])
    launched = oscine("campaign", "launch", number, "--why", "The season begins.")
    assert launched.returncode == 0 and "running" in launched.stdout
    assert [step["why"] for step in told(oscine("campaign", "trail", number, "--json"))][-2] == "The season begins."
    assert told(oscine("campaign", "report", number, "--json"))["total"]["impressions"] == 0
    assert told(oscine("ledger", "--json"))["data"] == []
    paused = oscine("campaign", "pause", number)
    assert "paused" in paused.stdout and paused.returncode == 0


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ("{", "Invalid JSON"),
        ('{"advertiser": 1}', "name: Field required"),
        ('{"advertiser": 999999, "name": "x"}', "There is no advertiser 999999"),
    ],
)
def test_an_order_that_cannot_be_used_is_named(oscine: Run, sent: str, says: str) -> None:
    done = oscine("campaign", "add", "-", sent=sent)
    assert done.returncode == 1 and says in done.stderr and "Traceback" not in done.stderr
