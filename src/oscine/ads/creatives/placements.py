"""Where an ad's text is shown, and how long it may be there, in characters as a reader counts them (extended grapheme clusters, Unicode UAX 29).

The lengths are Oscine's own choice, near what is usual for such places; a network that has others gives its own `Placement`.
"""

from __future__ import annotations

from typing import NamedTuple

import regex

_GRAPHEME = regex.compile(r"\X")


class Placement(NamedTuple):
    """The longest headline, body and call to action, in graphemes, and how many hashtags."""

    name: str
    headline: int
    body: int
    action: int
    hashtags: int


PLACEMENTS = {
    placement.name: placement
    for placement in (
        Placement("post", 80, 240, 30, 3),  # among the posts of a feed
        Placement("search", 40, 110, 20, 0),  # beside the results of a search
        Placement("banner", 45, 90, 18, 0),  # on a picture of a standard size
        Placement("story", 55, 120, 20, 2),  # on a picture that fills a phone
    )
}


def length(text: str) -> int:
    """The graphemes of a text: `👩‍👧` and `é` are one each."""
    return len(_GRAPHEME.findall(text))
