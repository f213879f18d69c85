"""What a person asked of their feed, done: wishes and dials give points, each a column with its own name; rules leave posts out, each with its reason.

A topic is in a post by its words or by its meaning, a tone by its sound (see `meaning`); all else is so or not. It does not know how the asking was worded, and
whoever may not see a post never gets it by asking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple, cast

import numpy as np
import regex
from numpy.typing import NDArray

from oscine import text
from oscine.feed.acts import Floats
from oscine.feed.meaning import Meanings
from oscine.feed.pipeline import Ask, Bools, Candidates, Column, Filter
from oscine.feed.scorers import fresh, recent
from oscine.feed.sentence.change import DIALS_SAID, named
from oscine.feed.weights import table
from oscine.recommendation import Dial, Rule, Steering, Tone, Weights, Wish

SO = 0.5  # from which a topic or a tone is there, where a rule asks
MANY, SOME = np.log1p(10_000.0), np.log1p(100.0)  # likes of a post that is as popular as can be; replies of one that is as much talked about
_ENDINGS = 4  # letters that a word of a topic may have beside its stem
STEMMED = ("en", "de", "fr", "es", "it", "pt")
_DENSE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]")


class Steer:
    """Makes of a steering what a feed is made of. `authors` gives the numbers of accounts by NETWORK/ACCOUNT."""

    def __init__(self, authors: Callable[[Iterable[str]], Mapping[str, int]], meanings: Meanings) -> None:
        self._authors, self._meanings = authors, meanings

    def asked(self, steering: Steering, network: NDArray[np.float32]) -> Asked:
        """`network` (n, d) are the vectors against which topics and tones are told."""
        said: list[Wish | Rule] = [*steering.wishes, *steering.rules]
        return Asked(steering, self._authors(one.value for one in said if one.kind == "author"), self._meanings, network, {})


class Asked(NamedTuple):
    """A steering, and what it takes to do it."""

    steering: Steering
    authors: Mapping[str, int]
    meanings: Meanings
    network: NDArray[np.float32]
    folded: dict[str, str]  # texts that were read for words before

    def filters(self) -> list[Filter]:
        """One for each `never`, and one for all `only` of a kind."""
        rules = self.steering.rules
        nevers: list[Filter] = [Never(self, rule) for rule in rules if rule.mode == "never"]
        kinds = dict.fromkeys(rule.kind for rule in rules if rule.mode == "only")
        return nevers + [Only(self, tuple(rule for rule in rules if (rule.kind, rule.mode) == (kind, "only"))) for kind in kinds]

    def columns(self, ask: Ask, candidates: Candidates, weights: Weights) -> list[Column]:
        """Of each dial that is turned, and of each wish."""
        turned = {dial: by for dial, by in self.steering.dials.items() if by and dial != "varied"}
        dials = [Column(_asked(by, DIALS_SAID[dial]), weights.dials.get(dial, 0.0) * by, _dial(dial, ask, candidates)) for dial, by in turned.items()]
        wishes = [(wish, weights.wishes.get(wish.kind, 0.0) * wish.weight) for wish in self.steering.wishes]
        return dials + [Column(_asked(wish.weight, named(wish)), weight, self.so(wish, candidates)) for wish, weight in wishes]

    def so(self, said: Wish | Rule, candidates: Candidates) -> Floats:
        """(n,) how much each post is what a wish or a rule is about, from 0 to 1."""
        return _KINDS[said.kind](self, said.value, candidates)

    def holds(self, pattern: regex.Pattern[str], candidates: Candidates) -> Floats:
        """(n,) 1 where a pattern is in the folded text."""
        return np.array([pattern.search(self._text(words)) is not None for words in candidates.texts], np.float64)

    def _text(self, words: str) -> str:
        if words not in self.folded:
            self.folded[words] = text.fold.__wrapped__(words)
        return self.folded[words]


class Never(NamedTuple):
    """Leaves out what a person never wants."""

    asked: Asked
    rule: Rule

    @property
    def reason(self) -> str:
        """With what they said."""
        return f"you asked never for {named(self.rule)}"

    def __call__(self, ask: Ask, candidates: Candidates) -> Bools:
        """What is not so."""
        return np.asarray(self.asked.so(self.rule, candidates) < SO)


class Only(NamedTuple):
    """Leaves out what is none of the only things that a person wants of a kind."""

    asked: Asked
    rules: tuple[Rule, ...]

    @property
    def reason(self) -> str:
        """With what they said."""
        return f"you asked only for {' or '.join(named(rule) for rule in self.rules[:5])}"

    def __call__(self, ask: Ask, candidates: Candidates) -> Bools:
        """What is one of them."""
        return np.asarray(np.max([self.asked.so(rule, candidates) for rule in self.rules], axis=0) >= SO)


class Wished(NamedTuple):
    """The scorer of what a person asked for."""

    asked: Asked
    weights: Weights

    def __call__(self, ask: Ask, candidates: Candidates) -> Sequence[Column]:
        """Named as it was asked."""
        return self.asked.columns(ask, candidates, self.weights)


def _asked(weight: float, of: str) -> str:
    return f"you asked for {'more' if weight > 0 else 'less'} {of}"


def _dial(dial: Dial, ask: Ask, candidates: Candidates) -> Floats:
    """(n,) from 0 to 1."""
    counts = candidates.counts
    values: dict[Dial, Callable[[], Floats]] = {
        "followed": lambda: np.isin(candidates.authors, ask.reader.follows).astype(np.float64),
        "fresh": lambda: fresh(ask, candidates),
        "popular": lambda: np.clip(np.log1p(np.maximum(counts @ [1.0, 2.0, 1.0, 2.0], candidates.acts[:, 2])) / MANY, 0, 1),
        "recent": lambda: recent(ask, candidates),
        "talk": lambda: np.clip(np.log1p(counts[:, 2] + counts[:, 3] + candidates.forms["reply"]) / SOME, 0, 1),
    }
    return values[dial]()


def _topic(asked: Asked, value: str, candidates: Candidates) -> Floats:
    """By its words, or by its meaning."""
    ruler = asked.meanings.topic(value, asked.network)
    said = asked.holds(about(value), candidates)
    return said if ruler is None else np.maximum(said, ruler.of(candidates.vectors))


def _tone(asked: Asked, value: str, candidates: Candidates) -> Floats:
    ruler = asked.meanings.tone(cast(Tone, value), asked.network) if value in _signs() else None
    shown = asked.holds(_signs()[value], candidates) if value in _signs() else np.zeros(len(candidates.numbers))
    return shown if ruler is None else np.maximum(shown, ruler.of(candidates.vectors))


def _author(asked: Asked, value: str, candidates: Candidates) -> Floats:
    return np.asarray(candidates.authors == asked.authors.get(value, 0), np.float64)


def _form(asked: Asked, value: str, candidates: Candidates) -> Floats:
    found = candidates.forms.get(value)
    return np.zeros(len(candidates.numbers)) if found is None else found.astype(np.float64)


_KINDS: dict[str, Callable[[Asked, str, Candidates], Floats]] = {
    "topic": _topic,
    "tone": _tone,
    "author": _author,
    "form": _form,
    "lang": lambda asked, value, candidates: np.asarray(candidates.langs == value, np.float64),
    "word": lambda asked, value, candidates: asked.holds(exactly(value), candidates),
    "tag": lambda asked, value, candidates: asked.holds(exactly(f"#{value.lstrip('#')}"), candidates),
}


@cache
def _signs() -> dict[str, regex.Pattern[str]]:
    return {tone: regex.compile(text.fold(each["signs"])) for tone, each in table("tones").items() if "signs" in each}


def exactly(words: str) -> regex.Pattern[str]:
    """A pattern that finds words as they are, in folded text."""
    said = regex.escape(text.fold(words.strip())).replace(r"\ ", r"\s+")
    return regex.compile(said if _DENSE.search(words) else rf"(?<![\w#]){said}(?!\w)")


def about(topic: str) -> regex.Pattern[str]:
    """A pattern that finds all words of a topic in folded text, in any order and with any ending."""
    words = [word for word in text.fold(topic).split() if not any(text.is_stop_word(word, lang) for lang in STEMMED)]
    return regex.compile(r"\A" + "".join(f"(?=.*{_stemmed(word)})" for word in words or [topic]), regex.DOTALL)


def _stemmed(word: str) -> str:
    """A word's shortest stem that still tells it from others, and what may follow."""
    if _DENSE.search(word):
        return regex.escape(word)
    stems = [stem for lang in STEMMED if len(stem := text.stem(word, lang)) >= min(len(word), _ENDINGS) and word.startswith(stem)]
    stem = min(stems, key=len, default=word)
    return rf"(?<!\w){regex.escape(stem)}\w{{0,{_ENDINGS if len(stem) > 3 else 1}}}(?!\w)"
