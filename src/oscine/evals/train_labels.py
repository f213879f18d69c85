"""Trains what labels texts, `engines/labels.npz`; its card is `engines/labels.md`. Needs the extra `train`.

    python -m oscine.evals.train_labels --data FOLDER [--steps 2400] [--out FILE]

FOLDER holds the sets that `evals/label_sets.py` names. A seventh of every set is held back: probabilities are fitted and thresholds chosen on it, by the
very graph that serves. TweetEval's validation parts, and HateCheck, are for judging alone (`oscine eval labels`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oscine.engines import adapters, e5, e5_graph, ngrams
from oscine.engines.labels import LABELS, LAYERS, E5Labels, pieces
from oscine.evals import label_sets, training
from oscine.evals.label_sets import Judged
from oscine.model import labels
from oscine.model import ngrams as model_ngrams
from oscine.model.fit import Log
from oscine.model.labels import Config, Text

PRECISION = 0.9  # of what a label is said of, on held texts, at its threshold
LOWEST, HIGHEST = 0.5, 0.99  # a threshold is between
WHOLE, MANY = 0.5, 150  # what a text counts that somebody judged by the very notion of its label; so many of them are enough to go by them alone
UNTRUSTED = ("generated",)  # whose one set is too unlike posts to choose a threshold by: bots of 2020
NEVER = -20.0  # as log-odds
ENOUGH = 20  # texts above a threshold, below which its precision is not believed
SPARED = 0.995  # of the texts that are supposed not to be so, the share that no threshold may touch

Arrays = dict[str, NDArray[Any]]


def read(texts: Sequence[Judged]) -> list[Text]:
    """Texts as they are learned from: their first 64 tokens, and the n-grams of these."""
    weights, tokenizer = e5_graph.Weights(e5.find_weights()), e5.tokenizer()
    made = [(pieces(tokenizer, each.text.encode("utf-8", "replace").decode(), weights.bos, weights.eos), each) for each in texts]
    return [Text(found[0].ids, ngrams.places(found[0].text), each.said, each.counts) for found, each in made if found]


def fitted(scores: NDArray[np.float64], said: NDArray[np.float32], counts: NDArray[np.float32], log: Log) -> Arrays:
    """For each label its plane (8, 3), and the least threshold (8) at which nine in ten of what it is said of are so, and what is not is spared."""
    planes, thresholds = np.zeros((len(LABELS), 3)), np.full(len(LABELS), HIGHEST)
    for place, label in enumerate(LABELS):
        known = ~np.isnan(said[:, place])
        if not (said[known, place] == 1).any():  # nothing to learn it from: it is never said
            planes[place, 2] = NEVER
            continue
        judged = known & (counts[:, place] >= WHOLE)
        rows = judged if judged.sum() >= MANY and (said[judged, place] == 0).any() else known
        planes[place] = labels.platt(scores[rows, place], said[rows, place], counts[rows, place])
        chance = _chance(scores[:, place], planes[place])
        quiet = known & ~judged & (said[:, place] == 0)
        spared = np.quantile(chance[quiet], SPARED) if quiet.any() else 0.0
        if label not in UNTRUSTED:
            found = threshold(chance[rows], said[rows, place], counts[rows, place])
            thresholds[place] = max(found, min(HIGHEST, np.ceil(100 * spared) / 100))
        log(f"{label}: {rows.sum():,} held texts, {told(said[rows, place], chance[rows] >= thresholds[place])} from {thresholds[place]:.2f} on")
    return {"platt": planes.astype(np.float32), "thresholds": thresholds.astype(np.float32)}


def _chance(scores: NDArray[np.float64], plane: NDArray[np.float64]) -> NDArray[np.float64]:
    chance: NDArray[np.float64] = 1 / (1 + np.exp(-(scores @ plane[:-1] + plane[-1])))
    return chance


def told(said: NDArray[np.float64], above: NDArray[np.bool_]) -> str:
    """How often a label is said of texts, and how rightly."""
    right = said[above].sum()
    return f"said of {above.sum():,}, {right / max(1, above.sum()):.0%} of them rightly, {right / max(1, said.sum()):.0%} of all that are so"


def threshold(chance: NDArray[np.float64], said: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    """The least from which on nine in ten are right, and at every higher one with enough texts too."""
    best = HIGHEST
    for least in np.arange(HIGHEST, LOWEST - 0.005, -0.01):
        above = chance >= least
        if above.sum() >= ENOUGH and np.average(said[above], weights=counts[above]) < PRECISION:
            break
        best = float(least) if above.sum() >= ENOUGH else best
    return round(best, 2)


def trained(data: Path, config: Config, folder: Path, log: Log) -> Arrays:
    """All that `labels.npz` holds."""
    judged = list(label_sets.learned(data))
    texts = read([each for each in judged if not each.held])
    log(f"{len(texts):,} texts to learn from: " + ", ".join(f"{name} {sum(each.source == name for each in judged):,}" for name in label_sets.SETS))
    made: Arrays = dict(labels.train(training.pretrained(e5_graph.Weights(e5.find_weights())), texts, config, log).adapter())
    return calibrated(made | beside(texts), [each for each in judged if each.held], folder, log)


def beside(texts: Sequence[Text]) -> Arrays:
    """What n-grams say."""
    said, counts = (np.stack([getattr(text, name) for text in texts]) for name in ("said", "counts"))
    found = model_ngrams.train([text.places for text in texts], said, counts, 2**ngrams.BITS)
    return {"ngrams": found.table, "ngrams.scale": found.scale}


def calibrated(made: Arrays, held: Sequence[Judged], folder: Path, log: Log) -> Arrays:
    """With what makes probabilities and decisions of scores, by held texts and the very graph that serves."""
    unfitted: Arrays = {"platt": np.zeros((len(LABELS), 3)), "thresholds": np.ones(len(LABELS))}
    judge = E5Labels(folder, trained=adapters.Adapter(made | unfitted, "unfitted"))
    read = [(judge.pieces(each.text), each) for each in held]
    first = [(found[0], each) for found, each in read if found]
    said, counts = (np.stack([getattr(each, name) for _, each in first]) for name in ("said", "counts"))
    return made | fitted(judge.scores([piece for piece, _ in first]), said, counts, log)


def main() -> None:
    """Read, train, fit, write."""
    chosen = training.arguments(__doc__ or "", "labels", steps=labels.AS_SHIPPED.steps)
    config = Config(layers=LAYERS, schedule=replace(labels.AS_SHIPPED, steps=chosen.steps))
    with tempfile.TemporaryDirectory() as folder:
        training.write(trained(chosen.data, config, Path(folder), lambda line: print(line, flush=True)), chosen.out)


if __name__ == "__main__":
    main()
