"""Pictures on request: what is refused, who makes them, what is told of them. The model is scripted; composing and signing are real."""

from __future__ import annotations

import io
from typing import Any

import pytest

from oscine.create import picture
from oscine.create.picture import MOST, Pictures, Unsigned, Wish
from oscine.errors import EngineUnavailable, InputError
from oscine.pictures.sizes import SIZES

Pillow = pytest.importorskip("PIL.Image")


class Painter:
    """An image model that paints everything green."""

    name = "painter"

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int, int]] = []

    def draw(self, prompt: str, width: int, height: int, seed: int) -> bytes:
        self.asked.append((prompt, width, height, seed))
        packed = io.BytesIO()
        Pillow.new("RGB", (width, height), "green").save(packed, "PNG")
        return packed.getvalue()


def refused(_png: bytes) -> bytes:
    raise InputError("The picture is likely to show nudity.", "")


def pictures(model: Any = None, check: Any = lambda png: png, sign: Any = None) -> Pictures:
    return Pictures(
        lambda: model, lambda prompt, size, seed: Unsigned(f"{prompt} {size.name} {seed}".encode(), prompt, ("layout",)), check, sign
    )


def test_a_model_draws_where_there_is_one() -> None:
    painter = Painter()
    [one, other] = pictures(painter).make(Wish("  a green\u202e\nfield ", SIZES["300x250"], 2, seed=5))
    assert painter.asked == [("a green field", 300, 250, 5), ("a green field", 300, 250, 6)]
    assert (one.model, one.generated, one.seed, other.seed) == ("painter", ("picture",), 5, 6)


def test_without_one_it_is_composed() -> None:
    [made] = pictures().make(Wish("a green field", seed=5))
    assert (made.png, made.model, made.generated, made.signed) == (b"a green field 1080x1080 5", "", ("layout",), False)
    painter = Painter()
    [made] = pictures(painter).make(Wish("a green field", how="composed", seed=5))
    assert made.model == "" and painter.asked == []
    with pytest.raises(EngineUnavailable, match="No image model is in use"):
        pictures().make(Wish("a green field", how="generated"))


def test_every_picture_is_signed() -> None:
    [made] = pictures(Painter(), sign=lambda made: b"signed " + made.model.encode()).make(Wish("a green field"))
    assert made.png == b"signed painter" and made.signed


def test_what_a_model_drew_is_judged() -> None:
    with pytest.raises(InputError, match="nudity"):
        list(pictures(Painter(), refused).make(Wish("a green field")))


@pytest.mark.parametrize(
    ("prompt", "rule"),
    [
        ("a naked woman on a beach", "pornography"),
        ("sexy schoolgirl, anime", "minors"),
        ("ein Poster mit Hakenkreuz", "hate"),
        ("banner: buy cocaine here, next day delivery", "drugs"),
        ("a Windows message: your computer is infected", "fake-system-notice"),
        ("sw\u200bastika", "hate"),
    ],
)
def test_what_the_policy_refuses(prompt: str, rule: str) -> None:
    painter = Painter()
    with pytest.raises(InputError, match=f"rule {rule}"):
        pictures(painter).make(Wish(prompt))
    assert painter.asked == []


@pytest.mark.parametrize(
    "prompt", ["two knights with swords", "poster for our wine tasting on Friday, tickets 10 euro", "a nude lipstick on marble"]
)
def test_what_people_may_want(prompt: str) -> None:
    assert list(pictures(Painter()).make(Wish(prompt)))


@pytest.mark.parametrize("wish", [Wish(""), Wish(" \u200b "), Wish("x" * 1_001), Wish("x", number=0), Wish("x", number=MOST + 1)])
def test_what_cannot_be_made(wish: Wish) -> None:
    with pytest.raises(InputError):
        pictures().make(wish)


def test_sizes() -> None:
    assert picture.size("auto") == picture.size("") == SIZES["1080x1080"] and picture.size("300×250") is SIZES["300x250"]
    assert picture.size("640x480")[:3] == ("640x480", 640, 480)
    for wrong in ("640", "x", "10x10", "99999x1", "3000x3000", "640x480x2"):
        with pytest.raises(InputError):
            picture.size(wrong)
