"""Pictures from strangers."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from oscine.errors import InputError, TooLarge
from oscine.pictures import check

PHOTOS = Path(__file__).parent / "photos"


def as_bytes(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + struct.pack(">I", 9) + b"IDAT" + bytes(9)
    return b"\x89PNG\r\n\x1a\n" + chunks


def test_a_photo_is_taken_and_judged_harmless() -> None:
    found = check.checked((PHOTOS / "coffee.jpg").read_bytes())
    assert (found.width, found.height, found.format) == (600, 400, "JPEG")
    assert found.nsfw < 0.2 and found.png.startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_known_formats_are_taken(kind: str) -> None:
    assert check.opened(as_bytes(Image.new("RGB", (20, 10), "red"), kind)).size == (20, 10)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.4",
        as_bytes(Image.new("RGB", (9, 9)), "BMP"),
        (PHOTOS / "coffee.jpg").read_bytes()[:900],
    ],
    ids=["empty", "svg", "pdf", "bmp", "torn"],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="not a picture"):
        check.opened(data)


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (20_000, 10)])
def test_a_bomb_is_refused_before_it_is_decoded(width: int, height: int) -> None:
    with pytest.raises(TooLarge, match="The most is"):
        check.opened(bomb(width, height))


def test_turned_upright_and_stripped() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera's maker"
    data = as_bytes(Image.new("RGB", (40, 20), "blue"), "JPEG", exif=exif)
    png = check.encoded(check.opened(data))
    again = Image.open(io.BytesIO(png))
    assert again.size == (20, 40) and not again.getexif() and b"maker" not in png


def test_what_is_likely_nude_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "NSFW", 0.0)  # no such picture lies here; the rule is tried at its other end
    with pytest.raises(InputError, match="nudity"):
        check.checked((PHOTOS / "coffee.jpg").read_bytes())
