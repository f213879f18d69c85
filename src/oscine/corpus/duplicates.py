"""Posts that repeat an earlier one: word for word, or nearly.

Exact: equal after normalising (`shingles.normalise`). Near: the sets of words, or the sets of character 5-grams, of the normalised texts have a
Jaccard similarity of at least .8. A text of fewer than 5 words, or 10 characters in a script without spaces, is exact or nothing.

Candidates are found by MinHash (Broder 1997) in 10 bands of 5 (locality-sensitive hashing, Leskovec et al., *Mining of Massive Datasets*, 3.4):
at similarity .8 one band agrees with probability 1 - (1 - .8^5)^10 = .981, for each of the two kinds. One permutation does for all: the least hash in
each of 50 bins, an empty bin taking that of another (Li et al. 2012, Shrivastava 2017). Equal bands are brought together by sorting,
and their posts compared exactly, so that nothing is called a duplicate by chance. Memory: 340 bytes a post, and its normalised text.
The module knows nothing of who wrote a post; a translation or a paraphrase is another post to it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from oscine.corpus.shingles import DENSE, NO_GRAM, Hashes, Positions, Shingles, Sketch, blocks

SIMILAR = 0.8
WORDS = 5  # fewer are compared as a whole only
BANDS, ROWS = 10, 5
LIKELY = 0.6  # of a sketch; at similarity .8 a lower share agrees once in a thousand times
ROUNDS = 32  # with so many that have its band is a post compared
BINS = BANDS * ROWS
Flags = npt.NDArray[np.bool_]

_random = np.random.default_rng(1997)
_TURNS = np.array([_random.permutation(BINS) for _ in range(12)])  # after so many, the least of all does
_WEIGHTS = _random.integers(0, 1 << 32, ROWS, np.uint32) | np.uint32(1)
_32, _LOW = np.uint64(32), np.uint64((1 << 32) - 1)
_KIND, _POST = np.uint64(31), np.uint64((1 << 31) - 1)


class Duplicates:
    """All posts, in order. What is found does not depend on how they are cut into batches."""

    def __init__(self) -> None:
        self._texts = [pl.Series([], dtype=pl.String)]

    def add(self, texts: pl.Series) -> None:
        """The next posts, normalised."""
        self._texts.append(texts)

    def find(self) -> pl.DataFrame:
        """For each post `kind`, null or "exact" or "near", and `of`, the number of the earlier post that it repeats, or null."""
        texts = pl.concat(self._texts)
        whole = pl.DataFrame({"hash": texts.hash(0)}).with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
        first = whole.select(pl.col("row").first().over("hash")).to_series().to_numpy()
        once = np.flatnonzero(first == np.arange(len(first)))
        near = _near(texts.gather(once))
        of = np.where(first == np.arange(len(first)), -1, first)
        of[once[near >= 0]] = once[near[near >= 0]]
        kind = pl.when(pl.col("of") < 0).then(None).when(pl.col("of") == first).then(pl.lit("exact")).otherwise(pl.lit("near"))
        return pl.DataFrame({"of": of}).select(kind=kind, of=pl.when(pl.col("of") >= 0).then("of"))


def _near(texts: pl.Series) -> Positions:
    """For each text the number of the earlier one, itself kept, that it nearly repeats, or -1."""
    found = np.full(len(texts), -1, np.intp)
    dense = texts.str.contains(DENSE).to_numpy()
    made = [_sketched(texts[block], dense[block], block.start) for block in blocks(texts)]
    group, post = _groups([bands for bands, _ in made])
    sketches = np.concatenate([np.zeros((2, 0, BINS), np.uint8), *(sketch for _, sketch in made)], axis=1)
    for _ in range(ROUNDS):
        leads = _begins(group)
        lead = post[leads][np.cumsum(leads) - 1]
        for later, earlier in _alike(texts, sketches, _distinct(post[~leads] << _32 | lead[~leads])):
            if found[earlier] < 0 and found[later] < 0:
                found[later] = earlier
        stays = ~leads & (found[post & _POST] < 0)
        group, post = group[stays], post[stays]
    return found


def _groups(bands: list[tuple[Hashes, Hashes]]) -> tuple[Positions, Hashes]:
    """(groups, posts): those that have a band in common, in order."""
    groups, posts, count = [np.zeros(0, np.intp)], [np.zeros(0, np.uint64)], 0
    for kind in zip(*bands, strict=True):
        for entries in np.concatenate(kind, axis=1):
            entries.sort()
            begins = _begins(entries >> _32)
            several = ~(begins & np.append(begins[1:], True))
            groups.append(np.cumsum(begins[several]) + count)
            posts.append(entries[several] & _LOW)
            count += len(groups[-1])
    return np.concatenate(groups), np.concatenate(posts)


def _begins(values: npt.NDArray[Any]) -> Flags:
    """Which differ from the one before."""
    return np.append(True, values[1:] != values[:-1])[: len(values)]


def _distinct(values: Hashes) -> Hashes:
    values.sort()
    return values[_begins(values)]


def _alike(texts: pl.Series, sketches: npt.NDArray[np.uint8], pairs: Hashes) -> list[tuple[int, int]]:
    """Those of the pairs of posts that are near duplicates, in order."""
    later, earlier = (pairs >> _32 & _POST).astype(np.intp), (pairs & _POST).astype(np.intp)
    kinds = (pairs >> _KIND & np.uint64(1)).astype(np.intp)
    alike = np.zeros(len(pairs), bool)
    likely = (sketches[kinds, later] == sketches[kinds, earlier]).mean(axis=1) >= LIKELY
    for kind in (0, 1):
        some = np.flatnonzero(likely & (kinds == kind))
        sides = texts.gather(later[some]), texts.gather(earlier[some])
        for block in blocks(sides[0]):
            alike[some[block]] = jaccard(sides[0][block], sides[1][block], kind) >= SIMILAR
    order = np.lexsort((earlier[alike], later[alike]))
    return list(zip(later[alike][order].tolist(), earlier[alike][order].tolist(), strict=True))


def jaccard(first: pl.Series, second: pl.Series, kind: int) -> npt.NDArray[np.float64]:
    """|a ∩ b| / |a ∪ b| of the sets of words (kind 0) or of 5-grams (1) of each two texts; 0 for two empty sets."""
    members = _distinct(np.concatenate([_members(Shingles(side), kind) | np.uint64(i) for i, side in enumerate((first, second))]))
    text = (members >> np.uint64(33)).astype(np.intp)
    common = np.bincount(text[~_begins(members >> np.uint64(1))], minlength=len(first))
    similarity: npt.NDArray[np.float64] = common / np.maximum(np.bincount(text, minlength=len(first)) - common, 1)
    return similarity


def _members(shingles: Shingles, kind: int) -> Hashes:
    """The text and the hash of each member of each set; the lowest bit is free."""
    hashes, texts = _hashes(shingles, kind)
    real = hashes != NO_GRAM
    members: Hashes = texts[real].astype(np.uint64) << np.uint64(33) | hashes[real].astype(np.uint64) << np.uint64(1)
    return members


def _hashes(shingles: Shingles, kind: int) -> tuple[Sketch, Positions]:
    return shingles.grams() if kind else ((shingles.words >> _32).astype(np.uint32), shingles.texts)


def _sketched(texts: pl.Series, dense: Flags, start: int) -> tuple[tuple[Hashes, Hashes], npt.NDArray[np.uint8]]:
    """(bands, sketches), both by words and by 5-grams: BANDS × texts that are not short, each with a band in its upper half and kind and number of
    the post in its lower; a byte of each permutation's least, kinds × texts × BINS (b-bit MinHash, Li and König 2010)."""
    shingles = Shingles(texts)
    some = np.flatnonzero(shingles.counts >= WORDS * (1 + dense))
    posts = some.astype(np.uint64) + np.uint64(start)
    least = [_least(*_hashes(shingles, kind), some) for kind in (0, 1)]
    sketches = np.zeros((2, len(texts), BINS), np.uint8)
    sketches[:, some] = least
    return (_bands(least[0], posts), _bands(least[1], posts | np.uint64(1) << _KIND)), sketches


def _bands(least: Sketch, posts: Hashes) -> Hashes:
    hashes = (least.reshape(-1, BANDS, ROWS) * _WEIGHTS).sum(axis=2, dtype=np.uint32).T
    bands: Hashes = hashes.astype(np.uint64) << _32 | posts
    return bands


def _least(hashes: Sketch, texts: Positions, some: Positions) -> Sketch:
    """Texts × BINS: the least hash in each bin of some texts, none of them without any, and of an empty bin that of the first it turns to that is not."""
    bins = (hashes >> np.uint32(16)) * np.uint32(BINS) >> np.uint32(16)
    least = np.full((int(texts[-1]) + 1, BINS), NO_GRAM)
    np.minimum.at(least.ravel(), texts * BINS + bins, hashes)
    chosen = least[some].ravel()
    filled, empty = chosen.copy(), np.flatnonzero(chosen == NO_GRAM)
    bin, start = empty % BINS, empty - empty % BINS
    for turn in _TURNS:
        filled[empty] = chosen[start + turn[bin]]
        still = filled[empty] == NO_GRAM
        empty, bin, start = empty[still], bin[still], start[still]
    filled[empty] = chosen.reshape(-1, BINS).min(axis=1)[start // BINS]
    return filled.reshape(-1, BINS)
