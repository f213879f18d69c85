"""What a text is labelled as: multilingual-e5-small with adapted upper layers and a small head, and character n-grams beside it, on the CPU.

The weights (`labels.npz`, trained by `python -m oscine.evals.train_labels`; their card is `labels.md`) give each token of a text, and each of its n-grams,
a number for each label. The mean of the tokens' and the sum of the n-grams' are two scores; a plane fitted on held texts makes them a probability (Platt
1999). So a label rests on words by construction: the span that adds most is its reason. It reads the text alone, never who wrote it, and it does not
decide what a label does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.engines import adapters, e5, e5_graph, ngrams, prepared
from oscine.errors import InputError

LABELS = ("toxic", "threat", "hate", "sexual", "spam", "scam", "self-harm", "generated")
LAYERS = (2, 5, 8, 12)  # after which the head reads the tokens
TOKENS = 64  # of a text that are read at a time
WINDOWS = 4  # so many times as many tokens of a long text are read; the most probable of them counts
TOKENS_PER_RUN = 384

Span = tuple[int, int]


class Piece(NamedTuple):
    """Tokens of a text, and where each stands in it; the first and the last stand nowhere. `text` is what they stand for, from `start` on."""

    ids: list[int]
    spans: list[Span]
    text: str
    start: int


class NGramWeights:
    """What n-grams say of each label: a table of small integers, (2 ** `ngrams.BITS`, 8), and what one of them is worth, (8,)."""

    def __init__(self, table: NDArray[np.int8], scale: NDArray[np.float32]) -> None:
        self._table, self._scale = table, scale

    def score(self, text: str) -> NDArray[np.float32]:
        """The sum of what a text's n-grams say, each counted once, by the root of how many they are; shape (8,)."""
        found = ngrams.places(text)
        score: NDArray[np.float32] = self._table[found].sum(axis=0) * self._scale / np.sqrt(len(found))
        return score

    def characters(self, text: str, label: int) -> NDArray[np.float64]:
        """What each character of a text adds to its score, (its length,): an n-gram's share is the same for all its characters wherever it stands."""
        found = ngrams.ngrams(text)
        once, which, times = np.unique(found.places, return_inverse=True, return_counts=True)
        lengths = found.ends - found.starts
        each = (self._table[once, label] / times)[which] * self._scale[label] / np.sqrt(len(once)) / lengths
        steps = np.zeros(len(text) + 3)
        np.add.at(steps, found.starts, each)
        np.add.at(steps, found.ends, -each)
        return np.cumsum(steps)[1 : len(text) + 1]


class E5Labels:
    """Labels texts; safe to use from several threads at once."""

    labels = LABELS

    def __init__(self, folder: Path, threads: int = 1, log: Callable[[str], None] | None = None, trained: adapters.Adapter | None = None) -> None:
        """Open the converted model below `folder`, converted first where needed; `trained` stands for the weights of the package.

        Raises `EngineUnavailable` without weights.
        """
        trained = trained or adapters.load("labels")
        weights = e5_graph.Adapted(e5.find_weights(), trained.arrays)
        self.name = f"e5-labels/{trained.digest}"
        self._width, self._padding, self._ends = weights.width, weights.pad, (weights.bos, weights.eos)
        self._table, self._tokenizer = weights.word_table(), e5.tokenizer()
        self._ngrams = NGramWeights(trained.arrays["ngrams"], trained.arrays["ngrams.scale"])
        self._plane = trained.arrays["platt"].astype(np.float64)
        self.thresholds = dict(zip(LABELS, map(float, trained.arrays["thresholds"]), strict=True))
        made = folder / f"e5-labels-{e5.SHA256[:8]}-{trained.digest}"
        self._session = prepared.session(made, lambda: e5_graph.labels(weights, LAYERS), threads, log or (lambda _: None))

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated, shape (n, 8), in the order of `labels`; a text without a word has none. Of a long text the most probable part counts."""
        read = [(row, piece) for row, text in enumerate(texts) for piece in self.pieces(text)]
        found = np.zeros((len(texts), len(LABELS)), np.float32)
        scores = self.scores([piece for _, piece in read])
        log_odds = (scores * self._plane[:, :2]).sum(axis=2) + self._plane[:, 2]
        np.maximum.at(found, [row for row, _ in read], (1 / (1 + np.exp(-log_odds))).astype(np.float32))
        return found

    def reason(self, text: str, label: str) -> Span:
        """The characters `text[start:end]` that a label rests on most: the run of words that adds most to its log-odds; (0, 0) for a text without a word."""
        place, read = LABELS.index(label), self.pieces(text)
        if not read:
            return (0, 0)
        told = self._told([piece.ids for piece in read])
        added = [self._added(piece, tokens[:, place], place) for piece, tokens in zip(read, told, strict=True)]
        best = max(range(len(read)), key=lambda number: float(added[number].sum()))
        spans = read[best].spans[1:-1]
        worded = [number for number, (start, end) in enumerate(spans) if text[start:end].strip()]
        if not worded:
            return (0, 0)
        spans, heavy = [spans[number] for number in worded], added[best][worded]
        first, last = heaviest(heavy - heavy.mean())
        start, end = spans[first][0], spans[last][1]
        return (start + len(text[start:end]) - len(text[start:end].lstrip()), end)

    def scores(self, read: Sequence[Piece]) -> NDArray[np.float64]:
        """What the encoder and what the n-grams say of pieces, shape (n, 8, 2), before it is calibrated."""
        encoder = [told.mean(axis=0) for told in self._told([piece.ids for piece in read])]
        beside = [self._ngrams.score(piece.text) for piece in read]
        return np.stack([np.array(each, np.float64).reshape(-1, len(LABELS)) for each in (encoder, beside)], axis=2)

    def pieces(self, text: str) -> list[Piece]:
        """A text as it is read."""
        # Lone surrogates occur in JSON and in no tokenizer.
        clean = text[: WINDOWS * TOKENS * e5.LONGEST_PIECE].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return pieces(self._tokenizer, clean, *self._ends) if clean.strip() else []

    def _added(self, piece: Piece, told: NDArray[np.float32], label: int) -> NDArray[np.float64]:
        """What each token of a piece, its ends aside, adds to the log-odds of a label: by itself, and by the n-grams over it."""
        slope, beside, _ = self._plane[label]
        characters = np.concatenate([[0.0], np.cumsum(self._ngrams.characters(piece.text, label))])
        spans = np.array(piece.spans[1:-1]) - piece.start
        added: NDArray[np.float64] = slope * told[1:-1] / len(told) + beside * (characters[spans[:, 1]] - characters[spans[:, 0]])
        return added

    def _told(self, tokens: Sequence[Sequence[int]]) -> list[NDArray[np.float32]]:
        """What each token says of each label, (t, 8) for each text."""
        found: list[NDArray[np.float32]] = [np.empty((0, len(LABELS)), np.float32)] * len(tokens)
        for rows in e5.groups([len(ids) for ids in tokens], TOKENS_PER_RUN):
            ids = np.full((len(rows), max(len(tokens[row]) for row in rows)), self._padding)
            mask = np.zeros(ids.shape, np.float32)
            for place, row in enumerate(rows):
                ids[place, : len(tokens[row])] = tokens[row]
                mask[place, : len(tokens[row])] = 1
            told = self._session.run(None, {"words": e5_graph.unpack(self._table[ids], self._width), "mask": mask})[0]
            for place, row in enumerate(rows):
                found[row] = told[place, : len(tokens[row])]
        return found


def pieces(tokenizer: object, text: str, begin: int, end: int) -> list[Piece]:
    """A text in parts of 64 tokens, its ends among them: the first four. The last of several is as long as the others: a few words alone tell little."""
    read = tokenizer.encode(text, add_special_tokens=False)  # type: ignore[attr-defined]  # of a library without types
    room = TOKENS - 2
    ids, spans = read.ids[: WINDOWS * room], read.offsets[: WINDOWS * room]
    starts = [min(at, max(0, len(ids) - room)) for at in range(0, len(ids), room)]
    parts = [(ids[at : at + room], spans[at : at + room]) for at in starts]
    return [Piece([begin, *of, end], [(0, 0), *where, (0, 0)], text[where[0][0] : where[-1][1]], where[0][0]) for of, where in parts]


def heaviest(values: NDArray[np.float32]) -> tuple[int, int]:
    """The first and the last place of the run whose sum is greatest (Kadane's algorithm); at least one place."""
    best, found, total, start = -np.inf, (0, 0), 0.0, 0
    for place, value in enumerate(values.tolist()):
        if total <= 0:
            total, start = 0.0, place
        total += value
        if total > best:
            best, found = total, (start, place)
    return found


def thresholds(shipped: dict[str, float], chosen: Iterable[str]) -> dict[str, float]:
    """From which probability each label is said: as shipped, changed by `label=probability`. Raises `InputError` for what is neither."""
    made = dict(shipped)
    for each in chosen:
        label, _, number = (part.strip() for part in each.partition("="))
        try:
            value = float(number)
        except ValueError:
            value = -1.0
        if label not in made or not 0 < value <= 1:
            raise InputError(f"{each!r} is no threshold of a label.", f"OSCINE_LABEL_THRESHOLDS takes LABEL=0.9, of {', '.join(made)}.")
        made[label] = value
    return made
