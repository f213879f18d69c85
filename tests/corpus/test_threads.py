"""Replies become documents; documents get a split; languages are balanced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from oscine.corpus.threads import LONGEST, balanced, splits, threads

WORDS = ["ferry", "bread", "winter", "garden", "letter", "music", "river", "stone", "candle", "window", "market", "engine"]


def said(n: int) -> str:
    return " ".join(f"{WORDS[(n * k + k * k) % 12]}{n % 7}" for k in range(1, 9)) + f" and {WORDS[n % 12]} number {n * 37}"


def post(n: int, author: str, parent: int | None = None, **more: Any) -> dict[str, Any]:
    about = {"id": str(n), "author": author, "text": said(n), "created_at": f"2024-05-01T12:{n // 60:02}:{n % 60:02}Z"}
    return {**about, **({} if parent is None else {"reply_to": str(parent)}), **more}


def turns(made: Any) -> dict[str, list[tuple[int, str]]]:
    return {
        row["id"].removeprefix("local/"): [
            (turn["speaker"], key.removeprefix("local/")) for turn, key in zip(row["turns"], row["posts"], strict=True)
        ]
        for row in made.documents.iter_rows(named=True)
    }


def test_a_thread_is_one_document_with_speakers(built: Callable[..., Any]) -> None:
    made = built(post(3, "ann", 2), post(1, "ann"), post(2, "bob", 1), post(4, "cid", 3), post(9, "dan", 777))
    assert turns(made) == {"1": [(0, "1"), (1, "2"), (0, "3"), (2, "4")], "9": [(0, "9")]}
    thread = made.documents.filter(id="local/1").row(0, named=True)
    assert thread["authors"] == ["local/ann", "local/bob", "local/ann", "local/cid"]
    assert thread["bytes"] == sum(len(said(n)) for n in (1, 2, 3, 4)) and (thread["year"], thread["month"]) == (2024, 5)


def test_the_longest_chain_goes_on(built: Callable[..., Any]) -> None:
    made = built(post(1, "ann"), post(2, "bob", 1), post(3, "cid", 1), post(4, "ann", 3), post(5, "dan", 1))
    assert turns(made) == {"1": [(0, "1"), (1, "3"), (0, "4")], "2": [(0, "2")], "5": [(0, "5")]}


def test_a_reply_without_its_parent_stands_alone(built: Callable[..., Any]) -> None:
    made = built(post(1, "ann"), post(2, "bob", 1, author_intents={"training": "deny"}), post(3, "ann", 2))
    assert turns(made) == {"1": [(0, "1")], "3": [(0, "3")]}


def test_long_threads_are_cut() -> None:
    index = pl.DataFrame({
        "key": [f"{n:03}" for n in range(70)], "parent": [None, *(f"{n:03}" for n in range(69))], "account": ["a", "b"] * 35, "at": range(70),
    })  # fmt: skip
    made = threads(index)
    assert made["document"].to_list() == [n // LONGEST * LONGEST for n in range(70)]
    assert made["position"].to_list() == [n % LONGEST for n in range(70)]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abc"), st.integers(0, 5)), min_size=1, max_size=30))
def test_any_graph_of_replies_makes_documents_of_single_posts(posts: list[tuple[int, str, int]]) -> None:
    """Circles, replies to oneself and to the future included."""
    index = pl.DataFrame(
        {
            "key": [str(n) for n in range(len(posts))],
            "parent": [str(p) for p, _, _ in posts],
            "account": [a for _, a, _ in posts],
            "at": [t for _, _, t in posts],
        }
    )
    made = threads(index).with_row_index("row")
    for (document,), rows in made.group_by("document"):
        rows = rows.sort("position")
        assert rows["position"].to_list() == list(range(rows.height)) and rows["row"][0] == document
        for parent, child in zip(rows["row"], rows["row"][1:], strict=False):
            assert index["parent"][child] == str(parent)
        numbers = dict(zip(index["account"].gather(rows["row"]), rows["speaker"], strict=True))
        assert sorted(set(numbers.values())) == list(range(len(numbers))) and rows["speaker"][0] == 0


def test_splits_hold_authors_and_the_newest() -> None:
    count = 2_000
    index = pl.DataFrame({
        "key": [f"{n:05}" for n in range(count)], "parent": [f"{n - 1:05}" if n % 5 == 4 else None for n in range(count)],
        "account": [f"author {n % 211}" for n in range(count)], "at": range(count), "lang": ["en"] * count,
    })  # fmt: skip
    documents = threads(index)
    made = splits(index, documents, 0.1, 0.05, seed=7)
    where = index.with_columns(made, documents["document"])
    assert where.group_by("document").agg(pl.col("split").n_unique())["split"].max() == 1
    held = set(where.filter((pl.col("split") == "held_authors") & ~pl.col("document").is_duplicated())["account"])
    assert 5 <= len(held) <= 45 and not held & set(where.filter(split="train")["account"])
    newest, rest = where.filter(split="held_time"), where.filter(split="train")
    assert newest.height > 50 and newest.group_by("document").agg(pl.col("at").max())["at"].min() > rest["at"].max()
    assert splits(index, documents, 0.1, 0.05, seed=7).equals(made) and not splits(index, documents, 0.1, 0.05, seed=8).equals(made)


def test_balance_cuts_what_is_above_an_equal_share() -> None:
    langs = ["en"] * 800 + ["it"] * 150 + ["de"] * 50
    index = pl.DataFrame({"key": [str(n) for n in range(1000)], "lang": langs})
    counts = {t: index.filter(balanced(index, t, 0))["lang"].value_counts().sort("lang")["count"].to_list() for t in (0.0, 0.5, 1.0)}
    assert counts == {0.0: [50, 333, 150], 0.5: [50, int(1000 / 3 * 2.4**0.5), 150], 1.0: [50, 800, 150]}
    assert balanced(index, None, 0).all()
