"""Whether a draft only repeats a post: all its words in a row stand in one that everybody may see.

Case, accents and punctuation do not count; a placeholder stands for whatever the corpus left out there. A copy with one word changed is none to it.
"""

from __future__ import annotations

import regex

from oscine import text
from oscine.search.operators.base import adjacent, matching
from oscine.view import View

FEWEST = 8  # words; fewer may be anybody's
_PLACEHOLDER = regex.compile(r"‹\w+›")


def repeats(public: View, draft: str) -> bool:
    """Whether a draft of eight words or more (characters, in scripts without spaces) stands word for word in a post."""
    runs = [run for part in _PLACEHOLDER.split(draft) if (run := text.tokens(part))]
    if sum(len({token.position for token in run}) for run in runs) < FEWEST:
        return False
    return public.count(matching(" & ".join(f"({adjacent(run)})" for run in runs)), 1) > 0


def spelled(draft: str) -> str:
    """A draft by its words alone: two that are the same here are the same draft."""
    return " ".join(token.exact for token in text.tokens(draft)) or draft
