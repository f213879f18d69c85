"""Where below a data directory somebody's words or names may stand, and what becomes of them when their account or post is deleted and purged.

It is the table that `oscine purge` is held to: whoever writes to a new place adds it here. A pattern is relative to the data directory, as `Path.glob` reads
it (`**` is any folders); the first that fits a file speaks for it. `searched` are places that the purge leaves and searches by bytes: nothing of a person
is to be there, and if it is, the certificate says so. Weights of models hold no text that a search could find: they are listed with their exposure.

What is written elsewhere is not here: `--out` of corpora, examples, exports and reports; `/tmp` while a command runs; Ray's own stores; backups.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

Action = Literal["rebuilt", "deleted", "rewritten", "searched"]


class Place(NamedTuple):
    """Files of one kind: where, what they hold of people, and what the purge does with those that hold somebody who is gone."""

    pattern: str
    holds: str
    action: Action


PLACES: tuple[Place, ...] = (
    Place("postgres/server.log", "nothing of posts: failed statements are not logged; emptied all the same", "rewritten"),
    Place("postgres/**/*", "all tables, their indexes, statistics, the write-ahead log", "rewritten"),
    Place("postgres.*", "locks; no text", "searched"),
    Place("socket/*", "where the database listens; no text", "searched"),
    Place("corpora/.oscine-corpus-*/**/*", "posts, of a build that was killed", "deleted"),
    Place("corpora/*/documents/*", "posts", "rebuilt"),
    Place("corpora/*/report.md", "up to five samples of each reason for which posts were left out, without personal data", "rebuilt"),
    Place("corpora/*/ledger.*", "names of accounts, counts and hashes of their posts", "rebuilt"),
    Place("corpora/*/*", "figures: corpus.json and the data card", "rebuilt"),
    Place("runs/*/tokens/*", "posts, as tokens", "deleted"),
    Place("runs/*/kneser_ney.npz", "runs of up to five tokens with their counts, which spell posts out", "deleted"),
    Place(
        "runs/*/ledger.*", "names of accounts that the model was trained on, so that its exposure can be told; hashes, no text", "searched"
    ),
    Place("runs/*/tokenizer.json", "pieces of words, and whole words that are frequent, if one author alone says them", "searched"),
    Place("runs/*/canaries.jsonl", "made-up secrets that nobody wrote", "searched"),
    Place("runs/*/evaluation.json", "figures: what was measured of the model", "searched"),
    Place("runs/*/*_CARD.*", "figures and counts", "searched"),
    Place("runs/*/tensorboard/**/*", "figures", "searched"),
    Place("runs/*/model/**/*", "weights and the tokenizer's pieces of words", "searched"),
    Place("runs/*/checkpoints/**/*", "weights", "searched"),
    Place("runs/*/*", "figures: config.json, corpus.json, log.jsonl, result.json, plots", "searched"),
    Place("finetunes/**/*.jsonl", "examples, where they were written here", "rewritten"),
    Place("finetunes/**/*", "weights of adapters, and figures", "searched"),
    Place("language-models/**/*", "weights, the tokenizer's pieces of words, copies of cards", "searched"),
    Place("models/ranker/**/*", "weights; figures", "searched"),
    Place("models/nearness-*.npz", "names of drawings and moods with their vectors; no posts", "searched"),
    Place("models/**/*", "prepared models that Oscine was given", "searched"),
    Place("evals/networks/**/*", "public sets that suites measure on, as a store of their own", "deleted"),
    Place("evals/*.json", "figures; a few cases that went wrong, which may quote", "deleted"),
    Place("evals/*.md", "the same, to read", "deleted"),
    Place("openvino/**/*", "compiled models", "searched"),
    Place("c2pa/*", "the key and certificate that pictures are signed with", "searched"),
    Place("**/*.jsonl*", "lines of posts: exports and examples that were written into the data directory", "rewritten"),
    Place("**/*.log", "what a server said; no posts by rule", "rewritten"),
    Place("*.key", "keys of this installation", "searched"),
    Place("*.password", "passwords of the database's roles", "searched"),
)


def place(path: Path | str) -> Place | None:
    """The first place that a path fits, given relative to the data directory; None for one that the table does not know."""
    return next((each for each in PLACES if _fits(Path(path).parts, tuple(each.pattern.split("/")))), None)


def unknown(data: Path) -> Iterator[str]:
    """Files below a data directory that no place speaks for, relative to it; links are not followed."""
    for path in sorted(data.rglob("*")):
        name = path.relative_to(data)
        if path.is_file() and not path.is_symlink() and place(name) is None:
            yield str(name)


def _fits(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern or not parts:
        return not pattern and not parts
    if pattern[0] == "**":
        return _fits(parts, pattern[1:]) or _fits(parts[1:], pattern)
    return Path(parts[0]).match(pattern[0]) and _fits(parts[1:], pattern[1:])
