"""A modified Kneser–Ney n-gram model over token ids: the baseline beside every network, and a small one's partner in a mixture.

Interpolated, with three discounts an order from the counts of counts (Chen and Goodman 1998, "An Empirical Study of Smoothing Techniques for
Language Modeling"). Documents are kept apart: a context never reaches past a document's first token, which is given and never predicted, and
n-grams that begin a document are counted as they occur, since nothing can stand before them (as in KenLM, Heafield et al. 2013).
It knows ids, not text; arrays only, no loop over tokens. An n-gram's id is its place among the sorted n-grams of its length, and its key is
(id of all but its last token) × vocabulary + last token: exact, nothing is hashed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from oscine.errors import InputError, NotFound

FILE = "kneser_ney.npz"  # its name in a run's folder
FEW = (0.5, 1.0, 1.5)  # discounts where there are too few n-grams to estimate any (KenLM's)
ROUNDS = 100  # of EM, at most
SETTLED = 1e-6  # change of the weight at which EM ends

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


class Grams(NamedTuple):
    """The n-grams of one length: their sorted `keys`, what each keeps of its context's mass, and each context's weight for shorter ones."""

    keys: Ids  # [n-grams]; for length 1 every id of the vocabulary
    kept: NDArray[np.float32]  # [n-grams]
    backoff: NDArray[np.float32]  # [n-grams of the length before]; 1 where a context was never followed


@dataclass(frozen=True)
class KneserNey:
    """A fitted model; `orders[n - 1]` are the n-grams of length n."""

    vocabulary: int
    orders: tuple[Grams, ...]

    @classmethod
    def fit(cls, tokens: ArrayLike, offsets: ArrayLike, vocabulary: int, order: int = 5) -> KneserNey:
        """Fit on documents: `tokens` flat, document i being `tokens[offsets[i]:offsets[i + 1]]`, each with its begin and end tokens.

        Raises `InputError` for ids that are not of the vocabulary, and where there is nothing to predict.
        """
        flat, depth = _checked(tokens, offsets, vocabulary)
        if order < 1 or not (depth > 0).any():
            raise InputError("There is nothing to fit.", "Give documents of two tokens or more, and an order of at least 1.")
        found = [np.arange(vocabulary, dtype=np.int64)]
        counts = [np.bincount(flat[depth > 0], minlength=vocabulary)]
        ids = flat
        for length in range(2, order + 1):
            at = np.flatnonzero(depth >= length - 1)
            longer = _index(ids[at - 1] * vocabulary + flat[at])
            begins = ids[depth == length - 2] if length > 2 else flat[:0]
            counts[-1] = np.bincount(ids[at[longer.first]], minlength=len(found[-1])) + np.bincount(begins, minlength=len(found[-1]))
            found.append(longer.keys)
            counts.append(longer.counts)
            ids = np.full(len(flat), -1, np.int64)
            ids[at] = longer.ids
        contexts = [1, *(len(keys) for keys in found[:-1])]
        grams = (_smoothed(*each, vocabulary, length) for length, each in enumerate(zip(found, counts, contexts, strict=True), 1))
        return cls(vocabulary, tuple(grams))

    def log_probabilities(self, tokens: ArrayLike, offsets: ArrayLike) -> Floats:
        """The natural logarithm of every predicted token's probability: all but each document's first, in order. Raises `InputError`."""
        flat, depth = _checked(tokens, offsets, self.vocabulary)
        probability = self.orders[0].kept[flat].astype(np.float64) + float(self.orders[0].backoff[0]) / self.vocabulary
        ids = flat
        for length, grams in enumerate(self.orders[1:], 2):
            at = np.flatnonzero(depth >= length - 1)
            at = at[ids[at - 1] >= 0]
            contexts = ids[at - 1]
            places = _find(grams.keys, contexts * self.vocabulary + flat[at])
            seen = places >= 0
            probability[at] *= grams.backoff[contexts]
            probability[at[seen]] += grams.kept[places[seen]]
            ids = np.full(len(flat), -1, np.int64)
            ids[at] = places
        logs: Floats = np.log(probability[depth > 0])
        return logs

    def save(self, path: Path) -> None:
        """Write to an `.npz` file."""
        arrays = {f"{name}_{n}": getattr(grams, name) for n, grams in enumerate(self.orders, 1) for name in Grams._fields}
        with path.open("wb") as file:
            np.savez(file, vocabulary=np.int64(self.vocabulary), order=np.int64(len(self.orders)), **arrays)

    @classmethod
    def load(cls, path: Path) -> KneserNey:
        """Read what `save` wrote. Raises `NotFound` where there is no such file."""
        if not path.is_file():
            raise NotFound(f"There is no file {path}.", "Fit a model first.")
        with np.load(path) as file:
            orders = (Grams(*(file[f"{name}_{n}"] for name in Grams._fields)) for n in range(1, int(file["order"]) + 1))
            return cls(int(file["vocabulary"]), tuple(orders))


def flat(documents: Iterable[Sequence[int] | Ids]) -> tuple[Ids, Ids]:
    """Documents as flat tokens and offsets."""
    given = [np.asarray(document, np.int64) for document in documents]
    offsets = np.cumsum([0, *map(len, given)], dtype=np.int64)
    return (np.concatenate(given) if given else np.zeros(0, np.int64)), offsets


def mixture(network: Floats, ngrams: Floats) -> float:
    """The weight of the network by which a mixture of two models gives the tokens most probability: λ p(network) + (1 − λ) p(n-grams).

    Both are natural logarithms of the same tokens' probabilities, best those of held-out text. By EM (Jelinek and Mercer 1980).
    """
    ratio, weight = np.exp(np.clip(ngrams - network, -500, 500)), 0.5
    for _ in range(ROUNDS):
        before, weight = weight, float(np.mean(weight / (weight + (1 - weight) * ratio)))
        if abs(weight - before) < SETTLED:
            break
    return weight


def mixed(network: Floats, ngrams: Floats, weight: float) -> Floats:
    """The natural logarithms of the mixture's probabilities, `weight` being the network's; both between 0 and 1, not included, or exact."""
    with np.errstate(divide="ignore"):
        logs: Floats = np.logaddexp(np.log(weight) + network, np.log1p(-weight) + ngrams)
    return logs


class _Indexed(NamedTuple):
    keys: Ids  # sorted, each once
    first: Ids  # where each stood
    counts: Ids
    ids: Ids  # for each given key its place among `keys`


def _index(keys: Ids) -> _Indexed:
    """What `np.unique` gives with everything, at half its cost: one sort."""
    order = np.argsort(keys)
    ordered = keys[order]
    new = np.ones(len(keys), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(new)
    ids = np.empty(len(keys), np.int64)
    ids[order] = np.cumsum(new) - 1
    return _Indexed(ordered[starts], order[starts], np.diff(starts, append=len(keys)), ids)


def _find(keys: Ids, wanted: Ids) -> Ids:
    """The place of each wanted key, −1 where it is not there."""
    if not len(keys):
        return np.full(len(wanted), -1, np.int64)
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, places, -1)


def _smoothed(keys: Ids, counts: Ids, contexts: int, vocabulary: int, length: int) -> Grams:
    """Discounted shares and back-off weights out of adjusted counts."""
    off = np.array([0.0, *_discounts(counts)])[np.minimum(counts, 3)]
    context = keys // vocabulary if length > 1 else np.zeros(len(keys), np.int64)
    totals = np.bincount(context, counts, contexts)
    freed = np.bincount(context, off, contexts)
    followed = totals > 0
    backoff = np.divide(freed, totals, out=np.ones(contexts), where=followed)
    kept = (counts - off) / np.maximum(totals, 1)[context]
    return Grams(keys, kept.astype(np.float32), backoff.astype(np.float32))


def _discounts(counts: Ids) -> tuple[float, ...]:
    """The three discounts of Chen and Goodman: of what occurs once, twice, more often."""
    one, two, three, four = (float((counts == times).sum()) for times in (1, 2, 3, 4))
    if not (one and two and three):
        return FEW
    share = one / (one + 2 * two)
    found = (1 - 2 * share * two / one, 2 - 3 * share * three / two, 3 - 4 * share * four / three)
    return found if all(0 < each < times for times, each in enumerate(found, 1)) else FEW


def _checked(tokens: ArrayLike, offsets: ArrayLike, vocabulary: int) -> tuple[Ids, Ids]:
    """The tokens, and for each its place in its document. Raises `InputError`."""
    given, bounds = np.asarray(tokens, np.int64), np.asarray(offsets, np.int64)
    if not len(bounds) or bounds[0] != 0 or bounds[-1] != len(given) or (np.diff(bounds) < 0).any():
        raise InputError("The offsets do not fit the tokens.", "They rise from 0 to the number of tokens.")
    if len(given) and not 0 <= int(given.min()) <= int(given.max()) < vocabulary:
        raise InputError(f"A token is not of the vocabulary of {vocabulary}.", "Use the tokenizer that the model was fitted with.")
    return given, np.arange(len(given)) - np.repeat(bounds[:-1], np.diff(bounds))
