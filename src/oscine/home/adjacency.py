"""Where ads may stand among the posts of a page. Pure: it knows no ad, and of posts no more than whether one may be beside them.

An ad stands between two posts, so never first, never last (what follows on the next page is not known yet) and never beside another; after as many
posts as the operator wants, or at the next place that is fit; never beside a post that is covered or labelled. Which ad
fits between which posts is for the server of ads to judge.
"""

from __future__ import annotations

from collections.abc import Sequence

from oscine.view import SeenPost

ABOVE, BELOW = 2, 1  # posts around an ad that it is chosen for


def safe(seen: SeenPost) -> bool:
    """Whether an ad may stand beside a post: nothing covers it, and no label was put on it."""
    return not (seen.blurred or seen.post.labels)


def gaps(safe: Sequence[bool], every: int) -> list[int]:
    """Where ads may stand among n posts (`safe` (n,), from the top): each as the number of posts above, rising; none where `every` is 0."""
    found: list[int] = []
    for gap in range(1, len(safe)):
        enough = 0 < every <= gap - (found[-1] if found else 0)
        if enough and safe[gap - 1] and safe[gap]:
            found.append(gap)
    return found


def around(gap: int) -> slice:
    """The posts by which the ad for a gap is chosen."""
    return slice(max(0, gap - ABOVE), gap + BELOW)
