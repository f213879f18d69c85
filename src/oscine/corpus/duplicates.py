"""Posts that repeat an earlier one: word for word, or nearly.

Exact: equal after normalising (case, spaces, links, handles, punctuation at the ends, "RT @x:" before it). Near: the sets of words, or the sets of
character 5-grams, of the normalised texts have a Jaccard similarity of at least .8. A text of fewer than 5 words is exact or nothing.

Candidates are found by MinHash (Broder 1997) in 10 bands of 5 (locality-sensitive hashing, Leskovec et al., *Mining of Massive Datasets*, 3.4):
at similarity .8 one band agrees with probability 1 - (1 - .8^5)^10 = .981, for each of the two kinds. Each candidate is then compared exactly,
so that nothing is called a duplicate by chance. Memory: 420 to 840 bytes a kept post for the index, as it grows by doubling, and its normalised text.
The module knows nothing of who wrote a post; a translation or a paraphrase is another post to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import compress
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from oscine.corpus.shingles import Hashes, Positions, Shingles, blocks, mixed

SIMILAR = 0.8
GRAM = 5  # characters
WORDS = 5  # fewer are compared as a whole only
BANDS, ROWS = 10, 5
LONG = 600  # characters: beyond, one 5-gram of `SAMPLE` stands for all; texts between half of it and it are found both ways
SAMPLE = np.uint64(4)
Found = tuple[str, str] | None
T = TypeVar("T")

_HEAD = r"^(?:\s*rt\s+@[\w.]+:?)+"
_LINKS = r"(?:https?://|www\.)\S+|\B@\w+(?:@[\w.-]+)?|‹(?:url|name)›"
_SPACES = r"[^\S ]\s*| \s+"  # but a single space, which most are
_BEFORE, _AFTER = r"^[\s\p{P}]+", r"[\s\p{P}]+$"
_DENSE = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"  # scripts without spaces: two characters make a word
_random = np.random.default_rng(1997)
_FACTORS = _random.integers(0, 1 << 32, BANDS * ROWS, np.uint32) | np.uint32(1)
_MASKS = _random.integers(0, 1 << 32, BANDS * ROWS, np.uint32)
_WEIGHTS = _random.integers(0, 1 << 64, (BANDS, ROWS, 1), np.uint64) | np.uint64(1)
_GRAMS = np.uint64(1 << 63)  # set in the bands of characters, not in those of words
_NUMBERS = np.arange(0, 1000 * BANDS, 1000, dtype=np.uint64)[
    :, None
]  # the same values in another band, or of another kind, are another hash


def normalise(texts: pl.Series) -> pl.Series:
    """What of a text counts when it is compared. A text of nothing but links and handles stays as it is, in lower case."""
    lower = texts.fill_null("").str.to_lowercase().str.replace_all(_SPACES, " ").str.strip_chars(" ")
    plain = (
        lower.str.replace(_HEAD, "")
        .str.replace_all(_LINKS, "")
        .str.replace_all("  +", " ")
        .str.replace(_BEFORE, "")
        .str.replace(_AFTER, "")
    )
    return plain.zip_with(plain != "", lower)


class Duplicates:
    """The posts kept so far. What is found depends on the order of the posts alone, not on how they are cut into batches."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._texts: list[str] = []
        self._index = _Index()

    def add(self, keys: Sequence[str], texts: pl.Series) -> list[Found]:
        """For each post None, and it is kept, or ("exact" | "near", the key of the kept post that it repeats)."""
        plain = normalise(texts)
        dense = plain.str.count_matches(_DENSE).to_numpy()
        found: list[Found] = []
        for block in blocks(plain):
            found += self._block(keys[block], plain[block].to_list(), dense[block])
        return found

    def _block(self, keys: Sequence[str], texts: list[str], dense: npt.NDArray[np.uint32]) -> list[Found]:
        of, bands = _bands(texts, dense)
        first = len(self._keys)  # text i of this block is post `first + i` until it is known which are kept
        asked, posts = self._index.find(bands)
        candidates = _grouped(of[asked], zip(posts.tolist(), bands[asked].tolist(), strict=True))
        several = _repeated(bands)
        shared = _grouped(of[several], bands[several].tolist())
        self._keys += keys
        self._texts += texts
        found: list[Found] = [None] * len(texts)
        seen: dict[int, list[int]] = {}  # bands that several texts of this block have, and the texts kept that have them
        for i in sorted(candidates.keys() | shared.keys()):
            mine = shared.get(i, [])
            found[i] = self._match(texts[i], [*candidates.get(i, []), *((post, band) for band in mine for post in seen.get(band, ()))])
            if found[i] is None:
                for band in mine:
                    seen.setdefault(band, []).append(first + i)
        kept = np.array([match is None for match in found], bool)
        self._keys[first:] = compress(keys, kept)
        self._texts[first:] = compress(texts, kept)
        self._index.add(bands[kept[of]], (first + np.cumsum(kept) - 1)[of[kept[of]]])
        return found

    def _match(self, text: str, near: Sequence[tuple[int, int]]) -> Found:
        """What a text repeats of these posts; with each stands the band that it shares, and that says which of its sets to compare."""
        posts = sorted({post for post, _ in near})
        for post in posts:
            if self._texts[post] == text:
                return "exact", self._keys[post]
        for sets, post in sorted({(_words if band < 1 << 63 else grams, post) for post, band in near}, key=lambda pair: pair[1]):
            if jaccard(sets(text), sets(self._texts[post])) >= SIMILAR:
                return "near", self._keys[post]
        return None


def _words(text: str) -> frozenset[Any]:
    return frozenset(text.split())


@lru_cache(maxsize=64)
def grams(text: str) -> frozenset[tuple[str, ...]]:
    """The character 5-grams of a text."""
    return frozenset(zip(*(text[i:] for i in range(GRAM)), strict=False))


def jaccard(a: frozenset[Any], b: frozenset[Any]) -> float:
    """|a ∩ b| / |a ∪ b|; 0 for two empty sets."""
    common = len(a & b)
    return common / ((len(a) + len(b) - common) or 1)


def _bands(texts: list[str], dense: npt.NDArray[np.uint32]) -> tuple[Positions, Hashes]:
    """(texts, hashes): one hash for the whole of each text and, where it is not short, `BANDS` for each kind of set."""
    shingles = Shingles(texts)
    words = shingles.words()
    grams, offsets = shingles.characters(GRAM)
    sizes = np.diff(offsets)
    some = (words.counts + dense // 2 >= WORDS) & (sizes > 0)
    sampled = grams % SAMPLE == 0
    sample = np.concatenate([[0], np.cumsum(sampled)])[offsets]
    kinds = [
        _min_hashes(words.runs(1)[0], words.offsets, some),
        _min_hashes(grams, offsets, some & (sizes <= LONG)),
        _min_hashes(grams[sampled], sample, some & (sizes >= LONG // 2) & (np.diff(sample) > 0)),
    ]
    of = np.concatenate([np.arange(len(texts)), *(np.tile(which, BANDS) for which, _ in kinds)])
    whole, by_words, *by_grams = shingles.whole(), *(mixed(bands + np.uint64(kind)).ravel() for kind, (_, bands) in enumerate(kinds))
    hashes = np.concatenate([whole | _GRAMS, by_words & ~_GRAMS, *(hashes | _GRAMS for hashes in by_grams)])
    return of, hashes


def _min_hashes(hashes: Hashes, offsets: Positions, wanted: npt.NDArray[np.bool_]) -> tuple[Positions, Hashes]:
    """(texts, bands): the bands, BANDS × texts, of those sets that are wanted; none of them is empty."""
    which = np.flatnonzero(wanted)
    if not len(which):
        return which, np.zeros((BANDS, 0), np.uint64)
    small = (hashes >> np.uint64(32)).astype(np.uint32)
    small = small[np.repeat(wanted, np.diff(offsets))]
    edges = np.concatenate([[0], np.cumsum(np.diff(offsets)[which])[:-1]])
    least = np.empty((BANDS * ROWS, len(which)), np.uint32)
    turned = np.empty_like(small)
    for row, mask, factor in zip(least, _MASKS, _FACTORS, strict=True):
        np.multiply(np.bitwise_xor(small, mask, out=turned), factor, out=turned)
        np.minimum.reduceat(turned, edges, out=row)
    bands = (least.reshape(BANDS, ROWS, -1) * _WEIGHTS).sum(axis=1, dtype=np.uint64)
    return which, bands + _NUMBERS


def _repeated(hashes: Hashes) -> npt.NDArray[np.bool_]:
    """Which of the hashes occur more than once."""
    _, back, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    return np.asarray(counts[back] > 1)


def _grouped(texts: Positions, values: Iterable[T]) -> dict[int, list[T]]:
    """The values of each text."""
    found: dict[int, list[T]] = {}
    for text, value in zip(texts.tolist(), values, strict=True):
        found.setdefault(text, []).append(value)
    return found


class _Index:
    """Numbers of posts by 64-bit hash: a hash table of chains in four arrays, 20 bytes an entry; up to 2^31 entries."""

    def __init__(self) -> None:
        self._heads = np.full(1 << 16, -1, np.int32)
        self._hashes = np.zeros(1 << 16, np.uint64)
        self._posts = np.zeros(1 << 16, np.int32)
        self._next = np.zeros(1 << 16, np.int32)
        self._size = 0

    def find(self, hashes: Hashes) -> tuple[Positions, npt.NDArray[np.int32]]:
        """(positions, posts): for each hash asked for, by its position, the posts that were added under it."""
        positions: list[Positions] = [np.zeros(0, np.intp)]
        posts = [np.zeros(0, np.int32)]
        for alive, entries in self._walk(hashes):
            hit = self._hashes[entries] == hashes[alive]
            positions.append(alive[hit])
            posts.append(self._posts[entries[hit]])
        return np.concatenate(positions), np.concatenate(posts)

    def _walk(self, hashes: Hashes) -> Iterator[tuple[Positions, npt.NDArray[np.int32]]]:
        """Down the chains of all hashes at once: those whose chain has not ended, and where they are."""
        entries = self._heads[self._slots(hashes)]
        alive = np.flatnonzero(entries >= 0)
        entries = entries[alive]
        while len(alive):
            yield alive, entries
            entries = self._next[entries]
            alive, entries = alive[entries >= 0], entries[entries >= 0]

    def _slots(self, hashes: Hashes) -> Positions:
        return (hashes & np.uint64(len(self._heads) - 1)).astype(np.intp)

    def add(self, hashes: Hashes, posts: Positions) -> None:
        """Put posts under hashes, one each."""
        start, self._size = self._size, self._size + len(hashes)
        if self._size > len(self._hashes):
            self._grow()
        self._hashes[start : self._size] = hashes
        self._posts[start : self._size] = posts
        if len(self._heads) < len(self._hashes):
            self._heads, start = np.full(len(self._hashes), -1, np.int32), 0
        self._link(start)

    def _grow(self) -> None:
        capacity = 1 << (self._size - 1).bit_length()
        self._hashes, self._posts, self._next = (
            np.concatenate([column, np.zeros(capacity - len(column), column.dtype)]) for column in (self._hashes, self._posts, self._next)
        )

    def _link(self, start: int) -> None:
        """Put the entries from `start` on before their chains; of those that want one slot at once, one is put in a turn."""
        entries = np.arange(start, self._size, dtype=np.int32)
        slots = self._slots(self._hashes[start : self._size])
        while len(entries):
            before = self._heads[slots]
            self._heads[slots] = entries
            put = self._heads[slots] == entries
            self._next[entries[put]] = before[put]
            entries, slots = entries[~put], slots[~put]
