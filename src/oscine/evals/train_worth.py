"""Fits when posts hold enough for an answer, `ask/weights.json`: logistic regressions over what is known of each post found.

    python -m oscine.evals.train_worth [--write]

TweetQA questions that the reader was not trained on, every second of them; the others are for `oscine eval ask`. A question counts twice: as it is,
and with its post left out. The bias is set so that as many answerable questions are answered as unanswerable ones are refused.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine import text
from oscine.app import App, from_environment
from oscine.ask import ask, worth
from oscine.evals import sets
from oscine.evals.network import network
from oscine.records import ANONYMOUS

RIDGE, STEPS = 0.01, 60


class Page(NamedTuple):
    """What was found for a question: for each post what is known of it, and whether it is the right one."""

    facts: list[dict[str, float]]
    right: list[bool]


def pages(app: App, line: sets.Line) -> list[Page]:
    """The page as it is and, where the right post is on it, as it is without."""
    view, question = app.view(ANONYMOUS), str(line["question"])
    found, _ = app.search.find(view, ask.searchable(question), ask.CONSIDERED, datetime.now(UTC), plainly=True)
    lang, rarity = text.language(question), ask.rarity(view, question, text.language(question))
    assert app.reader
    readings = app.reader.read(question, [worth.readable(item.seen) for item in found])
    right = [item.seen.post.id == line["post_id"] for item in found]
    kept = [i for i, is_it in enumerate(right) if not is_it]
    whole = Page(worth.features(question, lang, found, rarity, readings), right)
    without = worth.features(question, lang, [found[i] for i in kept], rarity, [readings[i] for i in kept])
    return [whole, Page(without, [False] * len(kept))]


def fit(given: Sequence[Page], names: Sequence[str]) -> dict[str, float]:
    """The weights of a logistic regression (iteratively reweighted least squares), its bias balanced."""
    rows = _rows(given, names)
    labels = np.array([right for page in given for right in page.right], float)
    scale = rows.std(axis=0)
    scale[0] = 1.0
    weights = np.zeros(len(names))
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-(rows / scale) @ weights))
        gradient = (rows / scale).T @ (likely - labels) + RIDGE * weights
        curvature = ((rows / scale) * (likely * (1 - likely))[:, None]).T @ (rows / scale) + RIDGE * np.eye(len(names))
        weights = weights - np.linalg.solve(curvature, gradient)
    found = dict(zip(names, (weights / scale).tolist(), strict=True))
    found["bias"] -= _balanced(given, names, np.array(list(found.values())))
    return {name: round(value, 3) for name, value in found.items()}


def _rows(given: Sequence[Page], names: Sequence[str]) -> NDArray[np.float64]:
    return np.array([[fact.get(name, worth.TYPICAL_NEAR) for name in names] for page in given for fact in page.facts])


def _balanced(given: Sequence[Page], names: Sequence[str], weights: NDArray[np.float64]) -> float:
    """The score from which to answer: as large a share of the answerable lies above as of the unanswerable below."""
    best = [(_rows([page], names) @ weights).max() if page.facts else -np.inf for page in given]
    answerable = np.array([top for top, page in zip(best, given, strict=True) if any(page.right)])
    unanswerable = np.array([top for top, page in zip(best[1::2], given[1::2], strict=True)])
    return float(min(np.sort(answerable), key=lambda at: abs((answerable > at).mean() - (unanswerable <= at).mean())))


def main() -> None:
    """Fit every set of weights, print them, and with `--write` put them in their file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    with from_environment() as host, network(host, sets.tweets(), keep=host.settings.data / "evals" / "networks" / "tweetqa") as app:
        given = [page for line in sets.questions(fit=True) for page in pages(app, line)]
    fitted = {name: fit(given, list(weights)) for name, weights in worth.WEIGHTS.items()}
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(weights)}" for name, weights in fitted.items())
    print(f"{{\n{rows}\n}}")
    if chosen.write:
        Path(str(resources.files("oscine.ask").joinpath("weights.json"))).write_text(f"{{\n{rows}\n}}\n")


if __name__ == "__main__":
    main()
