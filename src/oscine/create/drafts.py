"""From a wish to drafts: the model in use writes, and what may not be shown is left out, with the reason counted.

A model that continues posts is asked once for each draft; one that answers messages is asked once for all, greedily, so that `temperature` and
`seed` are nothing to it.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple

import regex

from oscine.create import clean, prompt
from oscine.create.copies import repeats, spelled
from oscine.engines.language import Form, LanguageModel
from oscine.errors import EngineUnavailable, InputError
from oscine.safety import policy
from oscine.view import SeenPost, View

MOST = 8  # drafts at a time
HOTTEST = 2.0
SEEDS = 2**31 - 1 - 2 * MOST
TOKENS = 200  # of a draft
TRIES = 2  # for each draft that is wanted
SECONDS = 60.0  # after which no further try begins
Reason = Literal[
    "memorised", "repeated", "empty", "policy"
]  # a stored post; another draft or a post that was shown; nothing; what no draft may be

_NUMBERED = regex.compile(r"^\s*(?:\d{1,2}[.)]|[-*•])\s+(.+)$", regex.MULTILINE)
_QUOTED = regex.compile(r'^["“„«](.*)["”“»]$', regex.DOTALL)


class Wish(NamedTuple):
    """What is wanted: how it begins, the post that it answers, how many drafts, as whoever wrote the posts of `voice`. A `seed` of None is drawn."""

    beginning: str = ""
    answered: SeenPost | None = None
    number: int = 3
    temperature: float = 0.8
    seed: int | None = None
    voice: tuple[str, ...] = ()


class Draft(NamedTuple):
    """One text, and what its reader should know of it."""

    text: str
    flags: tuple[clean.Flag, ...]


class Drafted(NamedTuple):
    """The drafts that may be shown, who wrote them, by which seed, and how many were left out and why."""

    drafts: tuple[Draft, ...]
    model: str
    form: Form
    watermarked: bool
    seed: int
    dropped: Mapping[Reason, int]
    voice: int = 0  # how many posts of the writer's own it was shown


class Drafts:
    """Drafts by the model in use; `public` is an anonymous view, whose posts no draft may repeat; `watermarked` tells how that model writes."""

    def __init__(self, model: Callable[[], LanguageModel | None], public: View, watermarked: bool = False) -> None:
        self._model = model
        self._public = public
        self._watermarked = watermarked

    @property
    def model(self) -> LanguageModel:
        """The model in use. Raises `EngineUnavailable` where there is none."""
        model = self._model()
        if model is None:
            raise EngineUnavailable(
                "No language model is in use.",
                "Put one to use with `oscine models use NAME` (`oscine train` makes one from this network's posts); `oscine status` says why there is none.",
            )
        return model

    def write(self, view: View, wish: Wish) -> Drafted:
        """Drafts for the viewer of `view`. Raises `EngineUnavailable`, and `InputError` for a wish that cannot or may not be met."""
        policy.refuse(wish.beginning, "draft")
        model, seed = self.model, drawn(wish.seed)
        given = clean.beginning(wish.beginning)
        if len(given) > clean.LONGEST:
            raise InputError(f"The beginning has {len(given)} characters.", f"It may have {clean.LONGEST}.")
        if model.form == "answers":
            raise EngineUnavailable(
                f"{model.name} answers from posts and writes no drafts.", "Choose another model with `oscine models use`."
            )
        raw = _continued(model, wish, given, seed, view) if model.form == "post" else _answered(model, wish, given)
        kept, dropped = self._sifted(raw, wish)
        return Drafted(tuple(kept), model.name, model.form, self._watermarked, seed, dropped, len(wish.voice))

    def _sifted(self, raw: Iterator[tuple[str, str]], wish: Wish) -> tuple[list[Draft], Counter[Reason]]:
        """As many drafts as are wanted, and what was left out on the way."""
        kept: list[Draft] = []
        dropped: Counter[Reason] = Counter()
        known = {spelled(said) for said in (*wish.voice, *([wish.answered.post.text] if wish.answered else []))}
        for given, written in raw:
            draft = clean.finished(given + written)
            if reason := self._refusal(draft, given, written, known):
                dropped[reason] += 1
                continue
            known.add(spelled(draft))
            kept.append(Draft(*clean.shown(draft)))
            if len(kept) == wish.number:
                break
        return kept, dropped

    def _refusal(self, draft: str, given: str, written: str, known: set[str]) -> Reason | None:
        """Why a draft is not shown, if it is not."""
        if spelled(draft) == spelled(given):
            return "empty"
        if spelled(draft) in known:
            return "repeated"
        if policy.unmakeable(draft):
            return "policy"
        added = written if written[:1].isspace() or not given else written.partition(" ")[2]  # without the rest of a word that was begun
        return "memorised" if repeats(self._public, draft) or repeats(self._public, clean.finished(added)) else None


def drawn(seed: int | None) -> int:
    """The seed, or one at random."""
    return random.randrange(SEEDS) if seed is None else seed


def _continued(model: LanguageModel, wish: Wish, given: str, seed: int, view: View) -> Iterator[tuple[str, str]]:
    """Each time what was given and how the model goes on."""
    pieces = prompt.pieces(given, wish.answered, view.viewer, wish.voice)
    end = time.monotonic() + SECONDS
    for number in range(TRIES * wish.number if wish.temperature else 1):  # at 0 all are the same
        if time.monotonic() > end:
            return
        yield given, _gathered(model.complete(pieces, max_tokens=TOKENS, temperature=wish.temperature, seed=seed + number))


def _gathered(pieces: Iterator[str]) -> str:
    """The pieces in one, no longer than is of use."""
    said = ""
    for piece in pieces:
        said += piece
        if len(said) > clean.LONGEST:
            break
    return said


def _answered(model: LanguageModel, wish: Wish, given: str) -> Iterator[tuple[str, str]]:
    """The drafts of a reply that numbers them; one that does not is one draft."""
    said = "".join(model.write(prompt.messages(given, wish.answered, wish.number, wish.voice), TOKENS * wish.number))
    for line in _NUMBERED.findall(said) or [said]:
        words = str(_QUOTED.sub(r"\1", line.strip()))
        again = words.casefold().startswith(given.casefold())
        yield given, words[len(given) :] if again else f" {words}"
