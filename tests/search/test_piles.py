"""Words piled up to be found come after posts that speak."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oscine.app import App
from oscine.records import ANONYMOUS
from oscine.search.rank import piled


@pytest.mark.parametrize(
    "post",
    ["quarnholm ferry winter " * 5, "Quarnholm ferry! Quarnholm ferry? Quarnholm ferry. Best deals here", "bac Brévalon hiver, " * 4],
)
def test_piles(post: str) -> None:
    assert piled(post)


@pytest.mark.parametrize(
    "post",
    [
        "",
        "no no no no no no",
        "ha 😂😂😂😂😂😂",
        "The ferry leaves at 07:40. The ferry leaves at 07:40.",
        "go $AAPL $AAPL $AAPL $TSLA $TSLA",
    ],
)
def test_speech(post: str) -> None:
    assert not piled(post)


def test_a_pile_comes_last(app: App, write: Callable[..., Any]) -> None:
    write(
        {"id": "pile", "text": "Quarnholm ferry winter " * 5},
        {"id": "post", "text": "The Quarnholm ferry leaves at 07:40 all winter long, and costs four."},
    )
    found = app.search.search(app.view(ANONYMOUS), "Quarnholm ferry winter").results
    assert [result.seen.post.id for result in found] == ["post", "pile"]
