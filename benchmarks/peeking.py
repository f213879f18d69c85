"""What looking every day costs: false alarms and power of tests that look once, of such tests looked at daily, and of those made for it.

python -m benchmarks.peeking [--tests 1000]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import numpy as np

from oscine.experiments import fixed, sequential
from oscine.experiments.fixed import Counts

RATE, DAYS, SHARE = 0.02, 28, 0.5
LIFTS = (0.0, 0.1, 0.2)
ALPHA = 0.05

Looks = list[tuple[Counts, Counts]]
Alarm = Callable[[Counts, Counts, float], bool]
ALARMS: dict[str, Alarm] = {
    "z test, every day": lambda one, other, share: fixed.p_value(one, other) <= ALPHA,
    "mixture SPRT, every day": lambda one, other, share: sequential.p_value(one, other) <= ALPHA,
    "exact mixture, every day": lambda one, other, share: sequential.exact_p_value(one, other, share) <= ALPHA,
}


def test(rng: np.random.Generator, units: int, looks: int, rate: float, lift: float, share: float) -> Looks:
    """Counts of both arms at each look, with `units` in all between two of them, each put into the first arm with probability `share`."""
    first = rng.binomial(units, share, looks)
    arms = [
        (np.cumsum(rng.binomial(size, chance)), np.cumsum(size)) for size, chance in ((first, rate * (1 + lift)), (units - first, rate))
    ]
    (wins, sizes), (others, held) = arms
    return [
        (Counts(*map(int, one)), Counts(*map(int, other)))
        for one, other in zip(zip(wins, sizes, strict=True), zip(others, held, strict=True), strict=True)
    ]


def stopped(looks: Looks, alarm: Alarm, share: float) -> int | None:
    """The first look at which the alarm sounds, from 1."""
    return next((number for number, (one, other) in enumerate(looks, 1) if alarm(one, other, share)), None)


def rows(tests: int, seed: int = 0, share: float = SHARE) -> Iterator[tuple[str, list[float], list[float]]]:
    """For each way of looking: the share of tests that it stops, and the mean day of those, by lift."""
    rng = np.random.default_rng(seed)
    units = 2 * fixed.needed(RATE, LIFTS[1]) // DAYS
    ran = [[test(rng, units, DAYS, RATE, lift, share) for _ in range(tests)] for lift in LIFTS]
    yield (
        "z test, once, on the last day",
        *_shares([[1 if ALARMS["z test, every day"](*looks[-1], share) else None for looks in group] for group in ran], DAYS),
    )
    for name, alarm in ALARMS.items():
        yield (name, *_shares([[stopped(looks, alarm, share) for looks in group] for group in ran], 1))


def _shares(ends: list[list[int | None]], days: int) -> tuple[list[float], list[float]]:
    found = [[end for end in group if end] for group in ends]
    return [len(few) / len(group) for few, group in zip(found, ends, strict=True)], [
        days * float(np.mean(few)) if few else float("nan") for few in found
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peeking")
    parser.add_argument("--tests", type=int, default=1000)
    parser.add_argument("--share", type=float, default=SHARE, help="of units in the first arm")
    asked = parser.parse_args()
    print(f"{asked.tests} tests each, rate {RATE:.0%}, {DAYS} days, {2 * fixed.needed(RATE, LIFTS[1]):,} units in all\n")
    print(
        f"| looked at | {' | '.join('false alarms' if not lift else f'finds +{lift:.0%} (mean day)' for lift in LIFTS)} |\n| --- | --- | --- | --- |"
    )
    for name, shares, days in rows(asked.tests, share=asked.share):
        cells = [f"{share:.1%}" + (f" ({day:.0f})" if lift else "") for share, day, lift in zip(shares, days, LIFTS, strict=True)]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
