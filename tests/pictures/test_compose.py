"""Pictures composed: measured, whole, in every script and size; refused in one sentence where that cannot be."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from oscine.errors import InputError
from oscine.pictures import compose as composing
from oscine.pictures import contrast, palette
from oscine.pictures.compose import Art, Words, compose
from oscine.pictures.sizes import SIZES, any_size

COFFEE = (Path(__file__).parent / "photos" / "coffee.jpg").read_bytes()
WORDS = Words("Ride to work, rested", "City bikes with a belt drive, serviced at your door.", "See the bikes", "Velora", "en")
SCRIPTS = {
    "Arabic": Words("اركب إلى عملك مرتاحًا", "دراجات المدينة مع صيانة عند بابك.", "شاهد الدراجات", "فيلورا", "ar"),
    "Devanagari": Words("आराम से दफ़्तर पहुँचें", "शहर की साइकिलें, आपके दरवाज़े पर सर्विस।", "साइकिलें देखें", "वेलोरा", "hi"),
    "Japanese": Words("らくに走って、会社まで", "ベルトドライブの街乗り自転車を、ご自宅で整備。", "自転車を見る", "ベロラ", "ja"),
    "Korean": Words("편안하게 출근하세요", "집 앞에서 정비하는 도시 자전거.", "자전거 보기", "벨로라", "ko"),
    "Greek": Words("Στη δουλειά ξεκούραστοι", "Ποδήλατα πόλης με ιμάντα.", "Δείτε τα", "Βελόρα", "el"),
    "Cyrillic": Words("На работу без усталости", "Городские велосипеды с ремнём.", "Смотреть", "Велора", "ru"),
    "Vietnamese": Words("Đạp xe đi làm, thật thảnh thơi", "Xe đạp thành phố, bảo dưỡng tận nhà.", "Xem xe", "Velora", "vi"),
}


def size_of(png: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(png)).size


CASES = [(name, None) for name in SIZES if not name.startswith("1080")] + [(name, COFFEE) for name in ("300x250", "320x50", "1200x628")]


@pytest.mark.parametrize(("name", "photo"), CASES, ids=[f"{name}-{'photo' if photo else 'drawn'}" for name, photo in CASES])
def test_every_size_is_legible(name: str, photo: bytes | None) -> None:
    art = Art(photo=photo, colours=("#1f6f54", "#f2b632"), topic="bicycle commuting in the city")
    found = compose(WORDS, art, SIZES[name])
    assert size_of(found.png) == (SIZES[name].width, SIZES[name].height)
    assert found.contrast >= palette.AA and found.smallest >= SIZES[name].smallest
    assert WORDS.headline in found.alt


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_is_set(script: str) -> None:
    found = compose(SCRIPTS[script], Art(topic="bicycle", colours=("#274690",)), SIZES["300x250"])
    assert found.contrast >= palette.AA


@pytest.mark.parametrize("lang", ["", "?!", "zh-Hant", "EN"])
def test_an_odd_language_does_no_harm(lang: str) -> None:
    assert compose(SCRIPTS["Arabic"]._replace(lang=lang), Art(topic="bicycle"), SIZES["320x50"]).contrast >= palette.AA


def test_arabic_mirrors_the_page() -> None:
    art = Art(photo=COFFEE, colours=("#274690",), topic="software")
    photo_of = {}
    for words in (WORDS, SCRIPTS["Arabic"]):
        made = _made(words, art, "970x250")
        pixels = np.asarray(Image.open(io.BytesIO(made)).convert("RGB")).astype(int)
        warm = (pixels[..., 0] - pixels[..., 2] > 60).mean(axis=0)  # the coffee and its table are the only warm colours
        photo_of[words.lang] = warm[: len(warm) // 2].mean() > warm[len(warm) // 2 :].mean()
    assert photo_of["en"] != photo_of["ar"]


def _made(words: Words, art: Art, size: str) -> bytes:
    """The split layout, whatever the seed would choose."""
    for seed in range(20):
        found = compose(words, art, SIZES[size], seed)
        if found.layout == "split":
            return found.png
    raise AssertionError("no seed gave the split layout")


def test_the_same_arguments_give_the_same_bytes_and_seeds_differ() -> None:
    art = Art(colours=("#1f6f54",), topic="bicycle")
    first = compose(WORDS, art, SIZES["300x250"], 1)
    assert compose(WORDS, art, SIZES["300x250"], 1) == first
    assert len({compose(WORDS, art, SIZES["300x250"], seed).png for seed in range(6)}) >= 4


def test_three_audiences_get_three_pictures() -> None:
    audiences = ("families with young children", "software engineers", "book readers")
    made = [compose(WORDS, Art(colours=("#1f6f54",), topic="bicycle", audience=audience), SIZES["300x250"]) for audience in audiences]
    grounds = {Image.open(io.BytesIO(one.png)).convert("RGB").getpixel((3, 247)) for one in made}
    assert len({one.png for one in made}) == 3 and len({one.layout for one in made} | grounds) >= 3


@pytest.mark.parametrize("name", ["320x50", "300x250"])
def test_too_long_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(InputError, match=f"too long for {name}"):
        compose(Words("Bicycles " * 22, "b" * 120), Art(topic="bicycle"), SIZES[name])


def test_a_character_without_a_typeface_is_refused() -> None:
    with pytest.raises(InputError, match="No typeface here has the character"):
        compose(Words("Runes ᚠᚢᚦ"), Art(), SIZES["300x250"])


def test_markup_is_text() -> None:
    words = Words('#image("/etc/passwd") $x^2$ *no*', r"\ #panic() <label> @ref")
    found = compose(words, Art(topic="bicycle"), SIZES["1200x628"])
    assert '#image("/etc/passwd")' in found.alt


def test_a_background_is_told_as_generated() -> None:
    assert compose(WORDS, Art(background=COFFEE), SIZES["300x250"]).generated == ("layout", "background")
    assert compose(WORDS, Art(photo=COFFEE), SIZES["300x250"]).generated == ("layout",)


@pytest.mark.parametrize(("width", "height"), [(64, 64), (2048, 64), (64, 2048), (333, 777)])
def test_any_size(width: int, height: int) -> None:
    found = compose(Words("Ride"), Art(topic="bicycle"), any_size(width, height))
    assert size_of(found.png) == (width, height)


def test_a_size_beyond_the_limits_is_refused() -> None:
    with pytest.raises(InputError, match="64 to 2048"):
        any_size(63, 100)


def test_contrast_is_that_of_the_worst_pixel() -> None:
    art = np.full((20, 40, 3), 255, np.uint8)
    art[10, 20] = 90
    covered = np.zeros((20, 40), bool)
    covered[8:12, 15:25] = True
    text = contrast.Text("body", 15, 8, 10, 4, 4, "#000000")
    assert contrast.lowest(text, art, covered) == pytest.approx(palette.contrast("#000000", "#5a5a5a"), abs=0.01)


def test_letters_beyond_their_box_are_seen() -> None:
    covered = np.zeros((50, 50), bool)
    covered[20:24, 10:40] = True
    assert not contrast.strays([contrast.Text("body", 10, 20, 30, 4, 8, "#000000")], covered)
    assert contrast.strays([contrast.Text("body", 10, 20, 10, 4, 8, "#000000")], covered)


def test_all_layouts_are_reached() -> None:
    assert set(composing.layouts()) == {"split", "veil", "frame", "card", "type", "pattern"}
