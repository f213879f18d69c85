"""Which of campaigns' interests a person has, from what they did. Pure: it is handed what their permission opened, and keeps nothing.

An interest is a topic of several posts, and of a share of all, that a person liked, reposted, quoted, answered or followed. A post that
touches a special category counts for nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

FEWEST = 3  # posts that tell an interest
SHARE = 0.05  # of all posts that a person dealt with


def interests(done: Sequence[frozenset[str]]) -> frozenset[str]:
    """The topics that a person often deals with, from the topics of each post that counts."""
    counts = Counter(topic for topics in done for topic in topics)
    return frozenset(topic for topic, count in counts.items() if count >= max(FEWEST, SHARE * len(done)))
