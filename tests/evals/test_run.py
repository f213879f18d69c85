"""Running a suite by its name, as the command line does: the report is kept and given back."""

from __future__ import annotations

from pathlib import Path

import pytest

from oscine.app import App
from oscine.errors import InputError
from oscine.evals import report
from oscine.evals.run import SUITES, run


def test_a_suite_leaves_its_report(app: App, tmp_path: Path) -> None:
    app.settings.data = tmp_path
    made = run(app, "plain")
    assert list(report.history(tmp_path)) == [made]
    assert made.measures[0].name.startswith("understood as meant: all") and made.measures[0].n > 100


def test_what_cannot_be_run(app: App) -> None:
    with pytest.raises(InputError, match=r"There is no suite 'x'\. There are .*attack"):
        run(app, "x")
    with pytest.raises(InputError, match="The sample is -1"):
        run(app, next(iter(SUITES)), sample=-1)
