"""How often does the reward tell which headline won? Cross-validated on Upworthy's tests, beside three simpler ways in the same run.

    python -m oscine.evals.rewards --data FOLDER [--folds 5] [--seeds 3] [--json FILE]

FOLDER holds `upworthy/tests.jsonl.gz` (Matias et al. 2021, "The Upworthy Research Archive"). Pairs are of one test and image. Tests that share a text
are in one fold, so that no headline is judged by what learned from it. Judged are pairs with |z| > 1.96, and the probabilities on all pairs.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import tempfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.engines.e5 import E5Embedder
from oscine.engines.reward import Layers
from oscine.evals import metrics
from oscine.evals.headlines import Numbers, Pairs, Trials, pairs, trials
from oscine.model.reward import Calibration, Config, calibrate, fit, odds
from oscine.teach.pairs import SIGNIFICANT

BUCKETS = 1 << 12  # of hashed words
BINS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9, 1.0)
ROUNDS = 2_000  # of a bootstrap
SHIPPED = Config()
WORDS, FROZEN = replace(SHIPPED, head=1 / 500), replace(SHIPPED, head=1 / 5)

Floats = NDArray[np.float64]


class Foretold(NamedTuple):
    """Differences of scores, and the sums of both posteriors' variances, a pair a place."""

    means: Floats
    variances: Floats


def standard(means: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What to take from features, and what to multiply them by, for a mean of nothing, equal variances and a mean squared length of 1."""
    return means.mean(0).astype(np.float32), (1 / (means.std(0) + 1e-6) / np.sqrt(means.shape[1])).astype(np.float32)


def folded(given: Trials, folds: int, seed: int) -> Numbers:
    """Each arm's fold: whole stories by chance."""
    return np.random.default_rng(seed).permutation(int(given.stories.max()) + 1)[given.stories] % folds


def crossed(features: NDArray[Any], given: Trials, judged: Pairs, parts: Numbers, config: Config) -> Foretold:
    """Each pair foretold by a head that learned from the other folds."""
    found = Foretold(np.zeros(len(judged.z)), np.zeros(len(judged.z)))
    for part in np.unique(parts):
        heads = fit(given.arms(features, parts != part), config)
        here = parts[judged.won] == part
        won, lost = (features[given.text[side[here]]] @ heads.T for side in judged[:2])
        found.means[here] = (won - lost)[:, 0]
        found.variances[here] = sum(((side[:, 1:] - side[:, :1]) ** 2).mean(1) for side in (won, lost))
    return found


def chances(foretold: Foretold, calibration: Calibration, beside: Floats | float = 0.0) -> Floats:
    """The probability that the first of each pair is the better, or, with variances of chance `beside`, that it is seen to be."""
    wide = np.sqrt(2 * calibration.rest**2 + calibration.draws * foretold.variances + beside)
    return np.array([_normal(value) for value in calibration.gain * foretold.means / wide])


def _normal(value: float) -> float:
    return 0.5 * (1 + math.erf(value / math.sqrt(2)))


class Seen(NamedTuple):
    """Differences of log-odds as measured, first minus second, and their variances by chance."""

    means: Floats
    variances: Floats


def seen(given: Trials, judged: Pairs) -> Seen:
    """What was measured of each pair."""
    measured, chance = odds(given.impressions, given.clicks)
    return Seen(measured[judged.won] - measured[judged.lost], chance[judged.won] + chance[judged.lost])


def calibrated(foretold: Foretold, measured: Seen, chosen: NDArray[Any]) -> Calibration:
    """Fitted on the pairs chosen."""
    return calibrate(foretold.means[chosen], foretold.variances[chosen], measured.means[chosen], measured.variances[chosen])


def crossed_chances(foretold: Foretold, measured: Seen, parts: Numbers, with_chance: bool) -> Floats:
    """Probabilities whose calibration was fitted on the other folds."""
    found = np.zeros(len(parts))
    for part in np.unique(parts):
        calibration = calibrated(foretold, measured, parts != part)
        told = chances(foretold, calibration, measured.variances if with_chance else 0.0)
        found[parts == part] = told[parts == part]
    return found


class Bin(NamedTuple):
    """Pairs that were foretold about alike: how many, and the means of what was foretold, of that with chance, and of what was seen."""

    low: float
    high: float
    pairs: int
    foretold: float
    with_chance: float
    seen: float


def reliability(sure: Floats, with_chance: Floats) -> list[Bin]:
    """Of each bin of confidence, how often the one foretold to win did; both are probabilities of the one that did."""
    right, rows = sure > 0.5, list[Bin]()
    confident, chancy = np.maximum(sure, 1 - sure), np.maximum(with_chance, 1 - with_chance)
    for low, high in pairwise(BINS):
        inside = (confident >= low) & (confident < high + (high == 1))
        if n := int(inside.sum()):
            rows.append(Bin(low, high, n, *(float(values[inside].mean()) for values in (confident, chancy, right))))
    return rows


def by_story(right: Floats, stories: Numbers) -> metrics.Interval:
    """The share that is right, and its interval by a bootstrap that draws whole stories: their pairs are not independent."""
    _, place = np.unique(stories, return_inverse=True)
    hits, counts = np.bincount(place, right), np.bincount(place)
    chooser = np.random.default_rng(metrics.SEED)
    drawn = [chooser.integers(0, len(counts), len(counts)) for _ in range(ROUNDS)]
    low, high = np.percentile([hits[each].sum() / counts[each].sum() for each in drawn], [2.5, 97.5])
    return metrics.Interval(float(right.mean()), float(low), float(high))


def words(texts: Sequence[str]) -> NDArray[np.float32]:
    """TF-IDF of words and pairs of words, hashed, as vectors of length 1."""
    found = np.zeros((len(texts), BUCKETS), np.float32)
    for row, text in zip(found, texts, strict=True):
        single = re.findall(r"[a-z0-9']+|[^\w\s]", text.lower())
        for word, count in Counter([*single, *(f"{one} {other}" for one, other in pairwise(single))]).items():
            row[zlib.crc32(word.encode()) % BUCKETS] += 1 + math.log(count)
    found *= np.log(len(texts) / (1 + (found > 0).sum(0)))
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    return found


class Way(NamedTuple):
    """Features (texts, width) to foretell from, and how a head learns from them; the variances of both baselines' heads did best here."""

    features: NDArray[Any]
    config: Config = SHIPPED


def ways(given: Trials) -> dict[str, Way]:
    """The ways that are compared, by name; the reward's features are standardised over all headlines, whatever their outcomes."""
    lengths = np.array([[len(text)] for text in given.texts], np.float32)
    with tempfile.TemporaryDirectory() as folder:
        frozen = E5Embedder(Path(folder)).embed_passages(given.texts)
        views = Layers(Path(folder)).views(given.texts)
    centre, scale = standard(views)
    return {
        "the longer (characters)": Way(lengths / lengths.std()),
        "TF-IDF, ridge": Way(words(given.texts), WORDS),
        "frozen e5 vectors, ridge": Way(frozen, FROZEN),
        "the reward": Way((views - centre) * scale),
    }


def report(given: Trials, folds: int, seeds: int) -> dict[str, Any]:
    """All figures of a run."""
    judged, shares, tables, found = pairs(given), list[dict[str, Any]](), list[list[Bin]](), ways(given)
    significant, measured, stories = judged.z > SIGNIFICANT, seen(given, judged), given.stories[judged.won]
    for seed in range(seeds):
        parts = folded(given, folds, seed)
        for name, way in found.items():
            foretold = crossed(way.features, given, judged, parts, way.config)
            shares.append({"seed": seed, "way": name} | share(halved(foretold.means[significant]), stories[significant]))
            print(json.dumps(shares[-1]), flush=True)
        tables.append(reliability(*(crossed_chances(foretold, measured, parts[judged.won], noisy) for noisy in (False, True))))
    return {"arms": len(given.text), "pairs": len(judged.z), "significant": int(significant.sum()), "folds": folds, "accuracy": shares,
            "reliability": [[row._asdict() for row in table] for table in tables]}  # fmt: skip


def halved(differences: Floats) -> Floats:
    """1 for what is right, 0 for what is wrong, a half for what could not be told."""
    return (np.sign(differences) + 1) / 2


def share(right: Floats, stories: Numbers) -> dict[str, Any]:
    """The share that is right, with its interval by Wilson and that of whole stories."""
    return {
        "right": float(right.mean()),
        "wilson": metrics.wilson(round(right.sum()), len(right))[1:],
        "by_story": by_story(right, stories)[1:],
    }


def main() -> None:
    """Print the figures, and write them where a file is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="file for all figures")
    chosen = parser.parse_args()
    found = report(trials(chosen.data), chosen.folds, chosen.seeds)
    for row in found["reliability"][0]:
        print(json.dumps(row))
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
