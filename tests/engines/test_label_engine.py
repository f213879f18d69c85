"""The labeller that ships: it tells what is meant from what is not, says how sure it is and which words it rests on, and takes any text."""

from __future__ import annotations

import hashlib
import re
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from oscine.engines import labels
from oscine.engines.labels import LABELS, E5Labels, heaviest, thresholds
from oscine.errors import InputError

# Made up for this test: of each label one text that is so, and one about the same that is not.
PAIRS = [
    ("toxic", "You are a disgusting idiot and a liar, shut your mouth.", "I disagree with you, but thank you for the answer."),
    ("hate", "Immigrants are filthy animals who should all be thrown out of our country.", "Immigrants opened a lovely bakery in our street."),
    ("spam", "WINNER!! You have won a FREE prize, text WIN to 80086 now to claim. 150p per msg", "I won the chess match last night, what a game!"),
    ("scam", "Your bank account is suspended. Verify your PIN at http://secure-bank-login.xyz now", "The bank on Main Street closes at five."),
    ("self-harm", "I can't do this anymore. Tonight I am going to kill myself.", "The night ferry was late again tonight."),
    pytest.param("sexual", "She took off her clothes and begged him to fuck her harder.", "She took off her coat and sat down by the fire.",
                 marks=pytest.mark.xfail(strict=True, reason="too few texts to learn it from: engines/labels.md")),
]  # fmt: skip
SENTENCES = [text for pair in PAIRS if isinstance(pair, tuple) and len(pair) == 3 and isinstance(pair[0], str) for text in pair[1:]]
ODD = ["👩‍👩‍👧‍👦🇮🇹", "\ud800 lone", "\x00\u202e", "a" * 50_000, "日本語の文です。", "é" * 300, "<s> </s> <pad>", "?", " word " * 2_000]


@pytest.fixture(scope="module")
def judge(models: Path) -> E5Labels:
    return E5Labels(models)


def chance(judge: E5Labels, text: str, label: str) -> float:
    return float(judge.probabilities([text])[0, LABELS.index(label)])


@pytest.mark.parametrize(("label", "so", "not_so"), PAIRS)
def test_it_tells_what_is_so_from_what_is_not(judge: E5Labels, label: str, so: str, not_so: str) -> None:
    assert chance(judge, so, label) > 0.5 > chance(judge, not_so, label)


def test_probabilities_do_not_depend_much_on_what_is_read_beside_them(judge: E5Labels) -> None:
    texts = SENTENCES
    alone = np.concatenate([judge.probabilities([text]) for text in texts])
    assert np.abs(alone - judge.probabilities(texts)).max() < 0.15  # activations are quantised together
    assert alone.shape == (len(texts), len(LABELS))


def test_any_text_has_probabilities_and_a_text_without_a_word_has_none(judge: E5Labels) -> None:
    found = judge.probabilities(ODD)
    assert ((found >= 0) & (found <= 1)).all()
    assert not judge.probabilities(["", "  \n"]).any() and judge.reason("", "spam") == (0, 0) == judge.reason("\n ", "hate")
    assert judge.probabilities([]).shape == (0, len(LABELS))


def test_what_stands_late_in_a_long_text_is_read(judge: E5Labels) -> None:
    calm = "The heron stood at the weir all morning and nobody disturbed it. " * 8
    assert chance(judge, calm + SENTENCES[0], "toxic") > max(0.5, chance(judge, calm, "toxic"))


@pytest.mark.parametrize("text", [*ODD, "Ça va? you are a disgusting idiot 👩‍👩‍👧", "The weather is nice. You filthy liar, shut up! See you at noon."])
def test_a_reason_is_a_span_of_the_text(judge: E5Labels, text: str) -> None:
    for label in LABELS:
        start, end = judge.reason(text, label)
        assert 0 <= start < end <= len(text) or not text.strip()


def test_a_reason_is_where_the_label_comes_from(judge: E5Labels) -> None:
    text = "The ferry leaves at nine, bring a coat. You are a disgusting filthy idiot! The museum opens at ten."
    start, end = judge.reason(text, "toxic")
    assert any(word in text[start:end] for word in ("disgusting", "filthy", "idiot"))
    assert chance(judge, text[:start] + text[end:], "toxic") < chance(judge, text, "toxic")


def test_the_heaviest_run() -> None:
    assert heaviest(np.array([-1, 2, -1, 3, -5, 3], np.float32)) == (1, 3)
    assert heaviest(np.array([-3, -1, -2], np.float32)) == (1, 1)


def test_thresholds_as_the_operator_changes_them(judge: E5Labels) -> None:
    assert set(judge.thresholds) == set(LABELS) and all(0.5 <= value < 1 for value in judge.thresholds.values())
    assert thresholds({"spam": 0.9, "hate": 0.8}, ["spam = 0.95"]) == {"spam": 0.95, "hate": 0.8}
    for wrong in ("spam", "spam=", "spam=2", "spam=0", "spam=nan", "ham=0.9", "=0.5"):
        with pytest.raises(InputError, match="is no threshold"):
            thresholds({"spam": 0.9}, [wrong])


def test_the_card_is_of_the_weights() -> None:
    files = resources.files(labels.__package__)
    digest = hashlib.sha256(files.joinpath("labels.npz").read_bytes()).hexdigest()
    card = files.joinpath("labels.md").read_text(encoding="utf8")
    assert digest in card and re.search(r"\| licence \|", card)
    with np.load(str(files.joinpath("labels.npz"))) as made:
        told = dict(zip(LABELS, made["thresholds"].tolist(), strict=True))
    assert all(f"| `{label}` |" in card and f"| {value:.2f} |" in card for label, value in told.items())
