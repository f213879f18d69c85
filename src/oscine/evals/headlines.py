"""Upworthy's tests of headlines as arrays: what was shown how often, which tests share a text, and which two arms compare.

It reads `upworthy/tests.jsonl.gz` of a folder of public sets (Matias et al. 2021, "The Upworthy Research Archive") and learns nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.evals import sets
from oscine.model.reward import Arms
from oscine.teach.pairs import Arm, difference

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


class Trials(NamedTuple):
    """What was measured, an arm a place; `stories` are equal for tests that share a text, `texts` hold each headline once, `text` which of them it was."""

    texts: list[str]
    text: Numbers
    tests: Numbers
    images: Numbers
    stories: Numbers
    impressions: Floats
    clicks: Floats

    def arms(self, features: NDArray[Any], chosen: NDArray[np.bool_]) -> Arms:
        """Those chosen, with the features (texts, width) of their headlines."""
        return Arms(features[self.text[chosen]], self.tests[chosen], self.images[chosen], self.impressions[chosen], self.clicks[chosen])


class Pairs(NamedTuple):
    """Two arms of one test and image with other headlines, the one with the higher rate of clicks first; by how many standard deviations."""

    won: Numbers
    lost: Numbers
    z: Floats


def trials(data: Path) -> Trials:
    """All arms that were shown."""
    lines = [line for line in sets.lines(data / "upworthy" / "tests.jsonl.gz") if line["impressions"]]
    stories = joined([[f"test {line['test']}", f"lede {line['lede'] or line['test']}", f"headline {line['headline']}"] for line in lines])
    texts = sorted({line["headline"] for line in lines})
    return Trials(
        texts,
        numbered([line["headline"] for line in lines]),
        numbered([line["test"] for line in lines]),
        numbered([f"{line['test']} {line['image']}" for line in lines]),
        numbered(stories),
        np.array([line["impressions"] for line in lines], float),
        np.array([line["clicks"] for line in lines], float),
    )


def numbered(keys: Sequence[str]) -> Numbers:
    """Each key's place among all different ones in their order."""
    return np.unique(np.array(keys), return_inverse=True)[1].astype(np.int64)


def joined(keys: Iterable[Sequence[str]]) -> list[str]:
    """For each list of keys a name, the same for lists that share one, by way of others too (union-find)."""
    parents: dict[str, str] = {}

    def root(key: str) -> str:
        while parents.setdefault(key, key) != key:
            parents[key] = parents[parents[key]]
            key = parents[key]
        return key

    told = list(keys)
    for first, *others in told:
        for other in others:
            parents[root(other)] = root(first)
    return [root(first) for first, *_ in told]


def pairs(given: Trials) -> Pairs:
    """All pairs of which chance or wording made one the better."""
    together: dict[int, list[int]] = defaultdict(list)
    for place, image in enumerate(given.images.tolist()):
        together[image].append(place)
    arms = [Arm("", "", (), given.texts[t], int(n), int(c)) for t, n, c in zip(given.text, given.impressions, given.clicks, strict=True)]
    found = [(one, other, difference(arms[one], arms[other])) for group in together.values() for one, other in combinations(group, 2)
             if given.text[one] != given.text[other]]  # fmt: skip
    ordered = [(one, other, z) if z > 0 else (other, one, -z) for one, other, z in found if z]
    won, lost, z = zip(*ordered, strict=True)
    return Pairs(np.array(won), np.array(lost), np.array(z))
