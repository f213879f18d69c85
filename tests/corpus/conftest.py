"""Corpora of a few posts: lines in, folder out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from oscine.corpus.corpora import Corpora
from oscine.corpus.options import Options


class Built:
    """A corpus and what is in it."""

    def __init__(self, about: dict[str, Any], folder: Path) -> None:
        self.about = about
        self.folder = folder
        self.documents = pl.read_parquet(folder / "documents")
        self.posts = set(self.documents["posts"].explode())
        self.texts = self.documents["turns"].explode().struct.field("text").to_list()

    def dropped(self, step: str) -> dict[str, int]:
        """Reasons and counts of a step."""
        return dict(self.about["dropped"].get(step, {}))

    def all_bytes(self) -> bytes:
        """Everything in the folder, one after the other; Parquet's texts unpacked."""
        files = [path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()]
        return b"\n".join([*files, self.documents.write_json().encode()])


def no_database() -> Any:
    raise AssertionError("the store is not asked")


@pytest.fixture
def corpora(tmp_path: Path) -> Corpora:
    """Corpora of a directory of their own, without a store."""
    return Corpora(tmp_path / "data", Options(hidden_labels=("spam",)), 1_000_000, no_database)


@pytest.fixture
def built(corpora: Corpora, tmp_path: Path) -> Callable[..., Built]:
    """Build from lines given as dicts; `id`, `author` and `created_at` may be left out."""
    counter = iter(range(1_000_000))

    def build(*lines: dict[str, Any], workers: int = 1, **chosen: Any) -> Built:
        number = next(counter)
        path = tmp_path / f"{number}.jsonl"
        path.write_text("".join(json.dumps(complete(line)) + "\n" for line in lines))
        about = corpora.build(f"c{number}", [str(path)], "", {"hold_authors": 0.0, "hold_newest": 0.0, **chosen}, workers=workers)
        return Built(about, Path(corpora.path(f"c{number}")))

    def complete(line: dict[str, Any]) -> dict[str, Any]:
        if "text" not in line:
            return line
        return {"id": f"p{next(counter)}", "author": "ann", "created_at": "2024-05-01T12:00:00Z", **line}

    return build
