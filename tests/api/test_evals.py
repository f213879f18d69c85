"""`GET /v1/evals`: what was measured, for whoever may read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from fastapi.testclient import TestClient

from oscine.app import App
from oscine.evals import report
from oscine.evals.report import Measure, Report


def test_the_latest_reports(app: App, client: TestClient, tmp_path: Path) -> None:
    app.settings.data = tmp_path
    assert client.get("/v1/evals").json() == {"reports": []}
    for day, value in ((1, 0.02), (2, 0.004)):
        measures = (Measure(name="attack success", value=value, low=0.0, high=0.02, n=240, aim=0.01, direction="at most"),)
        report.save(
            Report(suite="attack", made_at=datetime(2024, 5, day, tzinfo=UTC), version="1", data="d", method="m", measures=measures),
            tmp_path,
        )
    [told] = client.get("/v1/evals").json()["reports"]
    [measure] = told["measures"]
    assert (told["suite"], told["made_at"], measure["met"], measure["low"]) == ("attack", "2024-05-02T00:00:00Z", True, 0.0)
    assert [old["value"] for old in measure["trend"]] == [0.02, 0.004]
