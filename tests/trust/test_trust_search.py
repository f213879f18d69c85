"""A text is found in whatever file it lies, packed or not, and what was not searched is told."""

from __future__ import annotations

import gzip
import io
import json
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zstandard

from oscine.store.marks import Finder, Marker, unpacked
from oscine.trust import search as searching
from oscine.trust.search import Searched, search

TEXT = "A heron stands in the reeds by Quarnholm, and nobody on the ferry sees it before it flies."
MARKER = Marker(b"secret")
FINDER = Finder(MARKER, unpacked(MARKER.of([TEXT])))
AROUND = b"the tide tables of the northern harbours, page after page. " * 40


def planted(text: bytes = TEXT.encode()) -> bytes:
    return AROUND + text + AROUND


def zipped(data: bytes, how: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as file:
        file.writestr("notes/heron.txt", data)
    return made.getvalue()


WAYS: dict[str, Callable[[bytes], bytes]] = {
    "raw": lambda data: data,
    "json": lambda data: json.dumps({"text": data.decode()}).encode(),
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "zip": lambda data: zipped(data, zipfile.ZIP_DEFLATED),
    "zip, stored": lambda data: zipped(data, zipfile.ZIP_STORED),
    "zip of a gzip": lambda data: zipped(gzip.compress(data), zipfile.ZIP_STORED),
    "two gzips in a row": lambda data: gzip.compress(AROUND) + gzip.compress(data),
}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_found_however_it_is_packed(tmp_path: Path, way: str) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "file.bin").write_bytes(WAYS[way](planted()))
    (tmp_path / "other.bin").write_bytes(WAYS[way](AROUND))
    told = search(tmp_path, FINDER)
    assert {each.path for each in told.found} == {"here/file.bin"} and told.files == 2
    assert len(told.marks) == len(FINDER), "each of its marks"


def test_it_is_found_in_parquet_and_in_tokens(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    from oscine.model import tokenizer

    texts = ["the tide tables of the northern harbours", TEXT]
    documents = polars.DataFrame({"id": ["1", "2"], "turns": [[{"speaker": 0, "text": text}] for text in texts]})
    documents.write_parquet(tmp_path / "part-00000.parquet", compression="zstd")
    words = tokenizer.train(texts * 20, 400)
    (tmp_path / "run" / "tokens").mkdir(parents=True)
    words.save(tmp_path / "run" / "tokenizer.json")
    np.save(tmp_path / "run" / "tokens" / "train-00000.tokens.npy", np.array(words.encode_text(TEXT + " " + TEXT), np.uint16))
    told = search(tmp_path, FINDER)
    assert {"part-00000.parquet parquet", "run/tokens/train-00000.tokens.npy tokens"} <= {f"{each.path} {each.read}" for each in told.found}


@pytest.mark.parametrize("near", [-90, -50, -12, 0])
def test_it_is_found_across_pieces(tmp_path: Path, near: int) -> None:
    place = searching.CHUNK + near
    (tmp_path / "file").write_bytes(bytes(place) + TEXT.encode() + bytes(1000))
    told = search(tmp_path, FINDER)
    assert [each.places for each in told.found] == [len(FINDER)]


def test_a_file_full_of_holes_is_passed_over_quickly(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.seek(1 << 36)
        file.write(TEXT.encode())
    told = search(tmp_path, FINDER)
    assert (len(told.found), told.bytes < 1 << 20, told.holes > 1 << 35) == (1, True, True)


def test_what_is_not_searched_is_told(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "outside.txt").write_bytes(planted())
    (data / "link").symlink_to(tmp_path / "outside.txt")
    (data / "same").symlink_to(data / "broken.gz")
    (data / "broken.gz").write_bytes(gzip.compress(planted())[:-40])
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(data / "s"))
        told: Searched = search(data, FINDER)
    assert {each.path: each.why for each in told.skipped} == {
        "link": "a link to elsewhere", "s": "a socket", "broken.gz": "not to be read to its end as gzip (EOFError); searched as it lies",
    }  # fmt: skip
    assert [each.path for each in told.found] == ["broken.gz"], "as far as it can be read"
