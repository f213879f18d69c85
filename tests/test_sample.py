"""The sample that ships: well-formed, as its README says, and fit for any screen."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from oscine import sample

REQUIRED = ("id", "author", "created_at", "text")
README = Path(sample.__file__).with_name("README.md")
MAKER = Path(__file__).parents[1] / "benchmarks" / "make_sample.py"


def content(name: str) -> bytes:
    """A file of the sample, unpacked."""
    return gzip.decompress(dict(zip(sample.FILES, sample.files(), strict=True))[name].read_bytes())


@cache
def posts(name: str) -> list[dict[str, Any]]:
    """The posts of a file of the sample."""
    return [json.loads(line) for line in content(name).splitlines()]


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """The script that made the sample."""
    spec = importlib.util.spec_from_file_location("make_sample", MAKER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_files_are_there_in_import_order() -> None:
    assert [path.name for path in sample.files()] == ["tweetqa.jsonl.gz", "communities.jsonl.gz"]
    assert all(path.is_file() for path in sample.files())


@pytest.mark.parametrize("name", sample.FILES)
def test_every_post_has_what_a_post_needs(name: str) -> None:
    for post in posts(name):
        assert all(isinstance(post[key], str) and post[key] for key in REQUIRED), post
        assert datetime.fromisoformat(post["created_at"]).tzinfo is not None


def test_ids_are_unique() -> None:
    ids = [post["id"] for name in sample.FILES for post in posts(name)]
    assert len(ids) == len(set(ids))


def test_communities_keep_their_size_their_counts_and_their_order() -> None:
    assert 8_000_000 <= len(content("communities.jsonl.gz")) <= 12_000_000
    rows = posts("communities.jsonl.gz")
    assert all(isinstance(post[count], int) for post in rows for count in ("likes", "dislikes", "replies"))
    assert rows == sorted(rows, key=lambda post: (post["created_at"], post["id"]))


def test_every_community_post_is_fit_for_any_screen(maker: ModuleType) -> None:
    assert [post for post in posts("communities.jsonl.gz") if not maker.fit(post)] == []


def test_posts_left_out_stay_out(maker: ModuleType) -> None:
    assert all(maker.is_kept(post) for post in posts("tweetqa.jsonl.gz"))


@pytest.mark.parametrize("text", ["What the HELL", "so f**k it", "http://x.org/some-%70orn", "me@example.org"])
def test_the_lists_see_through_case_masks_and_links(maker: ModuleType, text: str) -> None:
    harmless = {"id": "1", "author": "r_Astronomy", "text": "Hello from Sussex", "urls": []}
    assert maker.fit(harmless)
    assert not maker.fit(harmless | {"urls": [text]})


@pytest.mark.parametrize("name", sample.FILES)
def test_readme_counts_are_the_files(name: str) -> None:
    row = re.search(rf"`{re.escape(name)}` \| ([\d,]+) \| ([\d,]+) \| ([\d,]+)", README.read_text(encoding="utf-8"))
    assert row is not None
    packed = dict(zip(sample.FILES, sample.files(), strict=True))[name].stat().st_size
    assert [int(cell.replace(",", "")) for cell in row.groups()] == [len(posts(name)), len(content(name)), packed]
