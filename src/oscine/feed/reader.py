"""Who reads, as far as a feed may know them: what they did, whom they follow, what they were shown, what they ask for.

With `personal` off, and for whoever has no account, all of it is empty but what they ask for. It is made by `store.readers`, and knows no way to look
anything up.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.recommendation import UNSTEERED, Act, Steering
from oscine.records import ANONYMOUS, Viewer

Ints = NDArray[np.int64]
_NONE: Ints = np.empty(0, np.int64)


class Reader(NamedTuple):
    """`number` is the account's in the store, 0 for nobody. `acts`, the newest first. `follows` are authors, `seen` posts that were served before and
    acted on; both sorted. `undone` is the act that a "what if" takes back, so that what it counts for others is taken back too."""

    viewer: Viewer = ANONYMOUS
    number: int = 0
    acts: tuple[Act, ...] = ()
    follows: Ints = _NONE
    seen: Ints = _NONE
    steering: Steering = UNSTEERED
    undone: Act | None = None

    def following(self, authors: Ints) -> NDArray[np.bool_]:
        """(n,) which of some authors the reader follows."""
        places = np.minimum(np.searchsorted(self.follows, authors), max(len(self.follows) - 1, 0))
        return np.asarray(self.follows[places] == authors) if len(self.follows) else np.zeros(len(authors), bool)
