"""The watermark: in what transformers writes with the secret, and in nothing else. A real model's folder, its weights random."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from oscine.cli import cli
from oscine.engines.language import Special
from oscine.engines.library import Library
from oscine.engines.watermark import UNLIKELY, Watermark, keys
from oscine.errors import EngineUnavailable
from oscine.model import tokenizer

pytest.importorskip("torch")
pytest.importorskip("transformers")
SECRET = "nobody knows"
START = [0]


@pytest.fixture(scope="module")
def model(small_model: Path) -> Iterator[Any]:
    """The small model, run by transformers with the watermark."""
    from oscine.engines.transformers import TorchLanguageModel

    made = TorchLanguageModel("small", small_model, "post", Watermark(SECRET))
    yield made
    made.close()


def drawn(model: Any, seed: int, most: int = 90) -> list[int]:
    """Tokens, for those of random weights are no text that could be read back."""
    return list(model._drawn(START, most, 0.8, seed))


def test_what_is_written_with_the_secret_is_told_by_the_secret_only(model: Any) -> None:
    tokens = drawn(model, 1) + drawn(model, 2)
    assert Watermark(SECRET).detect(tokens).verdict == "marked"
    assert Watermark("another").detect(tokens).p > UNLIKELY


def test_the_same_seed_writes_the_same_and_without_a_secret_nothing_is_marked(model: Any, small_model: Path) -> None:
    from oscine.engines.transformers import TorchLanguageModel

    assert drawn(model, 1, 30) == drawn(model, 1, 30) != drawn(model, 2, 30)
    plain = TorchLanguageModel("small", small_model, "post")
    assert Watermark(SECRET).detect(drawn(plain, 1) + drawn(plain, 2)).p > UNLIKELY


def test_posts_of_people_are_called_marked_as_rarely_as_is_said(small_model: Path, sample_texts: list[str]) -> None:
    tokens = [token for text in tokenizer.load(small_model).encode_texts(sample_texts) for token in text]
    mark, length = Watermark(SECRET), 200
    found = [mark.detect(tokens[start : start + length]) for start in range(0, min(len(tokens), 70 * length) - length, length)]
    assert sum(one.p < UNLIKELY for one in found) <= 0.03 * len(found)  # 1% is meant
    assert 0.3 < sum(one.p < 0.5 for one in found) / len(found) < 0.7


def test_repetition_is_no_evidence(model: Any) -> None:
    once = drawn(model, 1, 60)
    mark = Watermark(SECRET)
    assert mark.detect(once * 4).tokens <= mark.detect(once).tokens + 4


def test_short_texts_are_too_short() -> None:
    mark = Watermark(SECRET)
    assert [mark.detect(range(count)).verdict for count in (0, 3, 40)] == ["too short"] * 3


def test_the_keys_of_two_secrets_share_nothing() -> None:
    assert len({*keys("a"), *keys("b")}) == 60
    assert keys("a") == keys("a")


def test_text_is_tokens_of_a_post_and_specials_by_name(model: Any, small_model: Path) -> None:
    assert model.tokens("<|end|> ‹email›") == tokenizer.load(small_model).encode_text("<|end|> ‹email›")
    assert model.tokens(Special("<|reply|>")) == [3]


def test_transformers_writes_what_llama_cpp_writes(small_model: Path, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    from oscine.engines.transformers import TorchLanguageModel

    library = Library(tmp_path)
    library.add(str(small_model), "small")
    models = [library.load("small"), TorchLanguageModel("small", small_model, "post")]
    texts = ["".join(one.complete([Special("<|post|>"), "The night ferry"], max_tokens=12, temperature=0)) for one in models]
    assert texts[0] == texts[1] != ""


def test_a_model_that_cannot_be_marked_does_not_write(small_model: Path, tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add(str(small_model), "small")
    library.export("small", tmp_path / "bare.gguf")
    library.add(str(tmp_path / "bare.gguf"))
    for name in ("bare", "smollm2-135m"):
        with pytest.raises(EngineUnavailable, match="cannot write with a watermark"):
            library.load(name, watermark=SECRET)
    assert "".join(library.load("small", watermark=SECRET).complete([Special("<|post|>")], max_tokens=3)) is not None


def test_the_verb(small_model: Path, sample_texts: list[str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    Library(data).add(str(small_model), "small")
    text = tmp_path / "posts.txt"
    text.write_text("\n".join(sample_texts[:20]))

    def detected(*words: str, secret: str = SECRET, given: str = "", code: int = 0) -> str:
        result = CliRunner().invoke(cli, ["models", "detect", *words, "--data", str(data)], input=given, env={"OSCINE_WATERMARK": secret})
        assert (1 if result.exception else 0) == code, result.output
        return result.stdout or str(result.exception)

    assert detected(str(text), "--model", "small").startswith("not found: 0.")
    assert json.loads(detected("-", "--model", "small", "--json", given="Hi"))["verdict"] == "too short"
    assert "No watermark is set" in detected(str(text), "--model", "small", secret="", code=1)
    assert "The tokenizer of none is not here" in detected(str(text), code=1)
    assert "cannot be read" in detected(str(tmp_path / "gone"), code=1)
