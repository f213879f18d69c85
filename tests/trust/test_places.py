"""The table of places where people's words may stand: no file of a data directory in use is missing from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from oscine.trust.places import PLACES, place, unknown


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("postgres/base/5/1234", "rewritten"), ("postgres/server.log", "rewritten"), ("corpora/birds/documents/part-00000.parquet", "rebuilt"),
        ("corpora/birds/report.md", "rebuilt"), ("corpora/.oscine-corpus-x1/b.ipc", "deleted"), ("runs/wren/tokens/train-00000.tokens.npy", "deleted"),
        ("runs/wren/kneser_ney.npz", "deleted"), ("runs/wren/ledger.jsonl", "searched"), ("runs/wren/checkpoints/7/state.pt", "searched"),
        ("evals/ask-20260101T000000Z.json", "deleted"), ("evals/networks/trec/postgres/base/1/2", "deleted"), ("export.jsonl.zst", "rewritten"),
        ("kept/here/examples.jsonl", "rewritten"), ("runs/wren/MODEL_CARD.md", "searched"), ("corpus-signing.key", "searched"),
    ],
)  # fmt: skip
def test_the_first_place_that_fits_speaks(path: str, action: str) -> None:
    found = place(path)
    assert found and found.action == action


def test_what_the_table_does_not_know_is_told(tmp_path: Path) -> None:
    for name in ("corpora/birds/corpus.json", "notes.txt", "runs/wren/config.json", "new/place/words.bin"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "notes.txt")
    assert list(unknown(tmp_path)) == ["new/place/words.bin", "notes.txt"]
    assert place("") is None and place("runs") is None


def test_each_place_says_what_it_holds_once() -> None:
    assert len({each.pattern for each in PLACES}) == len(PLACES) and all(each.holds for each in PLACES)
