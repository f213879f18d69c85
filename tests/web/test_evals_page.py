"""The page of evaluations in a real browser: every figure in words beside its bar, on a phone too, under the pages' policy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Server
from oscine.evals import report
from oscine.evals.report import Failure, Measure, Report

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One of its own, without a model to load."""
    running = Server(tmp_path_factory.mktemp("evals"), environment={"OSCINE_EMBEDDING": "none"}).wait(180)
    yield running
    running.stop()


@pytest.fixture
def measured(server: Server) -> Iterator[Server]:
    measures = (
        Measure(name="attack success", value=0.004, low=0.001, high=0.02, n=240, aim=0.01, direction="at most", note="all of them"),
        Measure(name="useful", value=0.5, low=0.4, high=0.6, n=100, aim=0.9),
        Measure(name="nDCG@10", value=0.54, unit="score", peer=0.41, peer_name="tantivy"),
    )
    failures = (Failure(case=HOSTILE, what=HOSTILE),)
    kept = [
        report.save(Report(suite="attack", made_at=datetime(2024, 5, day, tzinfo=UTC), version="0.1", data="240 cases.", method="So.",
                           measures=measures, failures=failures), server.data)
        for day in (1, 2)
    ]  # fmt: skip
    yield server
    for path in kept:
        path.unlink()


def test_nothing_was_measured(server: Server, page: Any) -> None:
    page.goto(server.url + "/evals")
    page.get_by_text("Nothing has been measured here yet.").wait_for()


def test_figures(measured: Server, page: Any) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(measured.url + "/evals")
    rows = page.locator("tbody tr")
    page.locator("tbody tr").first.wait_for()
    told = [rows.nth(i).inner_text() for i in range(3)]
    for words in ("attack success", "all of them", "0.4%", "0.1% to 2.0%", "240", "✓ met: at most 1.0%", "0.4% → 0.4%"):
        assert words in told[0]
    assert "✕ missed: at least 90.0%" in told[1]
    assert "tantivy: 0.410" in told[2] and "0.540" in told[2]
    fill = page.locator(".fill").nth(1).evaluate("e => e.getBoundingClientRect().width / e.parentElement.clientWidth")
    assert abs(fill - 0.5) < 0.02, "the bar is as long as its value"
    assert page.locator("time").first.get_attribute("datetime") == "2024-05-02T00:00:00Z"
    page.locator("summary").click()
    assert HOSTILE in page.locator("details li").inner_text() and page.locator("main img").count() == 0
    assert complaints == []


def test_on_a_phone(measured: Server, page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(measured.url + "/evals")
    page.locator("tbody tr").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
