"""What is left out of a feed, and why. Whoever may not see a post never gets this far: the view has left it out, and nothing is said of it.

None of them ranks. Those that a person asked for stand in `steer`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from oscine.feed.pipeline import Ask, Bools, Candidates


@dataclass(frozen=True)
class Seen:
    """What one saw before, or acted on."""

    reason: ClassVar[str] = "you have seen it"

    def __call__(self, ask: Ask, candidates: Candidates) -> Bools:
        """Without what is in `reader.seen`."""
        return ~np.isin(candidates.numbers, ask.reader.seen)


@dataclass(frozen=True)
class Own:
    """What one wrote oneself."""

    reason: ClassVar[str] = "you wrote it"

    def __call__(self, ask: Ask, candidates: Candidates) -> Bools:
        """Without the reader's own."""
        return np.asarray(candidates.authors != ask.reader.number)


@dataclass(frozen=True)
class Old:
    """What was written before a moment, in seconds since 1970."""

    since: float
    reason: ClassVar[str] = "it is too old"

    def __call__(self, ask: Ask, candidates: Candidates) -> Bools:
        """From that moment on."""
        return candidates.created >= self.since


@dataclass(frozen=True)
class Ahead:
    """What claims to be written later than now."""

    reason: ClassVar[str] = "it is dated in the future"

    def __call__(self, ask: Ask, candidates: Candidates) -> Bools:
        """Up to now."""
        return np.asarray(candidates.created <= ask.now.timestamp())


@dataclass(frozen=True)
class Covered:
    """What is covered, by people whom one does not follow."""

    reason: ClassVar[str] = "it is covered, and by somebody you do not follow"

    def __call__(self, ask: Ask, candidates: Candidates) -> Bools:
        """Uncovered, or followed."""
        return ~candidates.labelled | ask.reader.following(candidates.authors)


@dataclass(frozen=True)
class Unfindable:
    """What was written by people who want to be found by their followers only."""

    reason: ClassVar[str] = "its author is for followers only"

    def __call__(self, ask: Ask, candidates: Candidates) -> Bools:
        """To be found, or followed."""
        return candidates.recommendable | ask.reader.following(candidates.authors)


@dataclass(frozen=True)
class Repeated:
    """What says the same as an older one, but for case, links and spaces."""

    reason: ClassVar[str] = "another post says the same"

    def __call__(self, ask: Ask, candidates: Candidates) -> Bools:
        """The oldest of each; a post without words repeats nothing."""
        keep = np.ones(len(candidates.numbers), bool)
        said: set[str] = set()
        for place in np.lexsort((candidates.numbers, candidates.created)).tolist():
            words = _said(candidates.texts[place])
            keep[place] = words not in said
            said |= {words} if words else set()
        return keep


def _said(text: str) -> str:
    said = text.lower()
    return " ".join([word for word in said.split() if not word.startswith("http")] if "http" in said else said.split())
