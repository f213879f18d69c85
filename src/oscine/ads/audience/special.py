"""Which special category some words touch: by the words of seven languages, and by meaning where there is an embedder.

By meaning, words touch a category where they are nearer to one of its subjects (`special.toml`) than to the ordinary subjects of
`panel.txt`. It knows texts of a few words; it knows no names that it has not met, and what it says is a reason to refuse, never a fact
about anybody.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import numpy as np

from oscine.ads.creatives.audiences import sensitive
from oscine.engines.embedding import Embedder

BESIDE = 2  # ordinary subjects that are compared with the nearest special one


class Special:
    """The rule of `check`, with meaning."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._rules = list(_special().values())
        self._special = np.stack([embedder.embed_query(subject) for subject in subjects()])
        self._ordinary = np.stack([embedder.embed_query(subject) for subject in panel()])

    def rule(self, said: str) -> str:
        """The special category that a text of a few words touches, or nothing. Raises `EngineUnavailable` without the embedder."""
        if not said.strip():
            return ""
        if found := sensitive(said):
            return found
        vector = self._embedder.embed_query(said)
        near = self._special @ vector
        beside = np.sort(self._ordinary @ vector)[-BESIDE:].mean()
        return self._rules[int(near.argmax())] if near.max() > beside else ""


@cache
def panel() -> tuple[str, ...]:
    """Ordinary subjects, of all that people write about: what a topic is compared with."""
    return tuple(_file("panel.txt").splitlines())


def subjects() -> tuple[str, ...]:
    """What the special categories are about."""
    return tuple(_special())


@cache
def _special() -> dict[str, str]:
    """The category of each subject."""
    return {subject: rule for rule, listed in tomllib.loads(_file("special.toml")).items() for subject in listed}


def _file(name: str) -> str:
    return resources.files("oscine.ads.audience").joinpath(name).read_text(encoding="utf8")
