"""A corpus as a folder, on any fsspec path: writing it whole or not at all, reading it back, checking that it is what it says."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from oscine.corpus import card, ledger, report, shards
from oscine.corpus.ledger import Entry, Noted, Proof, Signature
from oscine.corpus.scratch import locked
from oscine.errors import InputError, NotFound

ABOUT = "corpus.json"
OURS = {ABOUT, "report.md", "ledger.jsonl", "ledger.sig", "documents", *card.FILES}
PART = re.compile(r"documents/part-\d{5,}\.parquet")


class Folder:
    """The corpus `name` at a path. It need not exist yet."""

    def __init__(self, path: str | Path, name: str, key: Ed25519PrivateKey | None = None, replace: bool = False) -> None:
        self.name = name
        self._fs, self._root = url_to_fs(str(path))
        self._local = isinstance(self._fs, LocalFileSystem)
        if self._local:
            self._root = os.path.realpath(self._root)  # a link stays, what it points to is replaced
        self._key = key
        self._replace = replace

    def parent(self) -> Path:
        """A local folder beside it, or the system's for temporary files where it is not local."""
        return Path(self._root).parent if self._local else Path(tempfile.gettempdir())

    def about(self) -> dict[str, Any]:
        """What `corpus.json` holds. Raises `NotFound`."""
        if not self._fs.exists(self._at(ABOUT)):
            raise NotFound(f"There is no corpus {self.name!r} here.", "`oscine corpus list` shows those that there are.")
        told: dict[str, Any] = json.loads(self._fs.cat_file(self._at(ABOUT)))
        return told

    def prepare(self) -> None:
        """Raise `InputError` where something is in the way: a corpus that may not be replaced, or what is no corpus at all."""
        there = self._names()
        strange = {name for name in there if name not in OURS and not PART.fullmatch(name)} or ({*there} if ABOUT not in there else set())
        if strange:
            raise InputError(f"{self._root} holds other things ({min(strange)}).", "Choose another --out.")
        if there and not self._replace:
            raise InputError(f"There is a corpus {self.name!r} already.", "Choose another --name, or say --replace.")

    def _names(self) -> set[str]:
        """What stands there, as far down as a corpus reaches. Raises `InputError` where it is a file."""
        if self._fs.isfile(self._root):
            raise InputError(f"{self._root} is a file.", "Choose another --out: a corpus is a folder.")
        folders = [folder for folder in (self._root, self._at("documents")) if self._fs.isdir(folder)]
        return {path.rstrip("/")[len(self._root.rstrip("/")) + 1 :] for folder in folders for path in self._fs.ls(folder, detail=False)}

    @contextlib.contextmanager
    def writing(self, folder: Path) -> Iterator[Writing]:
        """To be written now, in `folder`; when the block ends, it is put in place of what was there. Where the block raises, that stays."""
        made = folder / "made"
        (made / "documents").mkdir(parents=True)
        yield Writing(Folder(made, self.name, self._key))
        if self._local:
            with locked(self.parent()):  # one build at a time looks what is there, and changes it
                self.prepare()
                _exchange(made, Path(self._root), folder / "before")
        else:
            self.prepare()
            self._upload(made)

    def _upload(self, made: Path) -> None:
        """Copy it there, `corpus.json` last; nothing stays of it when that fails."""
        self._remove()
        self._fs.makedirs(self._at("documents"), exist_ok=True)
        try:
            for path in sorted(made.rglob("*.*"), key=lambda path: path.name == ABOUT):
                self._fs.put_file(str(path), self._at(path.relative_to(made).as_posix()))
        except BaseException:
            self._remove()
            raise

    def _remove(self) -> None:
        if self._fs.exists(self._root):
            self._fs.rm(self._root, recursive=True)

    def entries(self) -> list[Entry]:
        """The lines of the ledger."""
        return [msgspec.json.decode(line, type=Entry) for line in self._fs.cat_file(self._at("ledger.jsonl")).splitlines()]

    def signature(self) -> Signature:
        """Its signature."""
        return msgspec.json.decode(self._fs.cat_file(self._at("ledger.sig")), type=Signature)

    def prove(self, account: str) -> Proof:
        """That an account (`network/id`, or an id of the corpus's own network) is in the corpus, or that it is not."""
        about, entries = self.about(), self.entries()
        own = f"{about['options']['network']}/{account}"
        known = {entry.account for entry in entries} & {account, own}  # an id may hold a / itself
        whole = account if account in known or (own not in known and "/" in account) else own
        return ledger.prove(whole, entries, self.signature())

    def verify(self) -> list[dict[str, Any]]:
        """Each check: `what`, whether it is `ok`, and `why` not."""
        about = self.about()
        checks, noted = [], Noted()
        for part in about["parts"]:
            with contextlib.suppress(OSError, pl.exceptions.PolarsError):
                data = self._fs.cat_file(self._at(part["path"]))
                same = hashlib.sha256(data).hexdigest() == part["sha256"]
                checks.append(_check(part["path"], same, "its bytes are not those that were written"))
                noted.add(pl.read_parquet(data))
                continue
            checks.append(_check(part["path"], False, "it cannot be read"))
        return [*checks, *self._verify_ledger(about, noted)]

    def _verify_ledger(self, about: dict[str, Any], noted: Noted) -> list[dict[str, Any]]:
        entries, signed = self.entries(), self.signature()
        root = ledger.root(ledger.leaves(entries)).hex()
        ours = self._key is None or signed.public_key == self._key.public_key().public_bytes_raw().hex()
        written = {(entry.account, entry.posts, entry.bytes, entry.sha256) for entry in entries}
        found = {(entry.account, entry.posts, entry.bytes, entry.sha256) for entry in noted.entries()}
        sorted_so = [entry.account for entry in entries] == sorted({entry.account for entry in entries})
        return [
            _check("ledger.jsonl", written == found and sorted_so, "it does not list what is in the documents"),
            _check(
                "the ledger's root", (root, len(entries)) == (signed.root, signed.size) and root == about["ledger"]["root"], "it is another"
            ),
            _check("ledger.sig", signed.valid() and signed.name == about["name"], "the signature does not hold"),
            _check("the signer", ours, "it was signed by another key than this data directory's"),
        ]

    def _at(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def put(self, name: str, text: bytes) -> None:
        """Write a file."""
        with self._fs.open(self._at(name), "wb") as file:
            file.write(text)

    def put_part(self, number: int, made: pl.DataFrame) -> dict[str, Any]:
        """Write a part; what `corpus.json` says of it."""
        name = f"documents/part-{number:05}.parquet"
        return {"path": name, **shards.write(self._fs, self._at(name), made)}

    def sign(self, entries: Sequence[Entry]) -> Signature:
        """The signed root of these entries."""
        assert self._key is not None
        return ledger.sign(self.name, entries, self._key)


class Writing:
    """A corpus being written: parts first, `corpus.json` last."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._parts = 0

    def part(self, made: pl.DataFrame) -> dict[str, Any]:
        """The next part."""
        self._parts += 1
        return self._folder.put_part(self._parts - 1, made)

    def finish(self, about: dict[str, Any], parts: list[dict[str, Any]], entries: list[Entry], tally: report.Tally) -> dict[str, Any]:
        """Ledger, report, card and `corpus.json`; what the last holds."""
        signed = self._folder.sign(entries)
        whole = {**about, "authors": len(entries), "parts": parts, "ledger": {"root": signed.root, "size": signed.size}}
        self._folder.put("ledger.jsonl", b"".join(entry.line() + b"\n" for entry in entries))
        self._folder.put("ledger.sig", msgspec.json.format(msgspec.json.encode(signed), indent=2) + b"\n")
        self._folder.put("report.md", report.markdown(whole, tally).encode())
        told = card.facts(whole, [msgspec.structs.asdict(entry) for entry in entries])
        for name, text in zip(card.FILES, (card.markdown(told), json.dumps(told, indent=2, ensure_ascii=False) + "\n"), strict=True):
            self._folder.put(name, text.encode())
        self._folder.put(ABOUT, json.dumps(whole, indent=2, ensure_ascii=False).encode() + b"\n")
        return whole


def _exchange(made: Path, place: Path, before: Path) -> None:
    """Put a folder in place of what was there, which is `before` then."""
    if place.exists():
        place.rename(before)
    try:
        made.rename(place)
    except BaseException:
        if before.exists():
            before.rename(place)
        raise


def _check(what: str, ok: bool, why: str) -> dict[str, Any]:
    return {"what": what, "ok": ok, "why": "" if ok else why}
