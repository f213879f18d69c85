"""Examples out of a corpus: how people here reply to each other and how they write, in the form in which drafts are asked for.

What may not be trained on is in no corpus (`corpus/permission`), and nothing held out is read. With an author it is that one's voice. It does
not judge whether a reply is a good one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from oscine.create import prompt
from oscine.errors import InputError, SetupError
from oscine.safety.injection import steers
from oscine.teach.example import Example

GIVEN = 3  # words of a post that a draft begins with
SHORTEST, LONGEST = 4, 60  # words of what is learned
SOMEBODY = "somebody"


class Turn(NamedTuple):
    """One post of a thread: who wrote it (`network/id`), its text, and which it is (`network/id`)."""

    author: str
    text: str
    post: str


def threads(corpus: Path) -> Iterator[list[Turn]]:
    """The threads of a corpus that may be learned from, in its order. Raises `InputError`, `SetupError`."""
    try:
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise SetupError(f"{error.name} is not installed.", "Run `pip install 'oscine[train]'`.") from None
    parts = sorted((corpus / "documents").glob("part-*.parquet"))
    if not parts:
        raise InputError(f"There is no corpus in {corpus}.", "Build one with `oscine corpus build`.")
    for part in parts:
        for row in parquet.read_table(part, columns=["split", "turns", "authors", "posts"]).to_pylist():
            if row["split"] == "train":
                yield _turns(row)


def _turns(row: dict[str, Any]) -> list[Turn]:
    told = zip(row["authors"], row["turns"], row["posts"], strict=False)
    return [Turn(author, turn["text"], post) for author, turn, post in told]


def replies(corpus: Path, author: str = "") -> Iterator[Example]:
    """A post, and what somebody else replied; the last of the `author`'s where one is named."""
    for thread in threads(corpus):
        for before, reply in pairwise(thread):
            if before.author != reply.author and author in ("", reply.author) and _fit(reply) and not steers(before.text):
                yield _example(prompt.wanted(1, "", SOMEBODY, before.text), reply)


def posts(corpus: Path, author: str = "") -> Iterator[Example]:
    """How a post begins, and the post."""
    for first, *_ in threads(corpus):
        if author in ("", first.author) and _fit(first):
            yield _example(prompt.wanted(1, " ".join(first.text.split()[:GIVEN])), first)


def _fit(turn: Turn) -> bool:
    return SHORTEST <= len(turn.text.split()) <= LONGEST and not steers(turn.text)


def _example(messages: list[dict[str, str]], turn: Turn) -> Example:
    told = {"role": "assistant", "content": f"1. {' '.join(turn.text.split())}"}
    return Example((*messages, told), f"post {turn.post} by {turn.author}")


def headlines(tests: Path) -> Iterator[Example]:
    """Of each test of ad texts, the one that most readers clicked, to be written for its lede: lines of `lede, headline, impressions, clicks, test`."""
    best: dict[str, tuple[float, dict[str, Any]]] = {}
    with tests.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                arm = json.loads(line)
                rate = arm["clicks"] / arm["impressions"]
                if arm["headline"] and arm["lede"] and rate > best.get(str(arm["test"]), (-1.0, {}))[0]:
                    best[str(arm["test"])] = rate, arm
            except (ValueError, KeyError, TypeError, ZeroDivisionError) as error:
                fix = "See docs/guides/finetune.md for its fields."
                raise InputError(f"Line {number} of {tests} is no tested text ({error}).", fix) from None
    for test, (_, arm) in best.items():
        asked = {"role": "user", "content": " ".join(str(arm["lede"]).split())}
        yield Example(
            ({"role": "system", "content": "Write a headline."}, asked, {"role": "assistant", "content": str(arm["headline"])}),
            f"test {test}",
        )
