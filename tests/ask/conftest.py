"""Posts as a viewer sees them, made without a store, for what is pure; and the store with the real embedding model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from oscine.app import App
from oscine.engines.e5 import E5Embedder
from oscine.records import Account, Post
from oscine.store import vectors
from oscine.view import SeenPost

Seen = Callable[..., SeenPost]


@pytest.fixture
def seen() -> Seen:
    """A post by an account; each is an hour newer than the one before."""
    numbers = count(1)

    def make(text: str, author: str = "ann", lang: str = "en", network: str = "local") -> SeenPost:
        number = next(numbers)
        post = Post(id=f"p{number}", network=network, author=author, text=text, lang=lang,
                    created_at=datetime(2024, 5, 1, tzinfo=UTC) + timedelta(hours=number))  # fmt: skip
        return SeenPost(number=number, post=post, author=Account(id=author, network=network, handle=author, name=author.title()))

    return make


@pytest.fixture(scope="session")
def embedder(models: Path) -> E5Embedder:
    """The real embedding model, opened once."""
    return E5Embedder(models)


@pytest.fixture
def meaning(app: App, embedder: E5Embedder) -> App:
    """The same `App`, searching by meaning too; `embed_all` makes the vectors."""
    vectors.prepare(app.database, embedder.name, embedder.dimensions)
    app._embedder = embedder
    return app
