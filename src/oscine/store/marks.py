"""Marks of a text: hashes of a few of its pieces, by which its bytes are found again in any file after the text itself is gone.

A piece is 24 bytes of UTF-8 (a shorter text whole, from 12 bytes on; below that a text says too little to be anybody's). Pieces are spread over the
text, so that a fragment is found too, and lie where the text is written the same in JSON or HTML; where there is no such place, the text as JSON escapes
it is marked as well. A hash is a polynomial over bytes that a secret table has made random (Karp and Rabin 1987), mod 2^64, so that nobody without the
secret can try texts against it. A search computes the hash of 12 bytes at every place at once, by doubling, looks it up in a table of bits, and checks
the few that remain by the whole piece. It does not see through compression or encryption: whoever reads files does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

PIECE, LEAST = 24, 12  # bytes
VARIED = 6  # different bytes that a piece has at least: a row of dashes is nobody's
EVERY, MOST = 24, 16  # a piece for so many bytes of text; pieces of a text
BLOCK = 1 << 17  # bytes searched at a time: what is computed of them stays in the cache
BITS = 22  # of the table that nearly every place is decided by
MARK = np.dtype([("head", "<u4"), ("whole", "<u8"), ("length", "u1")])  # packed: 13 bytes
BASE, SMALL_BASE = 0x9E3779B97F4A7C15, 0x9E3779B1

Marks = NDArray[np.void]  # of MARK
_PLAIN = np.zeros(256, dtype=bool)
_PLAIN[0x20:0x7F] = True
_PLAIN[[ord(c) for c in "\"\\<>&'"]] = False


class Hit(NamedTuple):
    """A mark, by its number among those searched for, and where its piece begins."""

    mark: int
    place: int


class Marker:
    """Makes marks of texts, by a secret that is this network's own."""

    def __init__(self, secret: bytes) -> None:
        table = hashlib.shake_256(b"oscine marks\n" + secret).digest(256 * 12)
        self.wide = np.frombuffer(table[: 256 * 8], dtype="<u8").astype(np.uint64)
        self.narrow = np.frombuffer(table[256 * 8 :], dtype="<u4").astype(np.uint32)

    def of(self, texts: Sequence[str]) -> bytes:
        """The marks of some texts, packed, each once."""
        written = [text.encode("utf8", "surrogatepass") for text in texts]
        places, lengths, data, plain = _pieces([text for text in written if len(text) >= LEAST])
        found = [self._made(data, places, lengths)]
        if not plain.all():
            again = [json.dumps(text)[1:-1].encode() for text in texts if not _PLAIN[np.frombuffer(text.encode("utf8", "surrogatepass"), np.uint8)].all()]
            places, lengths, data, _ = _pieces([text for text in again if len(text) >= LEAST])
            found.append(self._made(data, places, lengths))
        return each_once(np.concatenate(found)).tobytes()

    def _made(self, data: NDArray[np.uint8], places: NDArray[np.int64], lengths: NDArray[np.int64]) -> Marks:
        made, varied = np.zeros(len(places), dtype=MARK), np.zeros(len(places), dtype=bool)
        for length in np.unique(lengths):
            these = lengths == length
            pieces = data[places[these, None] + np.arange(length)]
            varied[these] = (np.diff(np.sort(pieces, axis=1), axis=1) > 0).sum(axis=1) >= VARIED - 1
            made["head"][these] = _polynomial(self.narrow[pieces[:, :LEAST]], SMALL_BASE)
            made["whole"][these] = _polynomial(self.wide[pieces], BASE)
            made["length"][these] = length
        return made[varied]


def unpacked(marks: bytes) -> Marks:
    """Marks as `Marker.of` packs them."""
    return np.frombuffer(marks, dtype=MARK)


def each_once(marks: Marks) -> Marks:
    """Each mark once, sorted by the hash of its whole piece: records themselves are slow to sort."""
    return marks[np.unique(marks["whole"], return_index=True)[1]]


class Finder:
    """Looks for many marks in bytes. `marks` are those searched for, each once; a hit names one by its number among them."""

    def __init__(self, marker: Marker, marks: Marks) -> None:
        self._marker = marker
        self.marks = each_once(marks)
        self._heads, which = np.unique(self.marks["head"], return_inverse=True)
        self._long = np.zeros(len(self._heads), dtype=np.uint32)  # of each head, the lengths of its pieces, a bit each
        np.bitwise_or.at(self._long, which, np.uint32(1) << self.marks["length"].astype(np.uint32))
        self._bits = np.zeros(1 << BITS, dtype=bool)
        self._bits[self._heads >> np.uint32(32 - BITS)] = True
        self._lengths = [(int(length), *self._of_length(int(length))) for length in np.unique(self.marks["length"])]

    def _of_length(self, length: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        these = np.flatnonzero(self.marks["length"] == length)
        order = np.argsort(self.marks["whole"][these], kind="stable")
        return self.marks["whole"][these][order], these[order]

    def __len__(self) -> int:
        return len(self.marks)

    def find(self, data: bytes | memoryview) -> list[Hit]:
        """Every place of every mark in these bytes; of several marks of the same hash one is told."""
        whole, hits = np.frombuffer(data, dtype=np.uint8), list[Hit]()
        if not len(self.marks):
            return hits
        for start in range(0, max(len(whole) - LEAST + 1, 0), BLOCK):
            block = whole[start : start + BLOCK + LEAST - 1]
            if block.any():
                places, heads = self._likely(block)
                hits += self._checked(whole, places + start, heads) if len(places) else []
        return hits

    def _likely(self, block: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Places where the hash of the next 12 bytes is that of a mark's first 12, and which: h(2k)[i] = h(k)[i]·b^k + h(k)[i+k]."""
        h1 = self._marker.narrow[block]
        h2 = h1[:-1] * np.uint32(SMALL_BASE) + h1[1:]
        h4 = h2[:-2] * _power(2) + h2[2:]
        h8 = h4[:-4] * _power(4) + h4[4:]
        heads = h8[:-4] * _power(4) + h4[8:]
        places = np.flatnonzero(self._bits[heads >> np.uint32(32 - BITS)])
        found = heads[places]
        at = np.minimum(np.searchsorted(self._heads, found), len(self._heads) - 1)
        same = self._heads[at] == found
        return places[same], at[same]

    def _checked(self, whole: NDArray[np.uint8], places: NDArray[np.int64], heads: NDArray[np.int64]) -> list[Hit]:
        hits: list[Hit] = []
        for length, hashes, numbers in self._lengths:
            wanted = (self._long[heads] >> np.uint32(length) & np.uint32(1)).astype(bool)
            fitting = places[wanted & (places + length <= len(whole))]
            found = _polynomial(self._marker.wide[whole[fitting[:, None] + np.arange(length)]], BASE)
            at = np.minimum(np.searchsorted(hashes, found), len(hashes) - 1)
            same = hashes[at] == found
            hits += [Hit(int(number), int(place)) for number, place in zip(numbers[at[same]], fitting[same], strict=True)]
        return hits


def _power(exponent: int) -> np.uint32:
    return np.uint32(pow(SMALL_BASE, exponent, 1 << 32))


def _polynomial(values: NDArray[Any], base: int) -> NDArray[Any]:
    """The hash of each row: the sum of value · base^(places after it), mod 2^(bits of the values)."""
    bits = 8 * values.dtype.itemsize
    powers = np.array([pow(base, values.shape[1] - 1 - n, 1 << bits) for n in range(values.shape[1])], dtype=values.dtype)
    hashes: NDArray[Any] = (values * powers).sum(axis=1, dtype=values.dtype)
    return hashes


def _pieces(texts: Sequence[bytes]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8], NDArray[np.bool_]]:
    """Where to mark some texts: places and lengths in the array of all of them, and whether each piece is written the same everywhere."""
    data = np.frombuffer(b"\n".join(texts) + b"\n" * PIECE, dtype=np.uint8)
    sizes = np.array([len(text) for text in texts], dtype=np.int64)
    starts = np.cumsum(sizes + 1) - sizes - 1
    counts = np.where(sizes < PIECE, 1, np.clip(sizes // EVERY, 1, MOST))
    which = np.repeat(np.arange(len(texts)), counts)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    lengths = np.minimum(sizes[which], PIECE)
    wanted = starts[which] + (sizes[which] - lengths) * (2 * nth + 1) // (2 * counts[which])
    blank = data == 0x20
    double = np.concatenate([[False], blank[1:] & blank[:-1]])  # whoever cleans a text makes one of two
    special = np.concatenate([[0], np.cumsum(~_PLAIN[data] | double)])
    fine = np.flatnonzero(special[PIECE:] == special[:-PIECE])
    places = _nearest(fine, wanted, lengths, starts[which], starts[which] + sizes[which])
    return places, lengths, data, special[places + lengths] == special[places]


def _nearest(
    fine: NDArray[np.int64], wanted: NDArray[np.int64], lengths: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The place in `fine` next to each that is wanted, if it is in the same text; else the wanted one. Short texts are taken whole."""
    if not len(fine):
        return wanted
    above = fine[np.minimum(np.searchsorted(fine, wanted), len(fine) - 1)]
    below = fine[np.maximum(np.searchsorted(fine, wanted, side="right") - 1, 0)]
    inside = [(place >= first) & (place + PIECE <= last) & (lengths == PIECE) for place in (above, below)]
    far = [np.where(fits, np.abs(place - wanted), len(fine) + wanted.max() + PIECE) for fits, place in zip(inside, (above, below), strict=True)]
    chosen = np.where(far[0] < far[1], above, below)
    return np.where(inside[0] | inside[1], chosen, wanted)
