"""Copies of posts outside of the database: corpora, tokens of training runs, example sets, exports, reports, logs; taken away, or written again without.

What a copy is, is told by where it stands and how it ends. What none of these is stays as it is, and the search at the end tells of it. A run that is
being trained, and a build that is going on, are left to themselves and told of.
"""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import io
import json
import os
import shutil
from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import msgspec
import zstandard

from oscine.errors import OscineError
from oscine.records import Record
from oscine.store.erase import Done
from oscine.trust import lineage
from oscine.trust.gone import Gone
from oscine.trust.lineage import Lineage

Again = Callable[[str, dict[str, Any]], dict[str, Any]]  # builds a corpus again from the store, by name and what was told of it
BLOCK = 4 << 20
NEVER = ("corpora", "runs", "models", "postgres", "language-models")  # folders whose files are never written again line by line
NGRAMS = "kneser_ney.npz"
BESIDE = ".purge"  # what is written before it takes another file's place ends so
SCRATCH = ".oscine-corpus-*"


class Corpus(Record, frozen=True, omit_defaults=False):
    """What became of a corpus that held what is to be gone: accounts of its ledger that are; its root and its posts before and after."""

    name: str
    did: str
    accounts: int
    root_before: str
    root_after: str
    posts_before: int
    posts_after: int
    why: str = ""


def corpora(data: Path, gone: Gone, touched: set[str], again: Again | None) -> Iterator[Corpus]:
    """Every corpus that holds somebody who is to be gone, a post that is, or a mark: built again where it came from the store, else taken away."""
    for corpus in lineage.corpora(data):
        accounts = len(corpus.entries.keys() & gone.untrained)
        place = f"corpora/{corpus.folder.name}/"
        if accounts or any(path.startswith(place) for path in touched) or _holds(corpus.folder, gone.posts):
            yield _taken(corpus, accounts, again)


def _taken(corpus: Lineage, accounts: int, again: Again | None) -> Corpus:
    about, why, built = corpus.about, "", dict[str, Any]()
    if about.get("from") != "store":
        why = "it was not built from the store: build it from its files again, without them"
    elif about.get("options", {}).get("without"):
        why = "accounts were left out by a list that is not kept: build it again with --without"
    elif again is None:
        why = "what builds corpora is not installed (the extra `train`)"
    else:
        try:
            built = again(corpus.folder.name, about)
        except (OscineError, OSError) as error:
            why = f"it could not be built again: {error}"
    if not built:
        shutil.rmtree(corpus.folder.resolve())  # a link stays
    return Corpus(
        name=corpus.folder.name, did="built again without them" if built else "taken away", accounts=accounts, root_before=corpus.root,
        root_after=str(built.get("ledger", {}).get("root", "")), posts_before=int(about.get("posts", 0)), posts_after=int(built.get("posts", 0)), why=why,
    )  # fmt: skip


def _holds(folder: Path, posts: set[str]) -> bool:
    """Whether a corpus holds one of these posts."""
    if not posts:
        return False
    try:
        import pyarrow as pa
        import pyarrow.compute as compute
        import pyarrow.parquet as parquet
    except ImportError:
        return False
    wanted = pa.array(sorted(posts))
    for part in sorted((folder / "documents").glob("*.parquet")):
        with contextlib.suppress(OSError, pa.ArrowException, KeyError):
            keys = parquet.read_table(part, columns=["posts"])["posts"].combine_chunks().flatten()
            if compute.any(compute.is_in(keys, wanted)).as_py():
                return True
    return False


def builds(data: Path) -> Iterator[Done]:
    """What builds of corpora left that were killed, and purges too."""
    for left in sorted(data.rglob(f".*{BESIDE}")):
        left.unlink()
        yield Done(place=str(left.relative_to(data)), did="removed: left by a purge that was killed", count=1)
    for left in sorted((data / "corpora").glob(SCRATCH)):
        with _unheld(left) as free:
            if free:
                shutil.rmtree(left)
                yield Done(place=f"corpora/{left.name}", did="removed: left by a build that was killed", count=1)
            else:
                yield Done(place=f"corpora/{left.name}", did="left", trouble="a build is going on")


def runs(data: Path, gone: Gone, touched: set[str]) -> Iterator[Done]:
    """The tokens of every run whose corpus held them, and the n-grams counted from these, which spell posts out. Weights stay, and are listed."""
    for run in lineage.runs(data):
        place = f"runs/{run.folder.name}"
        held = run.entries.keys() & gone.untrained or any(path.startswith(f"{place}/") for path in touched)
        copies = [path for path in (run.folder / "tokens", run.folder / NGRAMS) if path.exists()]
        if not held or not copies:
            continue
        with _unheld(run.folder / "lock") as free:
            if not free:
                yield Done(place=f"{place}/tokens", did="left", trouble="it is being trained")
                continue
            size = sum(_size(path) for path in copies)
            for path in copies:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            yield Done(place=place, did=f"tokens and n-grams removed ({', '.join(path.name for path in copies)})", count=len(copies), before=size)


@contextlib.contextmanager
def _unheld(path: Path) -> Iterator[bool]:
    """Whether nobody holds the lock of a file or folder; held meanwhile."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield True
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) if path.is_dir() else path.stat().st_size


def others(data: Path, gone: Gone, touched: set[str], network: str) -> Iterator[Done]:
    """Lines of posts, examples and exports; reports of evaluations; copies of networks that evaluations keep; logs."""
    for path in sorted(data.rglob("*")):
        name = path.relative_to(data)
        if path.is_symlink() or not path.is_file() or name.parts[0] in NEVER or "postgres" in name.parts:
            continue
        if _form(path):
            if done := _rewritten(path, str(name), gone, network):
                yield done
        elif str(name) in touched and name.parts[0] == "evals" and path.suffix in (".json", ".md"):
            yield _removed(path, str(name), "a report that quotes")
        elif str(name) in touched and path.suffix == ".log":
            size = path.stat().st_size
            os.truncate(path, 0)
            yield Done(place=str(name), did="emptied", count=1, before=size)
    yield from _networks(data, touched)


def _removed(path: Path, name: str, what: str) -> Done:
    size = path.stat().st_size
    path.unlink()
    return Done(place=name, did=f"removed: {what}", count=1, before=size)


def _networks(data: Path, touched: set[str]) -> Iterator[Done]:
    """Evaluations keep networks to ask again; they are made anew when they are needed."""
    for folder in sorted({name.split("/")[2] for name in touched if name.startswith("evals/networks/") and name.count("/") > 2}):
        kept = data / "evals" / "networks" / folder
        with _unheld(kept / "postgres.users") as free:
            if free:
                size = _size(kept)
                shutil.rmtree(kept)
                yield Done(place=f"evals/networks/{folder}", did="removed: a network that evaluations kept", count=1, before=size)
            else:
                yield Done(place=f"evals/networks/{folder}", did="left", trouble="an evaluation is going on")


def _form(path: Path) -> str:
    """How a file of lines is packed; empty for what is none."""
    return next((packed for end, packed in ((".jsonl", "plain"), (".jsonl.gz", "gzip"), (".jsonl.zst", "zstd")) if path.name.endswith(end)), "")


def _rewritten(path: Path, name: str, gone: Gone, network: str) -> Done | None:
    """A file of JSON lines without those that are to be gone: by the author, by the post, by a mark. None where there is no such line."""
    beside, left_out = path.with_name(f".{path.name}{BESIDE}"), 0
    try:
        with _open(path, "rb") as lines, _open(path, "wb", beside) as out:
            for block in _blocks(lines):
                kept, dropped = _without(block, gone, network)
                left_out += dropped
                out.write(kept)
        if not left_out:
            return None
        before = path.stat().st_size
        shutil.copystat(path, beside)
        beside.replace(path)
        return Done(place=name, did="written again without their lines", count=left_out, before=before, after=path.stat().st_size)
    except (OSError, EOFError, zstandard.ZstdError, ValueError) as error:
        return Done(place=name, did="left", trouble=f"it cannot be read ({type(error).__name__})")
    finally:
        beside.unlink(missing_ok=True)


def _open(path: Path, mode: str, at: Path | None = None) -> Any:
    """A file as its ending says it is packed; `at` is where it lies, if elsewhere."""
    form, where = _form(path), at or path
    if form == "gzip":
        return gzip.open(where, mode)
    return zstandard.open(where, mode) if form == "zstd" else where.open(mode)


def _blocks(lines: IO[bytes]) -> Iterator[bytes]:
    """Whole lines, some megabytes at a time."""
    rest = b""
    while piece := lines.read(BLOCK):
        head, newline, tail = (rest + piece).rpartition(b"\n")
        if newline:
            yield head + newline
        rest = tail
    if rest:
        yield rest


def _without(block: bytes, gone: Gone, network: str) -> tuple[bytes, int]:
    """A block without the lines that are to be gone, and how many those were."""
    lines = io.BytesIO(block).readlines()
    starts, at = list[int](), 0
    for line in lines:
        starts.append(at)
        at += len(line)
    marked = {bisect_right(starts, hit.place) - 1 for hit in gone.finder.find(block) if gone.counts(hit.mark, False)}
    kept = [line for number, line in enumerate(lines) if number not in marked and not _wrote(line, gone, network)]
    return b"".join(kept), len(lines) - len(kept)


class _Line(msgspec.Struct):
    """What tells whose post a line is: of a post, or of an example (`oscine finetune examples`), whose source names both."""

    id: str = ""
    author: str = ""
    network: str | None = None
    source: str = ""


_DECODE = msgspec.json.Decoder(_Line).decode


def _wrote(line: bytes, gone: Gone, network: str) -> bool:
    try:
        told = _DECODE(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    if told.source.startswith("post ") and not told.author:
        post, _, account = told.source.removeprefix("post ").rpartition(" by ")
        return account in gone.accounts | gone.denied or post in gone.posts
    return gone.wrote(told.network or network, told.author, told.id)


def names(value: Any) -> Iterator[str]:
    """All strings in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names(inner)


def letter_names(raw: bytes, ids: set[str], long_ids: list[bytes]) -> bool:
    """Whether a dead letter tells of one of these accounts or posts: an event of ours by its strings, a network's own piece by the bytes of long ids."""
    kind, _, written = raw.partition(b"\n")
    if kind.isalpha():
        with contextlib.suppress(ValueError, RecursionError):
            return any(name in ids for name in names(json.loads(written)))
    return any(each in raw for each in long_ids)
