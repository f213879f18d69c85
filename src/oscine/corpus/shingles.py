"""What of a text counts when it is compared, and hashes of its words, runs of words and characters, for many texts at once in numpy.

Hashes are polynomials (Karp and Rabin 1987): of a word over its code points, of a run over its words. Equal pieces have equal hashes wherever they
stand; two different words, or runs of 5 characters, agree with probability 2^-32, two runs that have more than a word different with 2^-64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

Hashes = npt.NDArray[np.uint64]
Sketch = npt.NDArray[np.uint32]
Positions = npt.NDArray[np.intp]

BLOCK = 1 << 17  # code points hashed at once: what is worked on stays in the cache
GRAM = 5  # characters
NO_GRAM = np.uint32(0xFFFFFFFF)
DENSE = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"  # scripts without spaces: a character is a word
_MENTIONS = r"(?:https?://|www\.)\S+|‹\w+›|\B@\w+(?:@[\w.-]+)?"
_GAP = r"[^\p{L}\p{M}\p{N} ][^\p{L}\p{M}\p{N}]*| [^\p{L}\p{M}\p{N}]+"  # but a single space, which most gaps are
_BASE = 0x9E3779B1
_INVERSE = pow(_BASE, -1, 1 << 32)
_NEXT = np.uint64(0x9E3779B97F4A7C15)
_SPACE = ord(" ")


def normalise(texts: pl.Series, joined: str = "") -> pl.Series:
    """Lower-case words with one space between, without links, handles and placeholders; marks that match `joined` vanish, others part words.

    A text of nothing but such things stays as it is, in lower case.
    """
    lower = texts.fill_null("").str.to_lowercase().str.strip_chars()
    plain = _where(lower, lower.str.contains(r"://|www\.|‹|@"), lambda some: some.str.replace_all(_MENTIONS, " "))
    if joined:
        plain = plain.str.replace_all(joined, "")
    plain = _where(plain, plain.str.contains(DENSE), lambda some: some.str.replace_all(rf"({DENSE})", " $1 "))
    plain = plain.str.replace_all(_GAP, " ").str.strip_chars(" ")
    plain = _where(plain, plain.str.starts_with("rt "), lambda some: some.str.replace(r"^(?:rt )+", ""))
    return plain.zip_with(plain != "", lower)


def _where(texts: pl.Series, chosen: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    rows = chosen.arg_true()
    return texts.clone().scatter(rows, change(texts.gather(rows))) if len(rows) else texts


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


@lru_cache(maxsize=8)
def _powers(base: int, bits: int) -> Sketch:
    factors = np.full(1 << bits, base, np.uint32)
    factors[0] = 1
    return np.multiply.accumulate(factors, dtype=np.uint32)


class Shingles:
    """The hashes of one block of normalised texts: word `i` of text `t` is number `offsets[t] + i`. Words are what single spaces part."""

    def __init__(self, texts: pl.Series) -> None:
        listed = texts.to_list()
        self._points = np.frombuffer((" ".join(listed) + " ").encode("utf-32-le"), np.uint32)
        self._lengths = np.fromiter(map(len, listed), np.intp, len(listed)) + 1
        self._ends = self._lengths.cumsum() - 1
        after = np.flatnonzero(self._points == _SPACE)  # the space after each word
        self._starts = np.append(0, after + 1)[:-1]
        self.offsets = np.append(0, np.searchsorted(after, self._ends) + 1)
        self.counts = np.diff(self.offsets)
        self.texts = np.repeat(np.arange(len(listed)), self.counts)  # of each word
        self.words = self._words()

    def _words(self) -> Hashes:
        """The hash of every word."""
        bits = len(self._points).bit_length()
        terms = self._points * _powers(_BASE, bits)[: len(self._points)]
        sums = np.add.reduceat(terms, self._starts, dtype=np.uint32) if len(self._starts) else terms[:0]
        return mixed((sums * _powers(_INVERSE, bits)[self._starts]).astype(np.uint64))

    def runs(self, n: int) -> Positions:
        """The words that `n - 1` more of their text follow."""
        last = max(0, len(self.texts) - n + 1)
        return np.flatnonzero(self.texts[:last] == self.texts[n - 1 :][:last])

    def pieces(self, words: Positions, n: int) -> Hashes:
        """The hash of `n` words from each of these on."""
        total = np.zeros(len(words), np.uint64)
        for step in reversed(range(n)):
            total = total * _NEXT + self.words[words + step]
        return total

    def whole(self, texts: Positions) -> Hashes:
        """The hash of each of these texts."""
        total = np.zeros(len(texts), np.uint64)
        for n in np.unique(self.counts[texts]):
            same = self.counts[texts] == n
            total[same] = self.pieces(self.offsets[texts[same]], int(n))
        return total

    def room(self, words: Positions) -> Positions:
        """How many words of its text there are from each of these words on, it included."""
        return self.offsets[self.texts[words] + 1] - words

    def grams(self) -> tuple[Sketch, Positions]:
        """(hashes, texts): the 32-bit hash of every run of `GRAM` characters, `NO_GRAM` where it would leave its text, and its text."""
        padded = np.concatenate([self._points, np.zeros(GRAM, np.uint32)])
        hashes = padded[: len(self._points)] * np.uint32(0x01000193)
        for shift in range(1, GRAM):
            hashes += padded[shift : shift + len(self._points)]
            hashes *= np.uint32(0x85EBCA6B)
        hashes ^= hashes >> np.uint32(15)
        hashes *= np.uint32(0xC2B2AE35)
        hashes ^= hashes >> np.uint32(13)
        hashes[np.maximum(self._ends[:, None] - np.arange(GRAM), 0)] = NO_GRAM
        return hashes, np.repeat(np.arange(len(self._lengths)), self._lengths)
