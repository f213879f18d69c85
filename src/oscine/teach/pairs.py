"""Pairs of texts of which people preferred one: from ratings of answers, and from tests of ad texts that readers were dealt by chance.

Pure functions. Several pairs may come of one question or one test; they are not independent, so judge what is learned on other tests.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from oscine.engines.language import Message

SIGNIFICANT = 1.96  # standard deviations: of differences by chance, 5% are larger

Prompt = tuple[Message, ...]


@dataclass(frozen=True)
class Pair:
    """To `prompt`, `chosen` was preferred over `rejected`; `source` names the set or the test that says so."""

    prompt: Prompt
    chosen: str
    rejected: str
    source: str


class Rating(NamedTuple):
    """One person's word on one answer to a question."""

    prompt: Prompt
    answer: str
    up: bool
    source: str


class Arm(NamedTuple):
    """A text in a test. Texts of one test are compared where they stood in the same `package`: the same image and whatever else was shown."""

    test: str
    package: str
    prompt: Prompt
    text: str
    impressions: int
    clicks: int


def from_ratings(ratings: Iterable[Rating]) -> Iterator[Pair]:
    """To one question, each answer with more ups than downs before each with more downs than ups."""
    balances: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    asked: dict[str, tuple[Prompt, str]] = {}
    for rating in ratings:
        question = json.dumps(rating.prompt)
        asked.setdefault(question, (rating.prompt, rating.source))
        balances[question][rating.answer] += 1 if rating.up else -1
    for question, balance in balances.items():
        prompt, source = asked[question]
        liked, disliked = ([text for text, sum_ in balance.items() if sum_ * sign > 0] for sign in (1, -1))
        yield from (Pair(prompt, better, worse, source) for better in liked for worse in disliked)


def from_tests(arms: Iterable[Arm], significant: float = SIGNIFICANT) -> Iterator[Pair]:
    """Each two texts of one test in the same package whose rates of clicks differ by more than so many standard deviations."""
    shown: dict[tuple[str, str], list[Arm]] = defaultdict(list)
    for arm in arms:
        shown[arm.test, arm.package].append(arm)
    for together in shown.values():
        for one, other in combinations(together, 2):
            z = difference(one, other)
            if one.text != other.text and abs(z) > significant:
                better, worse = (one, other) if z > 0 else (other, one)
                yield Pair(better.prompt, better.text, worse.text, better.test)


def difference(one: Arm, other: Arm) -> float:
    """How many standard deviations the first's rate of clicks is above the second's (two proportions, pooled); 0 where nothing can be told."""
    if not one.impressions or not other.impressions:
        return 0.0
    rate = (one.clicks + other.clicks) / (one.impressions + other.impressions)
    spread = math.sqrt(rate * (1 - rate) * (1 / one.impressions + 1 / other.impressions))
    return (one.clicks / one.impressions - other.clicks / other.impressions) / spread if spread else 0.0


def write(pairs: Iterable[Pair], path: Path) -> int:
    """Write pairs as JSON lines, in the order given; how many."""
    lines = [json.dumps(asdict(pair), ensure_ascii=False) + "\n" for pair in pairs]
    path.write_text("".join(lines), encoding="utf8")
    return len(lines)
