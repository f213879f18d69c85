"""64-bit hashes of every word and character n-gram of many texts at once, in numpy.

A text's hash is a polynomial over its code points; the sums of all beginnings give the hash of any piece by one subtraction
(Karp and Rabin 1987). Equal pieces have equal hashes wherever they stand; two different ones agree with probability 2^-64.
The module knows nothing of what a word means: words are what spaces part.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

Hashes = npt.NDArray[np.uint64]
Positions = npt.NDArray[np.intp]

BLOCK = 1 << 17  # code points hashed at once: what is worked on stays in the cache
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_SPACE = ord(" ")


def mixed(hashes: Hashes) -> Hashes:
    """The hashes with every bit made to depend on every other (the finaliser of MurmurHash3)."""
    hashes = (hashes ^ (hashes >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    return (hashes ^ (hashes >> np.uint64(29))) * np.uint64(0xC4CEB9FE1A85EC53)


def blocks(texts: pl.Series) -> Iterator[slice]:
    """Slices of a series of texts, in order, each of about `BLOCK` code points or of one text."""
    ends = texts.str.len_chars().to_numpy().cumsum()
    start = 0
    while start < len(ends):
        done = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + BLOCK)))
        yield slice(start, stop)
        start = stop


class _Powers:
    """The powers of the polynomial's base, and of its inverse, as far as they have been asked for."""

    def __init__(self) -> None:
        self._forth, self._back = np.ones(1, np.uint64), np.ones(1, np.uint64)

    def upto(self, count: int) -> tuple[Hashes, Hashes]:
        if count > len(self._forth):
            self._forth, self._back = (_powers(base, 2 * count) for base in (_BASE, _INVERSE))
        return self._forth[:count], self._back


def _powers(base: int, count: int) -> Hashes:
    factors = np.full(count, base, np.uint64)
    factors[0] = 1
    return np.multiply.accumulate(factors)


_powers_of_base = _Powers()


class Shingles:
    """The hashes of one block of texts. `offsets` in what it returns has one more entry than there are texts."""

    def __init__(self, texts: list[str]) -> None:
        points = np.frombuffer((" ".join(texts) + " ").encode("utf-32-le"), np.uint32)
        forth, self._back = _powers_of_base.upto(len(points) + 1)
        self._sums = np.zeros(len(points) + 1, np.uint64)
        np.cumsum((points + np.uint64(1)) * forth[: len(points)], out=self._sums[1:])
        self._ends = np.fromiter(map(len, texts), np.intp, len(texts)).cumsum() + np.arange(len(texts))
        self._starts = np.concatenate([[0], self._ends + 1]).astype(np.intp)[:-1]
        self._points = points

    def _hashes(self, starts: Positions, ends: Positions) -> Hashes:
        return mixed((self._sums[ends] - self._sums[starts]) * self._back[starts])

    def whole(self) -> Hashes:
        """The hash of each text."""
        return self._hashes(self._starts, self._ends)

    def characters(self, n: int) -> tuple[Hashes, Positions]:
        """(hashes, offsets): the hash of every run of `n` characters; none for a text that is shorter."""
        counts = np.maximum(self._ends - self._starts - n + 1, 0)
        offsets = _offsets(counts)
        starts = np.arange(offsets[-1]) + np.repeat(self._starts - offsets[:-1], counts)
        return self._hashes(starts, starts + n), offsets

    def words(self) -> Words:
        """Where the words stand, to be hashed in runs of any length."""
        letters = np.concatenate([[False], self._points != _SPACE, [False]])
        edges = np.flatnonzero(letters[1:] != letters[:-1])
        starts, ends = edges[::2], edges[1::2]
        offsets = np.searchsorted(starts, np.append(self._starts, len(self._points)))
        return Words(self, starts, ends, offsets)


class Words:
    """The words of a block of texts: word `i` of text `t` is number `offsets[t] + i`."""

    def __init__(self, shingles: Shingles, starts: Positions, ends: Positions, offsets: Positions) -> None:
        self._shingles, self._starts, self._ends, self.offsets = shingles, starts, ends, offsets
        self.counts = np.diff(offsets)

    def runs(self, n: int) -> tuple[Hashes, Positions, Positions]:
        """(hashes, texts, words): the hash of every run of `n` words with what stands between them, its text, and the word of it that is first."""
        texts = np.repeat(np.arange(self.counts.size), self.counts)
        last = max(0, texts.size - n + 1)
        first = np.flatnonzero(texts[:last] == texts[n - 1 :][:last])
        of = texts[first]
        return self._shingles._hashes(self._starts[first], self._ends[first + n - 1]), of, first - self.offsets[of]


def _offsets(counts: Positions) -> Positions:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
