"""What labels texts learns what it is shown, and its probabilities are as sure as they may be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")

from oscine.engines import e5, e5_graph, ngrams
from oscine.engines.labels import pieces
from oscine.evals import training
from oscine.model import labels
from oscine.model import ngrams as model
from oscine.model.fit import Schedule

RUDE = ["you are a filthy liar", "shut up you idiot", "what a disgusting fool you are", "nobody likes you, idiot", "go away you stupid clown"] * 4
CALM = ["the ferry leaves at nine", "a heron by the river", "thank you for the answer", "bread rises slowly in winter", "see you at the station"] * 4


def said(*columns: list[float]) -> np.ndarray:
    return np.array(columns, np.float32).T


def test_a_labeller_learns_what_it_is_shown_and_nothing_of_what_nobody_judged() -> None:
    weights = e5_graph.Weights(e5.find_weights())
    given = replace(training.pretrained(weights), layers=3)
    found = [pieces(e5.tokenizer(), text, weights.bos, weights.eos)[0] for text in RUDE[:5] + CALM[:5]]
    told = said([1.0] * 5 + [0.0] * 5, [np.nan] * 10)
    texts = [labels.Text(each.ids, ngrams.places(each.text), row, np.ones(2, np.float32)) for each, row in zip(found, told, strict=True)]
    config = labels.Config(layers=(1, 3), frozen=2, rank=2, precision="float32", dropout=0.0, schedule=Schedule(minutes=0, steps=8, rise=2))
    made = labels.train(given, texts, config, lambda _: None)
    logits = made(made.lower([text.tokens for text in texts])).detach().numpy()
    assert ((logits[:, 0] > 0) == (told[:, 0] == 1)).all()
    assert np.ptp(logits[:, 1]) == 0 and set(made.adapter()) >= {"head.w", "head.b"}


def test_n_grams_are_weighed_by_what_is_so_where_they_stand() -> None:
    texts = [ngrams.places(text) for text in RUDE + CALM]
    told = said([1.0] * 20 + [0.0] * 20, [np.nan] * 40, [1.0] * 3 + [0.0] * 37)
    found = model.train(texts, told, np.ones_like(told), 2**ngrams.BITS)
    assert found.table.shape == (2**ngrams.BITS, 3) and found.table.dtype == np.int8
    assert not found.table[:, 1:].any()  # one that nobody judged, and one with too few texts that are so
    sums = [(found.table[ngrams.places(text), 0] * found.scale[0]).sum() for text in ("you idiot", "the river in winter")]
    assert sums[0] > 0 > sums[1]


def test_probabilities_are_right_and_never_certain() -> None:
    chooser = np.random.default_rng(0)
    score = chooser.normal(size=4_000)
    so = (chooser.random(4_000) < 1 / (1 + np.exp(-(2 * score - 1)))).astype(float)
    assert labels.platt(score[:, None], so, np.ones(4_000)) == pytest.approx([2, -1], abs=0.2)
    apart = labels.platt(np.array([[-1.0], [1.0]]), np.array([0.0, 1.0]), np.ones(2))
    assert 1 / (1 + np.exp(-(apart[0] + apart[1]))) < 0.9


def test_a_score_that_counts_against_is_left_out() -> None:
    score = np.linspace(-3, 3, 200)
    plane = labels.platt(np.column_stack([score, -score]), (score > 0.5).astype(float), np.ones(200))
    assert plane[0] > 0 and plane[1] == 0
