"""What corpora and training runs of a data directory hold of an account, by their ledgers: how many posts and bytes, since when.

A run keeps a copy of its corpus's ledger beside it. Of a run from before that was so, the corpus that still stands with the same parts tells; where
none does, nothing can be told. It reads files only, and needs no extra; a proof needs Polars (the extra `train`).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

LEDGER, SIGNATURE, CORPUS = "ledger.jsonl", "ledger.sig", "corpus.json"


class Lineage:
    """A folder with a ledger beside a `corpus.json`: a corpus, or a run that was trained on one."""

    def __init__(self, folder: Path, ledger: Path | None = None) -> None:
        self.folder = folder
        self._ledger = ledger or folder / LEDGER

    @property
    def known(self) -> bool:
        """Whether it can be told who is in it."""
        return self._ledger.is_file()

    @cached_property
    def about(self) -> dict[str, Any]:
        """What `corpus.json` holds; nothing where it cannot be read."""
        return _json(self.folder / CORPUS)

    @property
    def corpus(self) -> str:
        """The corpus's name."""
        return str(self.about.get("name", ""))

    @property
    def root(self) -> str:
        """The root of the corpus's ledger, in hexadecimal."""
        ledger = self.about.get("ledger")
        return str(ledger.get("root", "")) if isinstance(ledger, dict) else ""

    @cached_property
    def entries(self) -> dict[str, dict[str, Any]]:
        """The lines of the ledger by account (`network/id`); none where there is no ledger."""
        found = {}
        with contextlib.suppress(OSError):
            for line in self._ledger.read_bytes().splitlines():
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    entry = json.loads(line)
                    found[str(entry["account"])] = entry
        return found


def corpora(data: Path) -> Iterator[Lineage]:
    """The corpora of a data directory, by name."""
    for about in sorted((data / "corpora").glob(f"*/{CORPUS}")):
        yield Lineage(about.parent)


def runs(data: Path) -> Iterator[Lineage]:
    """The training runs of a data directory, by name; each knows its corpus's ledger, where that can still be found."""
    there = {json.dumps(each.about.get("parts")): each.folder / LEDGER for each in corpora(data)}
    for about in sorted((data / "runs").glob(f"*/{CORPUS}")):
        run = Lineage(about.parent)
        yield run if run.known else Lineage(run.folder, there.get(json.dumps(run.about.get("parts"))))


def trained_at(run: Path) -> datetime | None:
    """When a run ended; None while it has not."""
    try:
        return datetime.fromtimestamp((run / "result.json").stat().st_mtime, UTC)
    except OSError:
        return None


def proof(data: Path, corpus: Lineage, account: str) -> dict[str, Any] | None:
    """That an account is in a corpus, against its signed root; None where Polars is not installed, or the corpus has gone meanwhile."""
    try:
        import msgspec

        from oscine.corpus.folder import Folder
        from oscine.errors import NotFound
    except ImportError:
        return None
    try:
        return dict(msgspec.to_builtins(Folder(corpus.folder, corpus.corpus).prove(account)))
    except (OSError, NotFound, ValueError):
        return None


def _json(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
