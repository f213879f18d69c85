"""What a text is labelled as: multilingual-e5-small with adapted upper layers and a small head, on the CPU.

The weights (`labels.npz`, trained by `python -m oscine.evals.train_labels`; their card is `labels.md`) give each token of a text a number for each label;
their mean is the text's logit, a line fitted on held texts makes it a probability (Platt 1999). So a label rests on words by construction: the span
that adds most to the mean is its reason. It reads the text alone, never who wrote it, and it does not decide what a label does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.engines import adapters, e5, e5_graph, prepared
from oscine.errors import InputError

LABELS = ("toxic", "threat", "hate", "sexual", "spam", "scam", "self-harm", "generated")
LAYERS = (2, 5, 8, 12)  # after which the head reads the tokens
TOKENS = 64  # of a text that are read at a time
WINDOWS = 4  # so many times as many tokens of a long text are read; the most probable of them counts
TOKENS_PER_RUN = 384

Span = tuple[int, int]


class _Piece(NamedTuple):
    """Tokens of a text, and where each stands in it; the first and the last stand nowhere."""

    ids: list[int]
    spans: list[Span]


class E5Labels:
    """Labels texts; safe to use from several threads at once."""

    labels = LABELS

    def __init__(self, folder: Path, threads: int = 1, log: Callable[[str], None] | None = None) -> None:
        """Open the converted model below `folder`, converted first where needed. Raises `EngineUnavailable` without weights."""
        trained = adapters.load("labels")
        weights = e5_graph.Adapted(e5.find_weights(), trained.arrays)
        self.name = f"e5-labels/{trained.digest}"
        self.thresholds = dict(zip(LABELS, map(float, trained.arrays["thresholds"]), strict=True))
        self._width, self._padding, self._ends = weights.width, weights.pad, (weights.bos, weights.eos)
        self._table, self._tokenizer = weights.word_table(), e5.tokenizer()
        self._slope, self._offset = trained.arrays["platt"].astype(np.float64).T
        made = folder / f"e5-labels-{e5.SHA256[:8]}-{trained.digest}"
        self._session = prepared.session(made, lambda: e5_graph.labels(weights, LAYERS), threads, log or (lambda _: None))

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated, shape (n, 8), in the order of `labels`; a text without a word has none. Of a long text the most probable part counts."""
        pieces = [(row, piece) for row, text in enumerate(texts) for piece in self._pieces(text)]
        found = np.zeros((len(texts), len(LABELS)), np.float32)
        logits = self.logits([piece.ids for _, piece in pieces])
        np.maximum.at(found, [row for row, _ in pieces], self._calibrated(logits).astype(np.float32))
        return found

    def reason(self, text: str, label: str) -> Span:
        """The characters `text[start:end]` that a label rests on most: the run of words that adds most to its logit; (0, 0) for a text without a word."""
        place, pieces = LABELS.index(label), self._pieces(text)
        if not pieces:
            return (0, 0)
        told = self._told([piece.ids for piece in pieces])
        best = max(range(len(pieces)), key=lambda number: float(told[number][:, place].mean()))
        said, spans = told[best][1:-1, place], pieces[best].spans[1:-1]
        first, last = heaviest(said - said.mean())
        start, end = spans[first][0], spans[last][1]
        return (start + len(text[start:end]) - len(text[start:end].lstrip()), end)

    def logits(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float64]:
        """Of token ids with their ends, shape (n, 8), before they are calibrated."""
        return np.array([told.mean(axis=0) for told in self._told(tokens)], np.float64).reshape(-1, len(LABELS))

    def tokens(self, text: str) -> list[int]:
        """The first piece of a text as it is read: what is learned from."""
        pieces = self._pieces(text)
        return pieces[0].ids if pieces else []

    def _calibrated(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        calibrated: NDArray[np.float64] = 1 / (1 + np.exp(-(logits * self._slope + self._offset)))
        return calibrated

    def _pieces(self, text: str) -> list[_Piece]:
        # Lone surrogates occur in JSON and in no tokenizer.
        clean = text[: WINDOWS * TOKENS * e5.LONGEST_PIECE].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return pieces(self._tokenizer, clean, *self._ends) if clean.strip() else []

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


def pieces(tokenizer: object, text: str, begin: int, end: int) -> list[_Piece]:
    """A text in parts of 64 tokens, its ends among them: the first four. The last of several is as long as the others: a few words alone tell little."""
    read = tokenizer.encode(text, add_special_tokens=False)  # type: ignore[attr-defined]  # of a library without types
    room = TOKENS - 2
    ids, spans = read.ids[: WINDOWS * room], read.offsets[: WINDOWS * room]
    starts = [min(at, max(0, len(ids) - room)) for at in range(0, len(ids), room)]
    return [_Piece([begin, *ids[at : at + room], end], [(0, 0), *spans[at : at + room], (0, 0)]) for at in starts]


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
