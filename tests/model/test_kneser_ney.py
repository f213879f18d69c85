"""The n-gram baseline: a distribution, equal to the formula written out with dictionaries, and what a mixture gains."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from oscine.errors import InputError, NotFound
from oscine.model.kneser_ney import FEW, KneserNey, flat, mixed, mixture

BEGIN, END, VOCABULARY = 0, 1, 12


def _documents(count: int, seed: int = 0) -> list[list[int]]:
    """Documents of a random chain, in which some tokens like to follow others; the last two ids never occur."""
    chooser = np.random.default_rng(seed)
    chain = np.random.default_rng(1).dirichlet(np.full(VOCABULARY - 4, 0.2), VOCABULARY)
    documents = []
    for length in chooser.integers(0, 12, count):
        document = [BEGIN]
        for _ in range(length):
            document.append(2 + int(chooser.choice(VOCABULARY - 4, p=chain[document[-1]])))
        documents.append([*document, END])
    return documents


class Plain:
    """Chen and Goodman's formula as it stands on paper."""

    def __init__(self, documents: list[list[int]], order: int) -> None:
        self.order = order
        raw = [Counter(tuple(d[i : i + n]) for d in documents for i in range(len(d) - n + 1)) for n in range(1, order + 1)]
        self.counts: list[dict[tuple[int, ...], int]] = []
        for n in range(1, order):
            before = Counter(gram[1:] for gram in raw[n])
            self.counts.append({gram: raw[n - 1][gram] if gram[0] == BEGIN else before[gram] for gram in raw[n - 1] if gram != (BEGIN,)})
        self.counts.append({gram: count for gram, count in raw[-1].items() if gram != (BEGIN,)})
        self.off = [self._discounts(counts) for counts in self.counts]
        self.followers: list[dict[tuple[int, ...], dict[int, int]]] = []
        for counts in self.counts:
            followers: dict[tuple[int, ...], dict[int, int]] = defaultdict(dict)
            for gram, count in counts.items():
                followers[gram[:-1]][gram[-1]] = count
            self.followers.append(followers)

    @staticmethod
    def _discounts(counts: dict[tuple[int, ...], int]) -> tuple[float, ...]:
        n = Counter(counts.values())
        if not (n[1] and n[2] and n[3]):
            return FEW
        y = n[1] / (n[1] + 2 * n[2])
        found = (1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3])
        return found if all(0 < d < k for k, d in enumerate(found, 1)) else FEW

    def probability(self, context: tuple[int, ...], token: int) -> float:
        context = context[-(self.order - 1) :] if self.order > 1 else ()
        below = self.probability(context[1:], token) if context else 1 / VOCABULARY
        after = self.followers[len(context)].get(context)
        if not after:
            return below
        off, total = self.off[len(context)], sum(after.values())
        kept = after[token] - off[min(after[token], 3) - 1] if token in after else 0.0
        freed = sum(off[min(count, 3) - 1] for count in after.values())
        return (kept + freed * below) / total


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("count", [3, 400])
def test_it_is_the_formula(order: int, count: int) -> None:
    model, plain = KneserNey.fit(*flat(_documents(count)), VOCABULARY, order), Plain(_documents(count), order)
    held = [*_documents(50, seed=5), [BEGIN, 10, 11, 2, 3, END], [BEGIN]]
    expected = [math.log(plain.probability(tuple(d[:i]), d[i])) for d in held for i in range(1, len(d))]
    assert model.log_probabilities(*flat(held)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("count", [2, 400])
def test_what_may_follow_sums_to_one(count: int) -> None:
    model = KneserNey.fit(*flat(_documents(count)), VOCABULARY)
    chooser = np.random.default_rng(3)
    contexts = [[BEGIN], [11], [BEGIN, 10, 11], *([BEGIN, *chooser.integers(0, VOCABULARY, n)] for n in range(8) for _ in range(20))]
    contexts += [document[:cut] for document in _documents(40) for cut in range(1, len(document))]
    for context in contexts:
        logs = model.log_probabilities(*flat([[*context, token] for token in range(VOCABULARY)]))
        last = logs.reshape(VOCABULARY, -1)[:, -1]
        assert np.exp(last).sum() == pytest.approx(1, abs=1e-5)
        assert np.isfinite(last).all()


def test_documents_are_kept_apart() -> None:
    """What a document scores does not depend on its neighbours, nor a model on the order of its documents."""
    documents, held = _documents(300), _documents(20, seed=9)
    model, other = KneserNey.fit(*flat(documents), VOCABULARY), KneserNey.fit(*flat(documents[::-1]), VOCABULARY)
    alone = np.concatenate([model.log_probabilities(*flat([document])) for document in held])
    assert np.array_equal(alone, model.log_probabilities(*flat(held)))
    assert np.array_equal(alone, other.log_probabilities(*flat(held)))


def test_longer_contexts_help() -> None:
    held = flat(_documents(200, seed=7))
    means = [KneserNey.fit(*flat(_documents(2000)), VOCABULARY, order).log_probabilities(*held).mean() for order in (1, 2)]
    assert means[1] > means[0] + 0.2


def test_kept_and_read(tmp_path: Path) -> None:
    model, held = KneserNey.fit(*flat(_documents(100)), VOCABULARY), flat(_documents(10, seed=2))
    model.save(tmp_path / "model.npz")
    assert np.array_equal(KneserNey.load(tmp_path / "model.npz").log_probabilities(*held), model.log_probabilities(*held))
    with pytest.raises(NotFound, match="There is no file"):
        KneserNey.load(tmp_path / "other.npz")


def test_a_mixture_is_no_worse_than_either() -> None:
    chooser = np.random.default_rng(0)
    one, other = np.log(chooser.uniform(0.01, 1, 500)), np.log(chooser.uniform(0.01, 1, 500))
    weight = mixture(one, other)
    best = max((mixed(one, other, each).mean(), each) for each in np.linspace(0, 1, 1001))
    assert weight == pytest.approx(best[1], abs=2e-3)
    assert mixed(one, other, weight).mean() >= max(one.mean(), other.mean())
    assert mixture(one, one - 2) == pytest.approx(1, abs=1e-3)
    assert np.allclose(mixed(one, other, 1.0), one)


def test_what_it_does_not_take() -> None:
    with pytest.raises(InputError, match="not of the vocabulary of 3"):
        KneserNey.fit([0, 3, 1], [0, 3], 3)
    with pytest.raises(InputError, match="The offsets do not fit"):
        KneserNey.fit([0, 2, 1], [0, 2], 3)
    with pytest.raises(InputError, match="nothing to fit"):
        KneserNey.fit([0, 0], [0, 1, 2], 3)
