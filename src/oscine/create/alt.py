"""A text for those who do not see a picture: by a model that sees, where one is in use; else only what can be measured, which is no alt text.

Size and main colours help nobody who cannot see the picture, so that they are never offered as its text: they are told beside it, and a person writes what
the picture shows. Whether a model that says that it sees does see is not known here.
"""

from __future__ import annotations

import base64
import io
import math
import tomllib
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from oscine.create import clean, prompt
from oscine.engines.language import HttpLanguageModel, LanguageModel, Message
from oscine.errors import EngineUnavailable
from oscine.pictures import check, palette

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST = 300  # characters
LARGEST = 1_024  # px of a side, as the model sees it
TOKENS = 150
COLOURS = 3  # that are named
LEAST_SHARE = 0.08  # of the pixels, for a colour to be named
Lab = tuple[float, float, float]
SHAPES = ((1.05, "upright"), (0.95, "wide"))  # from how much higher than wide, or lower, a picture is no square


class Alt(NamedTuple):
    """The text, empty where nobody looked; by which model; what was measured; and why there is no text."""

    text: str
    model: str
    measured: str
    why: str
    flags: tuple[clean.Flag, ...] = ()


def describe(data: bytes, model: Callable[[], LanguageModel]) -> Alt:
    """A description of a stranger's picture. Raises `InputError` for one that may not be used."""
    checked = check.checked(data)
    image = check.opened(checked.png)
    measured = _measured(image)
    try:
        sees = model()
        if not isinstance(sees, HttpLanguageModel) or sees.form != "chat":
            raise EngineUnavailable(f"{sees.name} sees no pictures.", "")
        said = clean.finished("".join(sees.write(_messages(image), TOKENS)), LONGEST)
    except EngineUnavailable as error:
        return Alt("", "", measured, error.what)
    return Alt(said, sees.name, measured, "" if said else f"{sees.name} said nothing.", clean.flags(said))


def _messages(image: Image) -> list[Message]:
    """OpenAI's shape for a message with a picture."""
    packed = io.BytesIO()
    small = image.convert("RGB")
    small.thumbnail((LARGEST, LARGEST))
    small.save(packed, "JPEG", quality=85)
    url = "data:image/jpeg;base64," + base64.b64encode(packed.getvalue()).decode()
    parts: list[dict[str, Any]] = [{"type": "text", "text": "The picture:"}, {"type": "image_url", "image_url": {"url": url}}]
    return [{"role": "system", "content": prompt.instructions("alt")}, cast(Message, {"role": "user", "content": parts})]


def _measured(image: Image) -> str:
    """Shape, size and main colours, in one line."""
    ratio = image.height / image.width
    shape = "upright" if ratio > SHAPES[0][0] else "wide" if ratio < SHAPES[1][0] else "square"
    return f"{shape}, {image.width}×{image.height} pixels, mostly {' and '.join(_colours(image))}"


def _colours(image: Image) -> list[str]:
    """The names of the colours that most pixels have, the commonest first."""
    small = image.convert("RGB").resize((64, 64))
    shares: dict[str, float] = {}
    for count, colour in small.quantize(12).convert("RGB").getcolors(4096) or ():
        name = _name(cast("tuple[int, int, int]", colour))
        shares[name] = shares.get(name, 0.0) + count / 4096
    listed = sorted(shares, key=lambda name: -shares[name])
    return [name for name in listed if shares[name] >= LEAST_SHARE][:COLOURS] or listed[:1]


def _name(colour: tuple[int, int, int]) -> str:
    """The nearest of the colours that have a name, in Oklab (Ottosson 2020), where distance is what eyes see."""
    here = _lab("#" + bytes(colour).hex())
    return min(_named(), key=lambda name: sum((a - b) ** 2 for a, b in zip(here, _named()[name], strict=True)))


@cache
def _named() -> dict[str, Lab]:
    listed = tomllib.loads(prompt.instructions("colours", "toml"))
    return {name: _lab(code) for name, code in listed.items()}


def _lab(code: str) -> Lab:
    colour = palette.read(code)
    turn = math.radians(colour.hue)
    return colour.light, colour.chroma * math.cos(turn), colour.chroma * math.sin(turn)
