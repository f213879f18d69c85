"""**Predicted click rates** (a part of `benchmarks.learning`), a network at a time: 40 campaigns that start within four weeks and run two to four, in three
placements and two languages.

- The logit is -4, the campaign's (deviation .5, and .3 more that forgets half in 7 days), the placement's (.4), the language's (.2), the campaign's in the
  placement (.15) and a daily wave (.15).
- Each campaign has four impressions an hour on average in each placement and language, in a daily wave. Each hour is predicted, then learned.

Calibration error: the impressions in 15 bins of equal size by prediction; the mean over the bins of |mean predicted - share clicked|. Relative: clicks
predicted over clicks, in all and by tenths. *Held*: how often the true rate is within 1.96 spreads. *Told*: by how much less the log loss is than that of
the network's one true mean rate, as a share of what it would be by the true rates. Peers: one rate for all, as seen so far; each
campaign's own so far, (clicks + 1) / (shown + 100).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.ads.decision.place import Place
from oscine.ads.decision.rates import Rates, Table

Floats = NDArray[np.float64]
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
BASE, FORGETS = -4.0, 7.0  # logit; days in which half of a campaign's drift is forgotten
CAMPAIGNS, WEEKS, HOURLY, BINS = 40, 8, 4.0, 15
PLACES = [(placement, lang) for placement in ("feed", "search", "thread") for lang in ("de", "en")]


def drifting(rng: np.random.Generator, steps: int, each: float, size: int, deviation: float, forgets: float) -> Floats:
    """(steps, size) of Ornstein-Uhlenbeck processes, `each` days a step."""
    keeps = 0.5 ** (each / forgets)
    noise = rng.normal(0, deviation, (steps, size))
    for step in range(1, steps):
        noise[step] = keeps * noise[step - 1] + (1 - keeps**2) ** 0.5 * noise[step]
    return noise


def sigmoid(logits: Floats) -> Floats:
    """Logits as rates."""
    return 1 / (1 + np.exp(-logits))


class Seen(NamedTuple):
    """Of each hour, place and campaign with impressions: how many, clicks, the true rate, our mean and spread, and what the peers say."""

    shown: Floats
    clicked: Floats
    truth: Floats
    ours: Floats
    spread: Floats
    one: Floats
    each: Floats


def network(rng: np.random.Generator) -> Seen:
    """A network's weeks, predicted hour by hour."""
    hours = WEEKS * 168
    start = rng.integers(0, 4 * 168, CAMPAIGNS)
    end = start + rng.integers(2 * 168, 4 * 168, CAMPAIGNS)
    taste = rng.normal(0, 0.5, CAMPAIGNS) + drifting(rng, hours, 1 / 24, CAMPAIGNS, 0.3, FORGETS)
    placement, lang = {name: rng.normal(0, 0.4) for name, _ in PLACES}, {name: rng.normal(0, 0.2) for _, name in PLACES}
    match = {name: rng.normal(0, 0.15, CAMPAIGNS) for name, _ in PLACES}
    learner, kept, sums = Rates(), [], np.zeros((2, CAMPAIGNS))
    for hour in range(hours):
        at, wave = MONDAY + timedelta(hours=hour), np.sin(hour / 24 * 2 * np.pi)
        running, news = (start <= hour) & (hour < end), np.zeros((2, CAMPAIGNS))
        table = Table(learner, range(CAMPAIGNS))
        for where, spoken in PLACES:
            place = Place(where, at, lang=spoken)
            shown = rng.poisson(HOURLY * (1 - 0.7 * wave) * running)
            truth = sigmoid(BASE + taste[hour] + placement[where] + lang[spoken] + match[where] + 0.15 * wave)
            clicked, predicted = rng.binomial(shown, truth), table.at(place)
            alone, whole = (sums[1] + 1) / (sums[0] + 100), np.full(CAMPAIGNS, (sums[1].sum() + 1) / (sums[0].sum() + 100))
            kept.append(np.array([shown, clicked, truth, *predicted, whole, alone])[:, shown > 0])
            news += shown, clicked
            for row in np.flatnonzero(shown):
                learner.learn(int(row), place, float(shown[row]), float(clicked[row]))
        sums += news
    return Seen(*np.concatenate(kept, axis=1))


def bins(predicted: Floats, seen: Seen, number: int) -> tuple[Floats, Floats, Floats]:
    """By prediction, in `number` bins of equally many impressions: the impressions, the clicks predicted, the clicks."""
    order = np.argsort(predicted, kind="stable")
    upto = np.cumsum(seen.shown[order])
    where = np.minimum((upto - 1) * number // upto[-1], number - 1).astype(int)
    sums = (np.bincount(where, values[order], number) for values in (seen.shown, seen.shown * predicted, seen.clicked))
    shown, foretold, clicked = sums
    return shown, foretold, clicked


def calibration_error(predicted: Floats, seen: Seen) -> float:
    """The mean of |predicted - clicked| over bins of equally many impressions."""
    shown, foretold, clicked = bins(predicted, seen, BINS)
    return float(abs(foretold - clicked).sum() / shown.sum())


def loss(predicted: Floats, seen: Seen) -> float:
    """Log loss an impression."""
    told = seen.clicked * np.log(predicted) + (seen.shown - seen.clicked) * np.log1p(-predicted)
    return float(-told.sum() / seen.shown.sum())


def predictions(networks: int) -> Iterator[str]:
    """The table of calibration."""
    all_ = [network(np.random.default_rng(seed)) for seed in range(networks)]
    shown, clicked = (sum(getattr(seen, name).sum() for seen in all_) for name in ("shown", "clicked"))
    yield f"\nPredicted click rates, {networks} networks, {shown:,.0f} impressions, {clicked:,.0f} clicks; mean (worst network)\n"
    yield "| rates by | calibration error | predicted / clicked | by tenths, least to most | held | told |\n| --- | --- | --- | --- | --- | --- |"
    for name, of in (("ours", "ours"), ("*one rate for all*", "one"), ("*each campaign's own*", "each"), ("the truth", "truth")):
        yield f"| {name} | {' | '.join(_told(all_, of))} |"


def _told(all_: Sequence[Seen], of: str) -> Iterator[str]:
    """The cells of a predictor."""
    errors = [calibration_error(getattr(seen, of), seen) for seen in all_]
    yield f"{np.mean(errors):.4f} ({max(errors):.4f})"
    ratios = [(seen.shown * getattr(seen, of)).sum() / seen.clicked.sum() for seen in all_]
    yield f"{np.mean(ratios):.3f} ({max(ratios, key=lambda one: abs(one - 1)):.3f})"
    tenths = np.sum([bins(getattr(seen, of), seen, 10)[1:] for seen in all_], axis=0)
    ratio = tenths[0] / tenths[1]
    yield f"{ratio.min():.2f} to {ratio.max():.2f}"
    held = [np.average(abs(seen.ours - seen.truth) < 1.96 * seen.spread, weights=seen.shown) for seen in all_]
    yield f"{np.mean(held):.0%}" if of == "ours" else ""
    told = []
    for seen in all_:
        mean = loss(np.full(len(seen.truth), np.average(seen.truth, weights=seen.shown)), seen)
        told.append((mean - loss(getattr(seen, of), seen)) / (mean - loss(seen.truth, seen)))
    yield f"{np.mean(told):.0%}"
