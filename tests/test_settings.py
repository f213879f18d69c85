"""Settings from an environment, as people write them."""

from __future__ import annotations

import pytest

from oscine.settings import Settings


@pytest.mark.parametrize(
    "said", ["https://a.example, https://b.example", '["https://a.example", "https://b.example"]', "https://a.example,,https://b.example,"]
)
def test_a_list_is_parted_by_commas_or_json(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("OSCINE_AD_SITES", said)
    assert Settings().ad_sites == {"https://a.example", "https://b.example"}


def test_an_empty_list_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSCINE_HIDDEN_LABELS", "")
    assert Settings().hidden_labels == frozenset()
