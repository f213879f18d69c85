"""`oscine incidents`: told, listed, ended."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from oscine.app import App
from oscine.cli import cli
from oscine.errors import InputError, NotFound


@pytest.fixture
def run(app: App, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command line on the store of the test."""
    monkeypatch.setenv("OSCINE_EMBEDDING", "none")
    monkeypatch.setenv("OSCINE_DATABASE_URL", app.database.conninfo)
    monkeypatch.setenv("OSCINE_DATA", str(app.settings.data))
    return CliRunner()


def test_an_incident_from_its_beginning_to_its_end(run: CliRunner) -> None:
    opened = run.invoke(
        cli, ["incidents", "open", "Search was down", "--what", "The disk was full.", "--effect", "Nobody could search.", "--json"]
    )
    number = str(json.loads(opened.stdout)["id"])
    assert "goes on  Search was down (operator, by cli)" in run.invoke(cli, ["incidents", "list"]).stdout
    assert run.invoke(cli, ["incidents", "end", number, "--mended", "A larger disk."]).stdout == f"incident {number} has ended\n"
    (told,) = json.loads(run.invoke(cli, ["incidents", "list", "--json"]).stdout)
    assert (told["mended"], told["effect"], bool(told["ended_at"])) == ("A larger disk.", "Nobody could search.", True)
    assert isinstance(run.invoke(cli, ["incidents", "end", number, "--mended", "x"]).exception, NotFound)
    assert isinstance(run.invoke(cli, ["incidents", "open", " ", "--what", "x"]).exception, InputError)
