"""The reader that ships: it finds answers, tells where there is none, and never leaves its passage."""

from __future__ import annotations

from pathlib import Path

import pytest

from oscine.engines.reader import E5Reader

FACTS = [
    ("who won the race?", "Anna Berg @annab, 2016-05-01: Maria Lopez won the race in Lyon today!", "Maria Lopez"),
    ("where did the plane land?", "Flight News @flights, 2015-01-02: The plane landed safely in Oslo after an engine failure.", "Oslo"),
    ("qui a gagné le match ?", "Sport @sport, 2017-03-04: Arsenal beat Chelsea 2-1 in the final.", "Arsenal"),
    ("¿dónde es el concierto?", "Música @musica, 2017-03-04: El concierto es en Madrid el viernes.", "Madrid"),
    ("wer hat das Buch geschrieben?", "Verlag @verlag, 2017-03-04: Das neue Buch von Helga Stein ist da.", "Helga Stein"),
]
ODD = ["", " ", "\n\n", "👩‍👩‍👧‍👦🇮🇹", "\ud800 lone", "\x00\u202e", "a" * 5_000, "日本語の文です。", "é" * 300, "<s> </s> <pad>"]


@pytest.fixture(scope="module")
def reader(models: Path) -> E5Reader:
    return E5Reader(models)


@pytest.mark.parametrize(("question", "passage", "answer"), FACTS)
def test_it_finds_an_obvious_answer_in_several_languages(reader: E5Reader, question: str, passage: str, answer: str) -> None:
    (found,) = reader.read(question, [passage])
    assert answer in passage[found.start : found.end]
    assert found.end - found.start <= len(answer) + 30


@pytest.mark.parametrize("number", [1, 3])  # where question and post share a language and a word; else it is not reliable (see the card)
def test_the_right_passage_answers_more_than_another(reader: E5Reader, number: int) -> None:
    answers = [found.answers for found in reader.read(FACTS[number][0], [passage for _, passage, _ in FACTS])]
    assert answers.index(max(answers)) == number


def test_nothing_is_read_in_no_passages(reader: E5Reader) -> None:
    assert reader.read("who?", []) == []


def test_of_a_long_passage_the_beginning_is_read(reader: E5Reader) -> None:
    passage = "Anna @anna, 2016-05-01: Maria Lopez won the race in Lyon today! " + "And then we all went home. " * 400
    (found,) = reader.read("who won the race?", [passage])
    assert "Maria Lopez" in passage[found.start : found.end]


@pytest.mark.parametrize("question", ["who?", "", "?" * 3_000, "\ud800", "誰ですか"])
def test_a_span_lies_in_its_passage_whatever_is_read(reader: E5Reader, question: str) -> None:
    passages = [*ODD, *(passage for _, passage, _ in FACTS)]
    for passage, found in zip(passages, reader.read(question, passages), strict=True):
        assert 0 <= found.start <= found.end <= len(passage), passage[:20]


def test_readings_are_in_the_order_of_their_passages(reader: E5Reader) -> None:
    passages = [passage for _, passage, _ in FACTS] * 5
    together, question = reader.read(FACTS[0][0], passages), FACTS[0][0]
    assert [found.answers > 0 for found in together[:5]] == [reader.read(question, [passage])[0].answers > 0 for passage in passages[:5]]
