"""What an audience is like to look at: a mood of `moods.toml`, chosen by words, by meaning where an embedder is given, else by the seed.

It looks at plain words only and claims nothing about people.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from random import Random
from typing import Any, NamedTuple

import regex

from oscine.pictures import palette

Near = Callable[[str, Sequence[str]], Sequence[float]]  # how near in meaning each of the texts is to the first
WORD = regex.compile(r"[\p{L}\p{M}]+")


class Mood(NamedTuple):
    """One mood: a pair of types, colours, the layouts that suit it (best first), how round its corners are."""

    name: str
    about: str
    words: frozenset[str]
    type: str
    colours: palette.Mood
    schemes: tuple[str, ...]
    layouts: tuple[str, ...]
    radius: float


@cache
def moods() -> dict[str, Mood]:
    """All moods, by name."""
    told = tomllib.loads((resources.files("oscine.pictures") / "moods.toml").read_text("utf-8"))
    return {name: _mood(name, one) for name, one in told.items()}


def _mood(name: str, one: dict[str, Any]) -> Mood:
    colours = palette.Mood(*(one[key] for key in palette.Mood._fields))
    words = frozenset(one["words"].split())
    return Mood(name, one["about"], words, one["type"], colours, tuple(one["schemes"]), tuple(one["layouts"]), one["radius"])


def choose(audience: str, topic: str, seed: int, near: Near | None = None) -> Mood:
    """The mood of an audience first, of the topic where the audience says nothing, else one by chance."""
    for text in filter(None, (audience, topic)):
        words = set(WORD.findall(text.lower()))
        hits = {mood: len(words & mood.words) for mood in moods().values()}
        if any(hits.values()):
            return max(hits, key=lambda mood: hits[mood])
        if near:
            all_moods = list(moods().values())
            values = near(text, [mood.about for mood in all_moods])
            return all_moods[max(range(len(values)), key=lambda row: values[row])]
    return Random(f"{audience}|{topic}|{seed}").choice(list(moods().values()))
