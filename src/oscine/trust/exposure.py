"""Models that were trained before a deletion, with what they were exposed to: of the accounts that are gone, how many, how many posts and bytes.

It is told from ledgers, by account: of an account that deleted single posts the ledger does not say which of them were in. Where a model came from
a run of this data directory, the run's ledger tells; of others nothing is known here, which is said. What a model remembers word for word cannot be
measured on texts that are gone: told is what `oscine eval model` found of canaries and of training posts when it was last run, or None.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from oscine.trust import cards, lineage
from oscine.trust.gone import Gone
from oscine.trust.lineage import Lineage


def models(data: Path, gone: Gone) -> list[dict[str, Any]]:
    """Every run, and every kept model that came of none: with its exposure, or `known` false where nothing tells."""
    runs, kept = list(lineage.runs(data)), _kept(data)
    names = {run.folder.name for run in runs}
    told = [_run(run, gone, sorted(name for name, source in kept.items() if source == run.folder.name)) for run in runs]
    strangers = [{"name": name, "run": "", "known": False, "why": "it was not trained here, or its examples were not noted"}
                 for name, source in sorted(kept.items()) if source not in names]  # fmt: skip
    return [each for each in told if not each["known"] or each["accounts"] or each["accounts_with_deleted_posts"]] + strangers


def _run(run: Lineage, gone: Gone, kept_as: list[str]) -> dict[str, Any]:
    entries = [entry for account, entry in run.entries.items() if account in gone.untrained]
    partly = {f"{row.network}/{row.account}" for row in gone.rows if row.kind == "post"} - gone.untrained
    trained = lineage.trained_at(run.folder)
    return {
        "name": run.folder.name, "run": run.folder.name, "kept_as": kept_as, "corpus": run.corpus, "root": run.root,
        "trained_at": trained, "known": run.known, "accounts": len(entries), "posts": sum(int(entry["posts"]) for entry in entries),
        "bytes": sum(int(entry["bytes"]) for entry in entries), "accounts_with_deleted_posts": len(run.entries.keys() & partly),
        "remembers": cards.remembers(run.folder),
    }  # fmt: skip


def _kept(data: Path) -> dict[str, str]:
    """The language models of the library by name, each with the run or the file that it came from."""
    found = {}
    for entry in sorted((data / "language-models").glob("[!.]*/entry.json")):
        with contextlib.suppress(OSError, ValueError):
            source = str(json.loads(entry.read_text(encoding="utf8")).get("source", ""))
            found[entry.parent.name] = _run_of(source)
    return found


def _run_of(source: str) -> str:
    """A run is named, or its folder `model` is."""
    path = Path(source)
    return path.parent.name if path.name == "model" else path.name
