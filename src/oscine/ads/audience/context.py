"""What is known of the posts around a place: how safe it is to stand beside them, and all of it put into a `Place`.

A post that nobody labelled is never safe for certain, however harmless its words are: only labelled posts without a label are of low risk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.ads.decision.place import Place, Risk
from oscine.safety import policy
from oscine.view import SeenPost

_WORSE: dict[Risk, int] = {"low": 0, "medium": 1, "high": 2}


class Reading(NamedTuple):
    """What is made of a post. `special` marks one that touches a special category: nothing about a person is told from it."""

    topics: frozenset[str]
    queries: frozenset[str]
    risk: Risk
    lang: str
    special: bool = False
    vector: NDArray[np.float32] | None = None


def risk(seen: SeenPost) -> Risk:
    """Of an ad beside a post: covered posts, and what may not be advertised in any words, are of high risk; what nobody labelled is of medium risk."""
    if seen.blurred:
        return "high"
    found = [each for each in policy.findings(seen.post.text, seen.post.lang or "") if each.category not in policy.FOR_ADVERTISERS]
    if any(each.decision == "refuse" for each in found):
        return "high"
    return "low" if seen.post.labels == () and not found else "medium"


def around(asked: Place, posts: Sequence[Reading]) -> Place:
    """The place with what stands around it: all topics and queries, the worst risk, the language of most; without posts as it was, of medium risk."""
    if not posts:
        return asked._replace(risk="medium")
    langs = Counter(post.lang for post in posts if post.lang).most_common(1)
    return asked._replace(
        topics=asked.topics.union(*(post.topics for post in posts)),
        queries=asked.queries.union(*(post.queries for post in posts)),
        risk=max((post.risk for post in posts), key=_WORSE.__getitem__),
        lang=asked.lang or (langs[0][0] if langs else ""),
    )
