"""How likely does a post hold the answer? Pure: what was found and what was read in it are given.

A reader, where there is one, tells most; beside it counts how much of the question a post holds (rare words more) and how near it is in
meaning. The weights stand in `weights.json`, a set for what is known: read posts, vectors, or words alone; `python -m oscine.evals.train_worth`
fits them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from importlib import resources
from statistics import median
from typing import NamedTuple

from oscine import text
from oscine.engines.reader import Reading
from oscine.safety.injection import byline, cleaned
from oscine.search.search import Found
from oscine.view import SeenPost

FITTED_ON = 12  # posts found for each question that the weights were fitted on
TYPICAL_NEAR, TYPICAL_COVERAGE = 0.84, 0.3  # what those were like
WEIGHTS: dict[str, dict[str, float]] = json.loads(resources.files("oscine.ask").joinpath("weights.json").read_bytes())


class Judged(NamedTuple):
    """A post, how likely it is to hold the answer, how much of the question's words it holds (both from 0 to 1), and what was read in it."""

    found: Found
    worth: float
    coverage: float
    reading: Reading | None = None


def readable(seen: SeenPost) -> str:
    """A post as the reader reads it, as it was trained to: who wrote it, when, and what; what tries to steer a machine left out."""
    name = byline(seen.author.name) or byline(seen.author.handle)
    return f"{name} @{byline(seen.author.handle)}, {seen.post.created_at:%Y-%m-%d}: {cleaned(seen.post.text)}"


def judge(question: str, lang: str | None, found: Sequence[Found], rarity: Mapping[str, float], readings: Sequence[Reading] = ()) -> list[Judged]:
    """Each post judged, in the order of `found`; `rarity` weighs the question's stems; `readings`, if any, are one a post."""
    facts = features(question, lang, found, rarity, readings)
    read: Sequence[Reading | None] = readings or [None] * len(found)
    return [Judged(item, _worth(fact), fact["coverage"], reading) for item, fact, reading in zip(found, facts, read, strict=True)]


def features(question: str, lang: str | None, found: Sequence[Found], rarity: Mapping[str, float],
             readings: Sequence[Reading]) -> list[dict[str, float]]:  # fmt: skip
    """What is known of each post, by the names that `weights.json` uses."""
    wanted = {token.stem: rarity.get(token.stem, 1.0) for token in text.content_words(question, lang)}
    coverage = [_coverage(wanted, item.seen, lang) for item in found]
    near = [item.near for item in found if item.near is not None]
    typical_near = median([*near, *[TYPICAL_NEAR] * (FITTED_ON - len(near))])  # where fewer are found, the best is not to be its own measure
    typical_coverage = median([*coverage, *[TYPICAL_COVERAGE] * (FITTED_ON - len(coverage))])
    facts = []
    for place, item in enumerate(found):
        fact = {"bias": 1.0, "coverage": coverage[place], "typical_coverage": typical_coverage}
        if item.near is not None:
            fact |= {"near": item.near, "typical_near": typical_near}
        if readings:
            fact |= {"answers": readings[place].answers, "sure": readings[place].sure}
        facts.append(fact)
    return facts


def _coverage(wanted: Mapping[str, float], seen: SeenPost, lang: str | None) -> float:
    """The share of the question's words that a post or its author's name holds, rare words counting more."""
    held = {token.stem for token in text.tokens(f"{byline(seen.author.name)} @{seen.author.handle} {cleaned(seen.post.text)}", lang)}
    total = sum(wanted.values())
    return sum(weight for stem, weight in wanted.items() if stem in held) / total if total else 0.0


def _worth(facts: Mapping[str, float]) -> float:
    """A logistic regression, by the fullest set of weights whose facts are all known."""
    weights = next(weights for weights in WEIGHTS.values() if weights.keys() <= facts.keys())
    return 1 / (1 + math.exp(-sum(weight * facts[name] for name, weight in weights.items())))
