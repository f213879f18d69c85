"""How near `oscine train plan` comes to published runs, each judged by constants that were fitted without it.

python -m benchmarks.plan [--rows]

Three constants are fitted by least squares on the logarithm of a step's seconds, every published table with the same weight however many rows
it has. A run is judged by the constants of all others; a table, harder, by those of all other tables.
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from oscine.model.plan.cost import Fitted, step
from oscine.model.plan.published import Run, runs

Numbers = NDArray[np.float64]
NEAR = 0.15
START, STEPS, NUDGE = Fitted(0.8, 100.0, 0.5), 8, 1e-4


def predicted(constants: Numbers, of: Sequence[Run]) -> Numbers:
    """Seconds of a step of each run; constants are logarithms."""
    fitted = Fitted(*np.exp(constants))
    return np.array([step(run.shape, run.layout, run.recipe, run.gpu, run.network, fitted).total for run in of])


def slopes(of: Sequence[Run], constants: Numbers) -> Numbers:
    """How the logarithm of each run's seconds moves with each constant's."""
    now = np.log(predicted(constants, of))
    return np.stack([(np.log(predicted(constants + NUDGE * axis, of)) - now) / NUDGE for axis in np.eye(len(constants))], axis=1)


def nearer(of: Sequence[Run], constants: Numbers, moves: Numbers) -> Numbers:
    """A step of Gauss and Newton towards the constants that are nearest to these runs, each table with the same weight."""
    tables = Counter(run.table for run in of)
    weights = np.array([tables[run.table] ** -0.5 for run in of])
    off = np.log(predicted(constants, of)) - np.log([run.seconds for run in of])
    step: Numbers = np.linalg.lstsq(moves * weights[:, None], off * weights, rcond=None)[0]
    return constants - np.clip(step, -0.5, 0.5)


def fit(of: Sequence[Run]) -> Numbers:
    """The logarithms of the constants that are nearest to these runs."""
    constants = np.log(astuple(START))
    for _ in range(STEPS):
        constants = nearer(of, constants, slopes(of, constants))
    return constants


def errors(of: Sequence[Run], constants: Numbers) -> Numbers:
    """Predicted over measured, less one."""
    return predicted(constants, of) / np.array([run.seconds for run in of]) - 1


def without_each(of: list[Run], whole: Numbers) -> Numbers:
    """The error on each run of the constants of all others."""
    moves, found = slopes(of, whole), []
    for i, run in enumerate(of):
        others, constants = [*of[:i], *of[i + 1 :]], whole
        for _ in range(3):  # one run less moves them little, so the slopes stay
            constants = nearer(others, constants, np.delete(moves, i, axis=0))
        found.append(errors([run], constants)[0])
    return np.array(found)


def without_table(of: list[Run]) -> Numbers:
    """The error on each run of the constants of all other tables."""
    found = {table: fit([run for run in of if run.table != table]) for table in {run.table for run in of}}
    return np.array([errors([run], found[run.table])[0] for run in of])


def summary(of: list[Run], alone: Numbers, apart: Numbers) -> str:
    """A line a table: its runs, and how many come near."""
    rows = ["| published table | runs | GPUs | within 15%, run left out | table left out | worst, run left out | mean |",
            "| --- | --: | --- | --: | --: | --: | --: |"]  # fmt: skip
    for table, group in itertools.groupby(range(len(of)), lambda i: of[i].table):
        at = list(group)
        gpus = [of[i].layout.gpus for i in at]
        worst = max((alone[i] for i in at), key=abs)
        span = f"{min(gpus):,} to {max(gpus):,}" if min(gpus) < max(gpus) else f"{gpus[0]:,}"
        rows.append(
            f"| {table} | {len(at)} | {span} | {_near(alone[at])} | {_near(apart[at])} | {worst:+.1%} | {np.mean(alone[at]):+.1%} |"
        )
    rows.append(f"| all | {len(of)} | | {_near(alone)} | {_near(apart)} | {max(alone, key=abs):+.1%} | {np.mean(alone):+.1%} |")
    return "\n".join(rows)


def each(of: list[Run], alone: Numbers, apart: Numbers) -> str:
    """A line a run."""
    rows = ["| run | GPUs | layout | measured | run left out | table left out |", "| --- | --: | --- | --: | --: | --: |"]
    for run, one, other in zip(of, alone, apart, strict=True):
        shared = f"{run.layout.data} data × {run.layout.tensor} tensor × {run.layout.pipeline} pipeline, {run.recipe.recompute}"
        rows.append(f"| {run.model}, {run.table} | {run.layout.gpus:,} | {shared} | {run.seconds:.2f} s | {one:+.1%} | {other:+.1%} |")
    return "\n".join(rows)


def _near(found: Numbers) -> int:
    return int((np.abs(found) <= NEAR).sum())


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", action="store_true", help="a line for each run too")
    wanted = parser.parse_args()
    of = runs()
    whole = fit(of)
    alone, apart = without_each(of, whole), without_table(of)
    print(summary(of, alone, apart))
    print("\nfitted on all: products {:.3f}, passes {:.1f}, unhidden {:.3f}".format(*np.exp(whole)))
    if wanted.rows:
        print("\n" + each(of, alone, apart))


if __name__ == "__main__":
    main()
