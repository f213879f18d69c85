"""The API without a socket: `client` calls `server.create(app)` as the person at this computer; `key` makes callers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from oscine import access
from oscine.api import server as api
from oscine.app import App
from oscine.engines.e5 import E5Embedder
from oscine.records import Viewer
from oscine.store import vectors

HERE = "http://127.0.0.1:8420"
LOOPBACK = ("127.0.0.1", 50_000)

Headers = dict[str, str]
MakeKey = Callable[..., Headers]


def bearer(secret: str) -> Headers:
    """The header by which a key travels."""
    return {"Authorization": f"Bearer {secret}"}


def path_of(post: str, **query: str) -> str:
    """The address of a post, its id encoded as a client has to."""
    asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    return f"/v1/posts/{quote(post, safe='')}" + (f"?{asked}" if asked else "")


def client_of(app: App, base_url: str = HERE, address: str = "127.0.0.1") -> TestClient:
    """A client that calls from `address`."""
    return TestClient(api.create(app), base_url, client=(address, 50_000), raise_server_exceptions=False)


@pytest.fixture
def client(app: App) -> Iterator[TestClient]:
    """Calls from this computer, as many as a test wants."""
    app.settings.requests_per_minute = 1_000_000
    yield client_of(app)


@pytest.fixture
def key(app: App) -> MakeKey:
    """Make a key; the header to send it with. `viewer` is NETWORK/ACCOUNT."""

    def make(*scopes: str, networks: tuple[str, ...] = ("local",), viewer: str = "") -> Headers:
        network, _, account = viewer.partition("/")
        bound = networks if "write" in scopes else ()
        secret, _ = access.create(app.database, "test", scopes, bound, Viewer(network=network, account=account))
        return bearer(secret)

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
