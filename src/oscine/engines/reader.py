"""Reads a post for a question: does it hold the answer, and which words are it? multilingual-e5-small with a small trained adapter, on the CPU.

The adapter (`reader.npz`, trained by `python -m oscine.evals.train_reader`; its card is `reader.md`) lies on the encoder's weights, which pip
installs. Question and passage go through the encoder together, as in BERT's reading comprehension (Devlin et al. 2019). An answer is always
words of the passage: it writes nothing. It knows nothing of posts; a passage is a text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from oscine.engines import adapters, e5, e5_graph, prepared

QUESTION_TOKENS, PASSAGE_TOKENS = 40, 110
LONGEST_ANSWER = 24  # tokens
TOKENS_PER_RUN = 512
IMPOSSIBLE = np.float32(-1e9)


class Reading(NamedTuple):
    """What was read: `answers` is the logit that the passage holds the answer; it is `passage[start:end]`; `sure` is the span's own logit."""

    answers: float
    start: int
    end: int
    sure: float


class Reader(Protocol):
    """Something that reads passages for a question."""

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """One reading a passage, in their order."""
        ...


class _Passage(NamedTuple):
    """The tokens of question and passage together, where the passage's begin, and which code points each of those stands for."""

    ids: list[int]
    first: int
    places: list[tuple[int, int]]


class E5Reader:
    """A `Reader`; safe to use from several threads at once."""

    def __init__(self, folder: Path, threads: int = 1, log: Callable[[str], None] | None = None) -> None:
        """Open the converted model below `folder`, converted first where needed. Raises `EngineUnavailable` without weights."""
        adapter = adapters.load("reader")
        weights = e5.find_weights()
        made = folder / f"reader-{e5.SHA256[:8]}-{adapter.digest}"
        self._plain = e5_graph.Weights(weights)
        self._table = self._plain.word_table()
        self._tokenizer = e5.tokenizer()
        adapted = e5_graph.Adapted(weights, adapter.arrays)
        self._session = prepared.session(made, lambda: e5_graph.reader(adapted), threads, log or (lambda _: None))

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Readings of passages; of a passage beyond 110 tokens the beginning is read."""
        asked, _ = self._pieces(e5.QUERY_PREFIX + question, QUESTION_TOKENS)
        together = [self._together(asked, passage) for passage in passages]
        readings: list[Reading] = [Reading(0, 0, 0, 0)] * len(passages)
        for rows in e5.groups([len(item.ids) for item in together], TOKENS_PER_RUN):
            spans, answers = self._run([together[row].ids for row in rows])
            for place, row in enumerate(rows):
                readings[row] = _reading(together[row], spans[place], float(answers[place]))
        return readings

    def _pieces(self, text: str, limit: int) -> tuple[list[int], list[tuple[int, int]]]:
        clean = text[: limit * e5.LONGEST_PIECE].encode("utf-8", "replace").decode()
        found = self._tokenizer.encode(clean, add_special_tokens=False)
        return found.ids[:limit], found.offsets[:limit]

    def _together(self, asked: list[int], passage: str) -> _Passage:
        before = len(e5.PASSAGE_PREFIX)
        ids, places = self._pieces(e5.PASSAGE_PREFIX + passage, PASSAGE_TOKENS)
        start, end = self._plain.bos, self._plain.eos
        inner = [(max(0, a - before), max(0, z - before)) for a, z in places]
        return _Passage([start, *asked, end, *ids, end], len(asked) + 2, inner)

    def _run(self, tokens: list[list[int]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        ids = np.full((len(tokens), max(map(len, tokens))), self._plain.pad)
        mask = np.zeros(ids.shape, np.float32)
        for row, of_text in enumerate(tokens):
            ids[row, : len(of_text)] = of_text
            mask[row, : len(of_text)] = 1
        spans, answers = self._session.run(None, {"words": e5_graph.unpack(self._table[ids], self._plain.width), "mask": mask})
        return spans, answers


def _reading(item: _Passage, spans: NDArray[np.float32], answers: float) -> Reading:
    """The best span of the passage's tokens, first before last and not too long."""
    of_passage = spans[item.first : item.first + len(item.places)]
    score = of_passage[:, :1] + of_passage[None, :, 1]
    allowed = np.triu(np.ones(score.shape, bool)) & ~np.triu(np.ones(score.shape, bool), LONGEST_ANSWER)
    first, last = np.unravel_index(np.where(allowed, score, IMPOSSIBLE).argmax(), score.shape)
    return Reading(answers, item.places[first][0], item.places[last][1], float(score[first, last]))

