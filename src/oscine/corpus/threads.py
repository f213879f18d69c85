"""Replies become documents of several turns; documents get their split; languages are balanced. Of keys and times alone: no text is seen here.

A post stands in one document. A reply goes on from its parent where both are kept; of several replies to one post the one that begins the longest
chain goes on (then the earliest), the others begin documents of their own. An index is a frame of the kept posts: `key, parent, account, at, lang`.
"""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl
from numpy.typing import NDArray

LONGEST = 32  # turns
Numbers = NDArray[np.int64]


def balanced(index: pl.DataFrame, temperature: float | None, seed: int) -> pl.Series:
    """Which rows stay when languages above an equal share are cut to `share · (n / share)^temperature`; by a hash of the key, so always the same."""
    if temperature is None or index.is_empty():
        return pl.repeat(True, index.height, eager=True)
    lang = index["lang"].fill_null("")
    counts = lang.value_counts()
    share = index.height / counts.height
    quota = {name: int(share * (n / share) ** temperature) for name, n in counts.iter_rows() if n > share}
    lot = pl.Series([_lot(key, seed) if name in quota else 0 for key, name in zip(index["key"], lang, strict=True)], dtype=pl.UInt64)
    place = pl.DataFrame({"lang": lang, "lot": lot, "key": index["key"]}).select(pl.struct("lot", "key").rank("ordinal").over("lang"))
    return place.to_series() <= lang.replace_strict(quota, default=index.height, return_dtype=pl.Int64)


def _lot(name: str, seed: int) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest(), "big")


def threads(index: pl.DataFrame) -> pl.DataFrame:
    """For each row its `document` (the row of its first post), its `position` in it, and its `speaker` (0 is who began)."""
    parents = _parents(index)
    document, position = np.arange(index.height), np.zeros(index.height, dtype=np.int64)
    children = np.flatnonzero(parents >= 0)
    going_on = _going_on(index, parents, children)
    for child in children.tolist():
        parent = int(parents[child])
        if going_on[parent] == child and position[parent] + 1 < LONGEST:
            document[child], position[child] = document[parent], position[parent] + 1
    return pl.DataFrame({"document": document, "position": position, "speaker": _speakers(index["account"], document, position)})


def _parents(index: pl.DataFrame) -> Numbers:
    """The row of each post's parent, -1 for none. Only an earlier post is a parent: nobody replies to what is yet to be written."""
    keys = index.select("key", at_parent="at").with_row_index("row")
    found = index.select("key", "parent", "at").join(keys, left_on="parent", right_on="key", how="left", maintain_order="left")
    earlier = (pl.col("at_parent") < pl.col("at")) | ((pl.col("at_parent") == pl.col("at")) & (pl.col("parent") < pl.col("key")))
    parents: Numbers = found.select(pl.when(earlier).then(pl.col("row").cast(pl.Int64)).otherwise(-1)).to_series().fill_null(-1).to_numpy()
    return parents


def _going_on(index: pl.DataFrame, parents: Numbers, children: Numbers) -> dict[int, int]:
    """Which reply goes on from each post. `children` are put in the order of time, in place."""
    order = index[children].select("at", "key").with_row_index("place").sort("at", "key")["place"].to_numpy()
    children[:] = children[order]
    height: dict[int, int] = {}
    best: dict[int, int] = {}
    for child in reversed(children.tolist()):  # the latest first, so that a reply's own chain is known; a tie goes to the earlier
        parent, tall = int(parents[child]), height.get(child, 0) + 1
        if tall >= height.get(parent, 0):
            height[parent], best[parent] = tall, child
    return best


def _speakers(accounts: pl.Series, document: Numbers, position: Numbers) -> Numbers:
    """Numbers of the authors of each document, in the order of their first turn."""
    speakers = np.zeros(len(document), dtype=np.int64)
    known: dict[tuple[int, str], int] = {}
    count: dict[int, int] = {}
    several = np.flatnonzero(np.bincount(document, minlength=len(document))[document] > 1)
    for row in several[np.lexsort((position[several], document[several]))].tolist():
        place = (int(document[row]), accounts[row])
        if place not in known:
            known[place] = count.get(place[0], 0)
            count[place[0]] = known[place] + 1
        speakers[row] = known[place]
    return speakers


def splits(index: pl.DataFrame, documents: pl.DataFrame, authors: float, newest: float, seed: int) -> pl.Series:
    """The split of each row, one for a whole document: `held_authors` where one of a share of authors wrote in it, `held_time` for the newest of the rest."""
    accounts = index["account"].unique().sort()
    held = accounts.filter(pl.Series([_lot(account, seed) < authors * 2**64 for account in accounts], dtype=pl.Boolean))
    rows = pl.DataFrame(
        {"document": documents["document"], "at": index["at"], "key": index["key"], "held": index["account"].is_in(held.implode())}
    )
    whole = rows.group_by("document").agg(pl.col("held").any(), pl.col("at").max(), pl.col("key").min())
    rest = whole.filter(~pl.col("held")).sort("at", "key")
    late = rest.tail(int(newest * rest.height))["document"]
    held_authors = rows["document"].is_in(whole.filter("held")["document"].implode())
    name = pl.when(held_authors).then(pl.lit("held_authors")).when(rows["document"].is_in(late.implode())).then(pl.lit("held_time"))
    return rows.select(split=name.otherwise(pl.lit("train")))["split"]
