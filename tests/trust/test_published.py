"""What the software goes by is published, all of it: nobody may forget a file, and nothing that is not named is read."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import pytest

from oscine.errors import InputError, NotFound
from oscine.trust import published


def test_every_file_that_decides_something_is_in_the_table() -> None:
    """A file of prompts, words, weights or rules that is missing here goes into src/oscine/trust/published.toml, with one line on what it decides."""
    assert published.missing() == []


def test_a_file_that_is_forgotten_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = {name: entry for name, entry in published.table().items() if name != "feed/weights.toml"}
    monkeypatch.setattr(published, "table", lambda: fewer)
    assert published.missing() == ["feed/weights.toml"]


def test_hashes_are_those_of_the_files() -> None:
    for each in published.published():
        lies = files("oscine").joinpath(each.name).read_bytes()
        assert (each.sha256, each.bytes) == (hashlib.sha256(lies).hexdigest(), len(lies))


def test_texts_are_given_word_for_word() -> None:
    for each in published.published():
        if each.url:
            assert hashlib.sha256(published.text(each.name).encode()).hexdigest() == each.sha256, each.name


def test_what_is_named_is_there() -> None:
    """All but weights, which an installation may lack."""
    listed = {each.name for each in published.published()}
    assert {name for name, entry in published.table().items() if not entry.binary} <= listed


def test_a_binary_file_is_told_and_not_shown() -> None:
    with pytest.raises(InputError):
        published.text("engines/reader.npz")


@pytest.mark.parametrize(
    "name", ["", "../settings.py", "settings.py", "/etc/passwd", "ask/prompts/../../settings.py", "feed/weights.toml/", "ask/prompts"]
)
def test_nothing_else_is_read(name: str) -> None:
    with pytest.raises(NotFound):
        published.text(name)


def test_every_line_says_what_it_decides() -> None:
    for name, entry in published.table().items():
        assert entry.kind in ("prompt", "weights", "rules", "card") and entry.says.endswith("."), name
