"""Pictures on request: drawn by an image model where the operator has one, else composed of the request's words, shapes and symbols; always signed as such.

What the policy refuses is not made, with the rule named, and what a model drew is judged for nudity before anybody sees it. Nothing here knows whether a
picture shows what was asked for.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import regex

from oscine.engines.image import ImageModel
from oscine.errors import EngineUnavailable, InputError
from oscine.pictures.sizes import SIZES, Size, any_size
from oscine.safety import policy
from oscine.safety.injection import visible

MOST = 4  # pictures at a time
LONGEST = 1_000  # characters of a request
SEEDS = 2**31 - 1 - MOST
USUAL = "1080x1080"
How = Literal["auto", "composed", "generated"]

_SIZE = regex.compile(r"(\d{1,5})\s*[x×]\s*(\d{1,5})", regex.IGNORECASE)


class Unsigned(NamedTuple):
    """A picture as it was made: PNG, a text for who does not see it, what in it a machine made, by which model (empty where it is composed)."""

    png: bytes
    alt: str
    generated: tuple[str, ...]
    model: str = ""


class Picture(NamedTuple):
    """A picture to hand out; `signed` tells whether its C2PA manifest says how it was made."""

    png: bytes
    alt: str
    generated: tuple[str, ...]
    model: str
    signed: bool
    seed: int


class Wish(NamedTuple):
    """What is to be seen, in which size, how many; `auto` draws where there is a model. A `seed` of None is drawn."""

    prompt: str
    size: Size = SIZES[USUAL]
    number: int = 1
    how: How = "auto"
    seed: int | None = None


class Pictures:
    """Makes pictures. `model` gives the image model or None; `compose` makes one without; `check` raises `InputError` for what nobody should see."""

    def __init__(
        self,
        model: Callable[[], ImageModel | None],
        compose: Callable[[str, Size, int], Unsigned],
        check: Callable[[bytes], bytes],
        sign: Callable[[Unsigned], bytes] | None,
    ) -> None:
        self._model = model
        self._compose = compose
        self._check = check
        self._sign = sign

    def make(self, wish: Wish) -> Iterator[Picture]:
        """The pictures, one by one. Raises `InputError` for what may not or cannot be made, `EngineUnavailable` where nothing draws."""
        prompt = " ".join(visible(wish.prompt).split())
        if not 0 < len(prompt) <= LONGEST:
            raise InputError(f"The request has {len(prompt):,} characters.", f"Say what is to be seen, in up to {LONGEST:,}.")
        if not 1 <= wish.number <= MOST:
            raise InputError(f"{wish.number} pictures cannot be made at a time.", f"Ask for 1 to {MOST}.")
        policy.refuse(prompt, "picture")
        model = self._model() if wish.how != "composed" else None
        if wish.how == "generated" and model is None:
            raise EngineUnavailable("No image model is in use.", "Set OSCINE_IMAGE_MODEL, or ask for a composed picture.")
        first = random.randrange(SEEDS) if wish.seed is None else wish.seed
        return (self._one(prompt, wish.size, first + number, model) for number in range(wish.number))

    def _one(self, prompt: str, size: Size, seed: int, model: ImageModel | None) -> Picture:
        made = self._drawn(prompt, size, seed, model) if model else self._compose(prompt, size, seed)
        png = self._sign(made) if self._sign else made.png
        return Picture(png, made.alt, made.generated, made.model, self._sign is not None, seed)

    def _drawn(self, prompt: str, size: Size, seed: int, model: ImageModel) -> Unsigned:
        png = self._check(model.draw(prompt, size.width, size.height, seed))
        return Unsigned(png, prompt, ("picture",), model.name)


def size(named: str) -> Size:
    """A size by its name, such as 1080x1080; `auto` is a square. Raises `InputError`."""
    if named in ("", "auto"):
        return SIZES[USUAL]
    found = _SIZE.fullmatch(named.strip())
    if not found:
        raise InputError(f"{named[:20]!r} is no size.", f"Give width and height in pixels, such as {USUAL}.")
    width, height = int(found[1]), int(found[2])
    return SIZES.get(f"{width}x{height}") or any_size(width, height)
