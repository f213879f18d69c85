"""Reports: what is kept comes back, the newest first, and says whether each aim is met."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from oscine.evals import report
from oscine.evals.metrics import wilson
from oscine.evals.report import Failure, Measure, Report

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)


def made(suite: str = "attack", day: int = 1, value: float = 0.004, **more: object) -> Report:
    measures = (
        Measure(name="attack success", value=value, low=0.0, high=0.02, n=240, aim=0.01, direction="at most"),
        Measure(name="ndcg|10", value=0.5, unit="score", peer=0.4, peer_name="tantivy"),
    )
    return Report(suite=suite, made_at=AT.replace(day=day), version="0.1.0", data="240 cases.", method="Run.", measures=measures, **more)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    kept = made(failures=(Failure(case="order-3", what="it said so"),))
    path = report.save(kept, tmp_path)
    assert list(report.history(tmp_path)) == [kept]
    assert json.loads(path.read_text())["measures"][0]["met"] is True
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_aims() -> None:
    low, high = Measure(name="a", value=0.5, aim=0.5), Measure(name="b", value=0.5, aim=0.4, direction="at most")
    assert (low.met, high.met, Measure(name="c", value=1.0).met) == (True, False, None)
    assert report.measure("d", wilson(1, 4), 4, aim=0.1).met is True


def test_the_latest_of_each_suite_with_its_past(tmp_path: Path) -> None:
    for kept in (made(day=2, value=0.2), made(day=1, value=0.3), made(day=3, value=0.1), made("search", day=1)):
        report.save(kept, tmp_path)
    attack, search = report.latest(tmp_path)
    assert [(each["suite"], each["made_at"]) for each in (attack, search)] == [
        ("attack", "2024-05-03T12:00:00Z"), ("search", "2024-05-01T12:00:00Z"),
    ]  # fmt: skip
    assert [old["value"] for old in attack["measures"][0]["trend"]] == [0.3, 0.2, 0.1]
    assert [old["value"] for old in report.latest(tmp_path, past=2)[0]["measures"][0]["trend"]] == [0.2, 0.1]


def test_what_is_no_report_is_passed_over(tmp_path: Path) -> None:
    assert report.latest(tmp_path) == []
    path = report.save(made(), tmp_path)
    for number, nonsense in enumerate([b"", b"[]", b"\xff", b'{"suite": 3}']):
        (path.parent / f"attack-2099010{number}T000000Z.json").write_bytes(nonsense)
    assert [each["suite"] for each in report.latest(tmp_path)] == ["attack"]


def test_markdown() -> None:
    told = report.markdown(made(value=0.02)).splitlines()
    assert told[2] == "| attack success | 2.0% | 0.0% to 2.0% | 240 | at most 1.0%: **missed** |  |"
    assert told[3] == "| ndcg\\|10 | 0.500 |  |  |  | tantivy 0.400 |"
    assert told[-1] == "attack, Oscine 0.1.0, 2024-05-01 12:00 UTC. 240 cases. Run."
