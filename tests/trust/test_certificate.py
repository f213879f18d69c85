"""A certificate verifies as it is, and not when a byte of it was changed; it tells whoever knows an id whether that is among its deletions."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from oscine.cli import cli
from oscine.store.deletions import Deletion
from oscine.store.signing import public_key
from oscine.trust import certificate

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ROWS = [Deletion(id=1, network="local", kind="account", key="ann", account="ann", at=AT, posts=12),
        Deletion(id=2, network="local", kind="consent", key="training", account="bo", at=AT, posts=3)]  # fmt: skip


@pytest.fixture
def made() -> dict[str, Any]:
    told = {"id": "abc", "found": 0, "covers": certificate.covered(ROWS, "5a17"), "seconds": 1.25, "why": "ünï “x” \u2028 葦", "models": []}
    return certificate.signed(told, KEY)


def test_it_verifies_however_it_is_written(made: dict[str, Any]) -> None:
    ways: list[dict[str, Any]] = [{}, {"indent": 2}, {"ensure_ascii": False}, {"sort_keys": True}]
    again = [json.loads(json.dumps(made, **way)) for way in ways]
    assert all(certificate.valid(each) and certificate.valid(each, public_key(KEY)) for each in [made, *again])


def test_one_changed_byte_does_not_verify(made: dict[str, Any]) -> None:
    written, chance, held = json.dumps(made, ensure_ascii=False), random.Random(0), 0
    for place in range(len(written)):
        changed = written[:place] + chance.choice([c for c in "019azAZ{\"" if c != written[place]]) + written[place + 1 :]
        try:
            told = json.loads(changed)
        except ValueError:
            continue
        held += certificate.valid(told) and told != made
    assert held == 0


@pytest.mark.parametrize("wrong", [None, [], {}, {"signature": None}, {"signature": {"algorithm": "Ed25519", "public_key": "zz", "signature": 3}}])
def test_what_is_no_certificate_does_not_verify(wrong: Any) -> None:
    assert not certificate.valid(wrong)


def test_another_key_is_told_from_the_one_that_is_wanted(made: dict[str, Any]) -> None:
    other = certificate.signed(made, Ed25519PrivateKey.generate())
    assert certificate.valid(other) and not certificate.valid(other, public_key(KEY))


def test_it_names_nobody_and_can_be_asked_for_somebody(made: dict[str, Any]) -> None:
    assert "ann" not in json.dumps(made)
    assert certificate.covers(made, "account", "local", "ann") and certificate.covers(made, "consent", "local", "bo training")
    assert not certificate.covers(made, "account", "local", "bo") and not certificate.covers(made, "post", "local", "ann")


def test_the_command_checks_a_file_without_a_database(made: dict[str, Any], tmp_path: Path) -> None:
    file, runner = tmp_path / "certificate.json", CliRunner()
    file.write_text(json.dumps(made, indent=2, ensure_ascii=False), encoding="utf8")
    data = ["--data", str(tmp_path / "nothing")]
    good = runner.invoke(cli, ["certificate", str(file), "--verify", *data])
    assert (good.exit_code, good.stdout) == (0, f"valid, signed by {public_key(KEY)}\n")
    file.write_text(file.read_text(encoding="utf8").replace('"found": 0', '"found": 1'), encoding="utf8")
    bad = runner.invoke(cli, ["certificate", str(file), "--verify", "--json", *data])
    assert (bad.exit_code, json.loads(bad.stdout)) == (1, {"valid": False, "public_key": ""})
    assert not (tmp_path / "nothing").exists()
    asked = [runner.invoke(cli, ["certificate", str(file), "--covers", name, *data]).stdout for name in ("local/ann", "local/eve")]
    assert asked == ["yes\n", "no\n"]
