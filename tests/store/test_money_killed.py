"""Processes of their own. Eight spend one small budget. Those that serve, and the database, are killed at random moments, and every event is told again, twice:
nothing that was confirmed is lost, and nothing is counted or charged again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from oscine.store.postgres import Database, open_database

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.crashing import crash
from benchmarks.spending import OURS, ordered, spend


def test_eight_processes_spend_one_small_budget_and_no_more(database: Database) -> None:
    found = spend(database, OURS, processes=8, budget=60_000)
    assert 0.97 * found.budget <= found.charged <= found.budget and found.milliseconds


def test_whatever_is_killed_and_told_again(folder: Path) -> None:
    database = open_database(folder)
    found = crash(database, folder, [ordered(database, 30_000), ordered(database, 10**9, "clicks")], rounds=3)
    database.close()
    assert (found.processes, found.databases) == (6, 1) and found.events
    assert (found.lost, found.changed, found.over, found.faults) == (0, 0, 0, [])
