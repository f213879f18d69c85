"""Every token of every document is a target once an epoch, in rows that depend on the seed and the place only."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscine.errors import InputError
from oscine.model import shards, tokenizer
from oscine.model.shards import IGNORED, Batch, Place, Stream, cut, pack

POSTS = [f"post number {n} " + "about the ferry " * (n % 7) for n in range(90)]
LENGTH = 24


def corpus(folder: Path) -> Path:
    (folder / "documents").mkdir(parents=True)
    for number in range(3):
        turns = [[{"speaker": 0, "text": text}] for text in POSTS[number::3]]
        turns[0].append({"speaker": 1, "text": "a reply"})
        table = {"turns": turns, "year": [2012] * 30, "month": [3] * 30, "lang": ["en"] * 30, "split": ["train"] * 29 + ["held_time"]}
        parquet.write_table(pa.table(table), folder / "documents" / f"part-{number:05}.parquet")
    return folder


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    made = shards.encode(corpus(folder / "corpus"), tokenizer.train(POSTS, tokenizer.LEAST + 40), folder / "tokens")
    assert (made.documents, made.bytes) == (87, sum(len(text) for n, text in enumerate(POSTS) if n < 87) + 3 * len("a reply"))
    return folder / "tokens"


def targets(batch: Batch) -> Counter[int]:
    return Counter(batch.targets[batch.targets != IGNORED].tolist())


def epoch(stream: Stream, number: int) -> list[Batch]:
    batches = []
    while stream.place.epoch == number:
        batches.append(stream.take(1))
    return batches


def test_an_epoch_has_every_token_once_as_a_target(tokens: Path) -> None:
    wanted: Counter[int] = Counter()
    for path in sorted(tokens.glob("train-*.tokens.npy")):
        flat, offsets = np.load(path), np.load(path.with_name(path.name.replace("tokens", "offsets")))
        wanted.update(np.delete(flat, offsets[:-1]).tolist())
    stream = Stream(tokens, LENGTH, seed=1)
    for number in range(2):
        rows = epoch(stream, number)
        assert sum((targets(row) for row in rows), Counter[int]()) == wanted
        assert sum((row.targets != IGNORED).mean() for row in rows) / len(rows) > 0.9


def test_it_goes_on_from_any_place(tokens: Path) -> None:
    whole, rows = Stream(tokens, LENGTH, seed=1), []
    for _ in range(60):
        place, row = whole.place, whole.take(2)
        rows.append((place, row))
    for place, row in rows[::7]:
        for mine, theirs in zip(Stream(tokens, LENGTH, 1, Place(*place)).take(2), row, strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_machines_share_a_batch(tokens: Path) -> None:
    alone = Stream(tokens, LENGTH, 1).take(8)
    shares = [Stream(tokens, LENGTH, 1, rank=rank, world=4).take(8) for rank in range(4)]
    assert [len(share.tokens) for share in shares] == [2] * 4
    assert sum((targets(share) for share in shares), Counter[int]()) == targets(alone)


def test_epochs_and_seeds_differ(tokens: Path) -> None:
    first, other = Stream(tokens, LENGTH, 1), Stream(tokens, LENGTH, 2)
    rows = [stream.take(1).tokens for stream in (first, other)]
    assert (rows[0] != rows[1]).any()
    epoch(first, 0)
    assert (first.take(1).tokens != rows[0]).any()


def test_targets_are_the_next_tokens_of_the_same_document(tokens: Path) -> None:
    batch = Stream(tokens, LENGTH, 1).take(12)
    inside = (batch.documents[:, 1:] == batch.documents[:, :-1]) & (batch.documents[:, 1:] > 0)
    assert (batch.targets[:, :-1][inside] == batch.tokens[:, 1:][inside]).all()
    assert (batch.targets[batch.documents == 0] == IGNORED).all()


@given(st.lists(st.integers(2, 70), min_size=1, max_size=60), st.integers(4, 32))
def test_pieces_cover_documents_and_fit_rows(sizes: list[int], length: int) -> None:
    offsets = np.cumsum([0, *sizes])
    pieces = cut(offsets, length)
    assert sorted(n for begin, size in pieces.tolist() for n in range(begin, begin + size)) == sorted(
        n for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True) for n in range(start, end - 1)
    )
    rows, count = pack(pieces[:, 1], length)
    filled = np.bincount(rows, weights=pieces[:, 1], minlength=count)
    assert len(filled) == count and filled.max() <= length and filled.min() > 0


def test_a_corpus_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no corpus"):
        list(shards.documents(tmp_path, "train"))
    with pytest.raises(InputError, match="holds no training text"):
        Stream(tmp_path, 8, 0)
