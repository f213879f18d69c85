"""Measuring a model's answers: what it said is taken apart rightly, and the figures are those that its words deserve."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from oscine.app import App
from oscine.ask import phrases
from oscine.ask.answer import Sentence
from oscine.ask.ask import Answer
from oscine.engines import registry
from oscine.engines.language import Message
from oscine.errors import EngineUnavailable
from oscine.evals import sets, voice
from oscine.evals.ask import WithoutPost, _raw
from oscine.evals.report import Measure
from oscine.evals.voice import Heard, Told

Write = Callable[..., Any]
NOTHING = Answer("When?", "When?", (), True, (), "extractive", "", "en")
FERRY = "The Quarnholm ferry leaves the old pier at seven in the morning."
SAYS = "at seven [1]. The Quarnholm ferry leaves the old pier at seven [1]."


class Fake:
    """Says one thing where it is shown the ferry, and another where it is not."""

    name, form = "fake", "answers"

    def __init__(self, says: str, else_: str) -> None:
        self.says, self.else_, self.asked, self.closed = says, else_, list[str](), False

    def write(self, messages: Sequence[Message], max_tokens: int = 300) -> Iterator[str]:
        self.asked.append(messages[-1]["content"])
        told = self.says if FERRY in messages[-1]["content"] else self.else_
        yield from (told[at : at + 5] for at in range(0, len(told), 5))

    def complete(self, prompt: Sequence[str], *, max_tokens: int = 120, temperature: float = 0.8, seed: int = 0) -> Iterator[str]:
        yield f"{prompt[0]} {max_tokens} {temperature} {seed}"

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("raw", "first"),
    [
        (SAYS, "at seven"),
        ("At seven. [1] It is late.", "At seven"),
        ("At seven [1, 2]\nand more", "At seven"),
        ("  noon  ", "noon"),
        ("Is it? Yes [1].", "Is it?"),
        ("", ""),
    ],
)
def test_the_first_sentence_without_its_citations(raw: str, first: str) -> None:
    assert Told(raw, NOTHING, 0.0).first == first


def test_what_a_refusal_is() -> None:
    for lang in phrases.languages():
        assert Told(phrases.say("refusal", lang), NOTHING, 0.0).refused
    assert Told(" \n", NOTHING, 0.0).refused and Told("The posts here do not say, sorry", NOTHING, 0.0).refused
    assert not Told(SAYS, NOTHING, 0.0).refused and not Told("Ann says: the posts here do not say.", NOTHING, 0.0).refused


def test_a_model_is_listened_to() -> None:
    heard = Heard(Fake(SAYS, "no"))  # type: ignore[arg-type]
    assert "".join(heard.write([{"role": "user", "content": FERRY}])) == SAYS == heard.said
    assert heard.seconds > 0 and (heard.name, heard.form) == ("fake", "answers")
    assert list(heard.write([{"role": "user", "content": "?"}])) == ["no"] and heard.said == "no", "only the last is kept"
    assert list(heard.complete(["Good"], max_tokens=2, temperature=0.0, seed=3)) == ["Good 2 0.0 3"]
    heard.close()
    assert heard.model.closed  # type: ignore[attr-defined]


def test_words_and_whole_sentences_of_a_right_answer() -> None:
    quoted, written = Sentence("Ann: “in the early morning”", (), "quoted"), Sentence("It leaves at seven.", (), "written")
    answer, question = NOTHING._replace(sentences=(quoted, written)), {"answers": ["at seven", "seven in the morning"]}
    assert voice._complete(answer, question, True) == 1.0 and voice._complete(answer, question, False) == pytest.approx(2 / 3)
    assert voice._whole(answer, question, True) == 1.0 and voice._whole(answer, question, False) == 0.0


def figures(app: App, monkeypatch: pytest.MonkeyPatch, fake: Fake) -> dict[str, Measure]:
    """Every measure of a fake that stands in for the registry's models, by its name without the model's."""

    def load(name: str) -> Fake:
        if name == "absent":
            raise EngineUnavailable("It is not installed.")
        return fake

    line = {"qid": "q", "post_id": "ferry", **dict.fromkeys(voice.LANGUAGES, "When does the Quarnholm ferry leave the old pier?")}
    question = {"qid": "q", "question": "When does the Quarnholm ferry leave the old pier?", "answers": ["at seven"], "post_id": "ferry"}
    monkeypatch.setattr(registry, "MODELS", {"absent": None, "fake": None})
    monkeypatch.setattr(registry, "load", load)
    monkeypatch.setattr(sets, "translated", lambda: [line])
    monkeypatch.setattr(sets, "questions", lambda **_: [question])
    logged = list[str]()
    found = voice.measures(app, [question], WithoutPost, _raw, logged.append)
    assert fake.closed and logged == ["1 questions with fake, and as many with their post hidden"]
    assert all(each.name.startswith("with fake: ") for each in found)
    return {each.name.removeprefix("with fake: "): each for each in found}


@pytest.fixture
def ferries(app: App, write: Write) -> App:
    write(
        {"id": "ferry", "author": "harbour", "text": FERRY},
        {"id": "other", "text": "The Sutterby ferry leaves the old pier when it likes."},
    )
    return app


def value(found: dict[str, Measure], begins: str) -> float:
    (one,) = [measure.value for name, measure in found.items() if name.startswith(begins)]
    return one


def test_a_good_model(ferries: App, monkeypatch: pytest.MonkeyPatch) -> None:
    found = figures(ferries, monkeypatch, Fake(SAYS, "The posts here do not say."))
    assert found["token F1 of its first sentence"].value == 1.0
    assert found["it refuses by itself, the post hidden"].value == 1.0
    assert value(found, "answers with a sentence of its") == 1.0
    assert value(found, "right answers in a whole sentence") == 1.0
    assert value(found, "citation precision") == 1.0
    assert value(found, "token F1 of its first sentence, asked in six") == 1.0
    assert value(found, "time to its first sentence") > 0


def test_a_bad_model(ferries: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it makes up is not shown, whatever it cites, and is no refusal."""
    lie = "at midnight [1]. The Quarnholm ferry sinks at midnight [1]."
    found = figures(ferries, monkeypatch, Fake(lie, lie))
    assert found["token F1 of its first sentence"].value < 1.0
    assert found["it refuses by itself, the post hidden"].value == 0.0
    assert value(found, "answers with a sentence of its") == 0.0
    assert value(found, "right answers in a whole sentence") == 0.0


def test_without_a_model_there_are_no_figures(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "MODELS", {})
    assert voice.measures(app, [], WithoutPost, _raw, lambda _: None) == []
