"""From a corpus's documents to the rows that a model is trained on.

`encode` writes the tokens of each part of a corpus once; a `Stream` packs its documents into rows, shuffled anew in each epoch, and
can go on from any place. What it gives depends on the corpus, the seed and the place only: not on how many machines share it.
It knows nothing of models; why a document is in a corpus, `corpus/` knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.errors import InputError
from oscine.model.tokenizer import Tokenizer, Turn

IGNORED = -100
Integers = NDArray[np.integer[Any]]


class Document(NamedTuple):
    """A post or a thread of a corpus."""

    turns: list[Turn]
    year: int
    month: int
    lang: str

    @property
    def bytes(self) -> int:
        """Of the text of all turns, in UTF-8."""
        return sum(len(turn.text.encode()) for turn in self.turns)


def documents(corpus: Path, split: str) -> Iterator[list[Document]]:
    """The documents of a split, a list for each part of the corpus. Raises `InputError` where there is no corpus."""
    import pyarrow.parquet as parquet

    parts = sorted((corpus / "documents").glob("part-*.parquet"))
    if not parts:
        raise InputError(f"{corpus} is no corpus.", "Build one with `oscine corpus build`.")
    for part in parts:
        table = parquet.read_table(part, columns=["turns", "year", "month", "lang"], filters=[("split", "=", split)])
        yield [
            Document([Turn(turn["speaker"], turn["text"]) for turn in row["turns"]], row["year"], row["month"], row["lang"] or "und")
            for row in table.to_pylist()
        ]


@dataclass(frozen=True)
class Counts:
    """What was encoded."""

    documents: int = 0
    tokens: int = 0
    bytes: int = 0


def encode(corpus: Path, tokenizer: Tokenizer, out: Path, split: str = "train", times: bool = False) -> Counts:
    """Write the tokens of a split, a pair of arrays a part: `tokens`, and `offsets` where each document begins; `times` tells the model when."""
    out.mkdir(parents=True, exist_ok=True)
    kind = np.uint16 if tokenizer.size <= 1 << 16 else np.uint32
    sums = np.zeros(3, np.int64)
    for number, part in enumerate(documents(corpus, split)):
        tokens, offsets = _encoded(part, tokenizer, times, kind)
        np.save(out / f"{split}-{number:05}.tokens.npy", tokens)
        np.save(out / f"{split}-{number:05}.offsets.npy", offsets)
        sums += [len(part), len(tokens), sum(document.bytes for document in part)]
    counts = Counts(*sums.tolist())
    (out / f"{split}.json").write_text(json.dumps(asdict(counts)))
    return counts


def _encoded(part: Sequence[Document], tokenizer: Tokenizer, times: bool, kind: type[np.integer[Any]]) -> tuple[Integers, Integers]:
    texts = iter(tokenizer.encode_texts([turn.text for document in part for turn in document.turns]))
    when = {(d.year, d.month): tokenizer.encode_text(f"{d.year}-{d.month:02}") for d in part} if times else {}
    made = [tokenizer.document(d.turns, [next(texts) for _ in d.turns], when.get((d.year, d.month))) for d in part]
    offsets = np.cumsum([0, *(len(tokens) for tokens in made)])
    return np.fromiter((token for tokens in made for token in tokens), kind, int(offsets[-1])), offsets


class Place(NamedTuple):
    """Where a stream is: so many epochs done, so many parts of this one, so many rows of this part."""

    epoch: int = 0
    part: int = 0
    row: int = 0


class Batch(NamedTuple):
    """Rows of the same length, each [rows, length]: what is read, which document it is of, what comes next (`IGNORED` where nothing does)."""

    tokens: NDArray[np.int64]
    documents: NDArray[np.int64]
    targets: NDArray[np.int64]


class Stream:
    """Rows without end. `rank` of `world` machines takes its share of each batch."""

    def __init__(self, folder: Path, length: int, seed: int, place: Place = Place(), rank: int = 0, world: int = 1) -> None:  # noqa: B008
        self._parts = sorted(folder.glob("train-*.tokens.npy"))
        self._parts = [part for part in self._parts if np.load(part, mmap_mode="r").size]
        if not self._parts:
            raise InputError(f"{folder} holds no training text.", "Build a corpus of posts that may be trained on.")
        self._length, self._seed, self._rank, self._world = length, seed, rank, world
        self.place = place
        self._open: _Part | None = None

    def take(self, rows: int) -> Batch:
        """The next `rows` rows of all machines together; this one's of them."""
        mine = [row for number, row in enumerate(self._next(rows)) if number % self._world == self._rank]
        return Batch(*(np.stack(column) for column in zip(*mine, strict=True)))

    def _next(self, rows: int) -> Iterator[Batch]:
        for _ in range(rows):
            part = self._part()
            yield part.row(self.place.row)
            epoch, number, row = self.place
            if row + 1 < len(part):
                self.place = Place(epoch, number, row + 1)
            else:
                self.place = Place(epoch, number + 1) if number + 1 < len(self._parts) else Place(epoch + 1)

    def _part(self) -> _Part:
        epoch, number, _ = self.place
        if self._open is None or self._open.name != (epoch, number):
            order = np.random.default_rng([self._seed, epoch]).permutation(len(self._parts))
            path, dice = self._parts[order[number]], np.random.default_rng([self._seed, epoch, 1 + int(order[number])])
            self._open = _Part((epoch, number), path, self._length, dice)
        return self._open


class _Part:
    """The documents of one part, packed into rows in the order of the dice."""

    def __init__(self, name: tuple[int, int], path: Path, length: int, dice: np.random.Generator) -> None:
        self.name, self._length = name, length
        self._tokens = np.load(path, mmap_mode="r")
        offsets = np.load(path.with_name(path.name.replace("tokens", "offsets")))
        pieces = cut(offsets, length)
        pieces = pieces[dice.permutation(len(pieces))]
        rows, count = pack(pieces[:, 1], length)
        places = dice.permutation(count)[rows]
        order = np.argsort(places, kind="stable")
        self._pieces = pieces[order]
        self._begins = np.searchsorted(places[order], np.arange(count + 1))

    def __len__(self) -> int:
        return len(self._begins) - 1

    def row(self, number: int) -> Batch:
        """One row, of its pieces one behind the other, filled up with the token that ends a document and is never counted."""
        tokens, documents = np.full(self._length, 1, np.int64), np.zeros(self._length, np.int64)
        targets, at = np.full(self._length, IGNORED, np.int64), 0
        for document, (begin, size) in enumerate(self._pieces[self._begins[number] : self._begins[number + 1]], 1):
            place = slice(at, at + size)
            tokens[place] = self._tokens[begin : begin + size]
            targets[place] = self._tokens[begin + 1 : begin + size + 1]
            documents[place], at = document, at + size
        return Batch(tokens, documents, targets)


def cut(offsets: Integers, length: int) -> Integers:
    """Pieces[N, 2] of documents, each (begin, tokens read) with at most `length` of them; the last token of a document is only ever a target."""
    sizes = np.diff(offsets) - 1
    counts = -(-sizes // length)
    which = np.repeat(np.arange(len(sizes)), counts)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.stack([offsets[which] + nth * length, np.minimum(length, sizes[which] - nth * length)], 1)


def pack(sizes: Integers, length: int) -> tuple[Integers, int]:
    """The row of each piece, and how many rows there are: the longest first, each into the row that it fills best (best fit, Johnson 1973)."""
    row, count = np.empty(len(sizes), np.int64), 0
    spaces: list[list[int]] = [[] for _ in range(length + 1)]
    free = 0  # bit n is set while a row has room for n more
    for piece in np.argsort(-sizes, kind="stable").tolist():
        size = int(sizes[piece])
        fitting = free >> size
        if fitting:
            space = size + (fitting & -fitting).bit_length() - 1
            chosen = spaces[space].pop()
            free ^= 0 if spaces[space] else 1 << space
        else:
            space, chosen, count = length, count, count + 1
        row[piece] = chosen
        if left := space - size:
            spaces[left].append(chosen)
            free |= 1 << left
    return row, count
