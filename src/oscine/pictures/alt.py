"""What a picture says to those who do not see it: its words as they stand, then what is drawn, in one short line.

It tells what was put there and does not look at photos: what a photo shows is told only where the caller knows it.
"""

from __future__ import annotations

from collections.abc import Sequence

ENDS = ".!?…。！？।؟"
LONGEST = 300


def alt(texts: Sequence[str], drawn: Sequence[str], photo: bool) -> str:
    """The words of a picture as sentences; what is drawn, or that there is a photo, follows in brackets."""
    said = " ".join(one if one[-1] in ENDS else one + "." for one in texts if one)
    shown = ["photo"] if photo else list(drawn)
    line = f"{said} ({', '.join(shown)})" if said and shown else said or ", ".join(shown)
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"
