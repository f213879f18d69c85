"""What is known of the posts around a place: how safe it is to stand beside them, and in what language it is.

A post that nobody labelled is never safe for certain, however harmless its words are: only labelled posts without a label are of low risk.
What else a post is about is read by `reader`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from oscine.ads.decision.place import Risk
from oscine.safety import policy
from oscine.view import SeenPost

_WORSE: dict[Risk, int] = {"low": 0, "medium": 1, "high": 2}


def risk(seen: SeenPost) -> Risk:
    """Of an ad beside a post.

    High where the post is covered, carries a label (its author may still see what is hidden from others) or says what is refused in any ad; low where it was
    labelled without finding anything; else medium.
    """
    if seen.blurred or seen.post.labels:
        return "high"
    found = [each for each in policy.findings(seen.post.text, seen.post.lang or "") if each.category not in policy.FOR_ADVERTISERS]
    if any(each.decision == "refuse" for each in found):
        return "high"
    return "low" if seen.post.labels == () and not found else "medium"


def worst(risks: Iterable[Risk]) -> Risk:
    """The worst of some risks; medium where there are none."""
    return max(risks, key=_WORSE.__getitem__, default="medium")


def language(posts: Sequence[SeenPost]) -> str:
    """The language of most posts, or nothing."""
    langs = Counter(seen.post.lang for seen in posts if seen.post.lang).most_common(1)
    return langs[0][0] if langs else ""
