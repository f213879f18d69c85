"""A fixed slice of a public set, split by author and time, and written as a corpus that a run can be trained on.

Held are posts of authors who are never seen, and the newest posts; what is left is cut to size by chance. A text that is held is nowhere in training.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from pathlib import Path
from typing import NamedTuple

SEED = 7
HELD_AUTHORS, HELD_TIME = 0.05, 0.05  # shares of the authors, and of the posts
MOST_HELD = 3000  # posts of each kind
KINDS = ("unseen author, newest", "unseen author", "newest")


class Post(NamedTuple):
    """What the comparison needs of a post."""

    author: str
    created_at: str
    text: str


class Slice(NamedTuple):
    """Training texts, held texts, and the kind of each of those."""

    train: list[Post]
    held: list[str]
    kinds: list[str]


def read(path: Path) -> list[Post]:
    """The posts of a file with some text, each text once, oldest first."""
    posts: dict[str, Post] = {}
    with gzip.open(path, "rt", encoding="utf8") as file:
        for line in file:
            told = json.loads(line)
            if told.get("text", "").strip():
                posts.setdefault(told["text"], Post(told["author"], told["created_at"], told["text"]))
    return sorted(posts.values(), key=lambda post: (post.created_at, post.text))


def split(posts: list[Post], size: int) -> Slice:
    """`posts` oldest first; `size` bytes of training text at most."""
    newest = posts[int(len(posts) * (1 - HELD_TIME))].created_at
    kinds: dict[str, list[Post]] = {kind: [] for kind in (*KINDS, "")}
    for post in posts:
        kinds[_kind(post, newest)].append(post)
    dice = random.Random(SEED)
    held = {kind: dice.sample(kinds[kind], min(MOST_HELD, len(kinds[kind]))) for kind in KINDS}
    train, total = [], 0
    for post in dice.sample(kinds[""], len(kinds[""])):
        total += len(post.text.encode())
        if total > size:
            break
        train.append(post)
    return Slice(train, [post.text for kind in KINDS for post in held[kind]], [kind for kind in KINDS for _ in held[kind]])


def _kind(post: Post, newest: str) -> str:
    """Of which kind a post is held, empty for training; whose authors are held is a matter of their names' hashes."""
    unseen = int(hashlib.sha256(post.author.encode()).hexdigest()[:8], 16) < HELD_AUTHORS * 16**8
    late = post.created_at >= newest
    return KINDS[0] if unseen and late else KINDS[1] if unseen else KINDS[2] if late else ""


def write(given: Slice, folder: Path) -> Path:
    """The training posts as a corpus folder, each a document; nothing is cleaned, so that every model has the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    documents = folder / "documents"
    documents.mkdir(parents=True)
    rows = [
        {
            "split": "train",
            "lang": "en",
            "turns": [{"speaker": 0, "text": post.text}],
            "year": int(post.created_at[:4]),
            "month": int(post.created_at[5:7]),
        }
        for post in given.train
    ]
    parquet.write_table(pa.Table.from_pylist(rows), documents / "part-00000.parquet", compression="zstd")
    (folder / "corpus.json").write_text(json.dumps({"name": folder.name, "seed": SEED, "documents": len(rows)}))
    return folder
