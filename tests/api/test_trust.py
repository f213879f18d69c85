"""`/v1/trust`: what was measured, what the software goes by, what went wrong; for everyone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from oscine.app import App
from oscine.evals import report
from oscine.evals.report import Measure, Report
from oscine.store.feed_tests import Test

from .conftest import MakeKey, client_of

EIGHT = ["accurate", "safe", "interpretable", "transparent", "robust", "aligned", "trustworthy", "loyal"]


@pytest.fixture
def stranger(app: App, tmp_path: Path) -> Iterator[TestClient]:
    """Somebody without a key, far away; reports lie in a folder of their own."""
    app.settings.data = tmp_path
    yield client_of(app, "http://oscine.example", "10.0.0.7")


def kept(data: Path, suite: str, day: int, *measures: Measure) -> None:
    """Lay a report into a data directory."""
    made_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    report.save(Report(suite=suite, made_at=made_at, version="1", data="d.", method="As told.", measures=measures), data)


def test_before_anything_was_measured_all_eight_are_there(stranger: TestClient) -> None:
    told = stranger.get("/v1/trust").json()
    assert [each["name"] for each in told["aspects"]] == EIGHT
    assert all(each["says"] and each["measures"] == [] for each in told["aspects"])
    assert (told["incidents"], told["deletion"]["pending"], told["deletion"]["last"]) == ([], 0, None)
    assert set(told["cards"]) == {"models", "corpora"} and set(told["log"]) == {"head", "entries"}


def test_measures_stand_under_their_aspect_with_their_trend(stranger: TestClient, tmp_path: Path) -> None:
    for day, value in ((1, 0.5), (2, 1.0)):
        kept(tmp_path, "trust", day, Measure("loyal: answers unchanged", value, n=10, aim=1.0))
    kept(tmp_path, "ask", 0, Measure("citation precision", 0.98, n=50, aim=0.97), Measure("something else", 1.0))
    told = {each["name"]: each["measures"] for each in stranger.get("/v1/trust").json()["aspects"]}
    loyal = [(m["name"], m["shown"], m["met"], [run["value"] for run in m["trend"]]) for m in told["loyal"]]
    assert loyal == [("answers unchanged", "100.0%", True, [0.5, 1.0])]
    assert [(m["name"], m["suite"], m["made_at"], m["method"]) for m in told["accurate"]] == [
        ("ask: citation precision", "ask", "2026-01-01T00:00:00Z", "As told.")
    ]
    assert told["safe"] == []


def test_a_new_report_is_told_at_once(stranger: TestClient, tmp_path: Path) -> None:
    def loyal() -> list[float]:
        return [m["value"] for each in stranger.get("/v1/trust").json()["aspects"] if each["name"] == "loyal" for m in each["measures"]]

    kept(tmp_path, "trust", 1, Measure("loyal: answers unchanged", 0.5))
    first = loyal()
    kept(tmp_path, "trust", 2, Measure("loyal: answers unchanged", 1.0))
    assert (first, loyal()) == ([0.5], [1.0])


def test_every_published_text_is_served_with_its_hash(stranger: TestClient) -> None:
    listed = [each for each in stranger.get("/v1/trust").json()["published"] if each["url"]]
    assert len(listed) > 50
    for each in listed[::7]:
        reply = stranger.get(each["url"])
        assert (reply.headers["content-type"], hashlib.sha256(reply.content).hexdigest()) == ("text/plain; charset=utf-8", each["sha256"])


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("settings.py", 404),
        ("../settings.py", 404),
        ("%2e%2e/settings.py", 404),
        ("%00", 404),
        ("x" * 300, 400),
        ("engines/reader.npz", 400),
    ],
)
def test_nothing_else_is_served(stranger: TestClient, name: str, status: int) -> None:
    assert stranger.get(f"/v1/trust/published/{name}").status_code == status


def test_an_incident_is_opened_told_to_everyone_and_ended(stranger: TestClient, key: MakeKey) -> None:
    body = {"title": "Search was down", "what": "The disk was full.", "effect": "Nobody could search."}
    opened = stranger.post("/v1/trust/incidents", json=body, headers=key("admin"))
    again = stranger.post("/v1/trust/incidents", json=body, headers=key("admin"))
    assert (opened.status_code, again.json()["id"]) == (201, opened.json()["id"])
    seen = stranger.get("/v1/trust").json()["incidents"]
    assert [(each["title"], each["kind"], each["ended_at"]) for each in seen] == [("Search was down", "operator", None)]
    number = opened.json()["id"]
    ended = stranger.post(f"/v1/trust/incidents/{number}/end", json={"mended": "A larger disk."}, headers=key("admin"))
    assert ended.json()["mended"] == "A larger disk." and ended.json()["ended_at"]
    twice = stranger.post(f"/v1/trust/incidents/{number}/end", json={"mended": "x"}, headers=key("admin"))
    assert twice.status_code == 404


BAD: list[dict[str, Any]] = [
    {}, {"title": ""}, {"title": "x", "what": "a\x00"}, {"title": "x", "what": "\ud800"}, {"title": "x", "what": " "}, {"title": "x" * 999, "what": "x"},
]  # fmt: skip


@pytest.mark.parametrize("body", BAD, ids=range(len(BAD)))
def test_bad_incidents_are_refused(stranger: TestClient, key: MakeKey, body: dict[str, Any]) -> None:
    assert stranger.post("/v1/trust/incidents", content=json.dumps(body), headers=key("admin")).status_code == 400


def test_an_overdue_deletion_and_traces_are_incidents_until_they_are_gone(app: App, stranger: TestClient) -> None:
    def goes_on() -> list[str]:
        app.watch_deletions()
        return sorted(each["title"] for each in stranger.get("/v1/trust").json()["incidents"] if not each["ended_at"])

    app.settings.purge_days = 30
    app.database.execute(
        "INSERT INTO deletions (network, kind, key, account, at) VALUES ('local', 'post', 'p1', 'ann', now() - interval '29 days')"
    )
    assert goes_on() == []
    app.settings.purge_days = 7
    assert goes_on() == goes_on() == ["A deletion waits longer than it may"]
    app.database.execute("INSERT INTO certificates (id, certificate) VALUES ('c1', '{\"found\": 2}')")
    app.database.execute("UPDATE deletions SET certificate = 'c1'")
    assert goes_on() == ["A purge found traces of what was deleted"]
    assert stranger.get("/v1/trust").json()["deletion"]["last"]["found"] == 2
    app.database.execute("UPDATE certificates SET certificate = '{\"found\": 0}'")
    assert goes_on() == []


def test_a_test_of_the_feed_that_did_harm_is_an_incident_that_has_ended(
    app: App, stranger: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    harmful = Test(
        id=3,
        name="x",
        control=0,
        treatment=1,
        share=0.25,
        started_at=at,
        by="k",
        why="w",
        ended_at=at,
        ended_by="guard",
        ended_why="More people hid posts.",
    )
    monkeypatch.setattr(app.judge, "guard", lambda _now: harmful)
    app.guard_feed_test()
    (told,) = stranger.get("/v1/trust").json()["incidents"]
    assert (told["kind"], told["title"], bool(told["ended_at"])) == ("feed-test", "Test 3 of the feed", True)
    assert "More people hid posts." in told["what"] and "25%" in told["effect"]
