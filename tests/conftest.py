"""Real parts for the tests: a PostgreSQL of their own, a server process, a Chromium. Everything is started here, on loopback, and stopped here."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from oscine import sample
from oscine.app import App
from oscine.settings import Settings
from oscine.store.postgres import Database, open_database

TABLES = ("posts", "accounts", "tombstones", "engagements", "relations", "pending_vectors", "keys", "imports", "saved_searches", "reviews",
          "connections", "labels", "bot_answers", "bot_positions", "bot_stopped", "sessions", "sign_ins", "network_apps", "feed_generators",
          "feed_steering", "feed_weights_live", "feed_weights", "feed_tests", "feed_pages", "pending_labels", "machine_labels", "label_appeals",
          "person_keys", "access_log", "access_heads", "deletions", "certificates", "incidents")
ADS = "DO $$ BEGIN IF EXISTS (SELECT FROM advertisers) THEN TRUNCATE advertisers CASCADE; END IF; END $$;"  # entries are never deleted
EMPTY = (
    "".join(f"DELETE FROM {table};" for table in (*TABLES, "ad_refusals", "ad_choices", "ad_traffic"))
    + ADS
    + "SELECT setval('posts_id_seq', 1, false), setval('accounts_id_seq', 1, false)"
)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OSCINE_") or name == "DATABASE_URL"]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def models() -> Iterator[Path]:
    """The prepared embedding model, made once for all tests."""
    with tempfile.TemporaryDirectory(prefix="oscine-models-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def data() -> Iterator[Path]:
    """A data directory whose database lives as long as the tests do."""
    with tempfile.TemporaryDirectory(prefix="oscine-test-") as folder:
        yield Path(folder)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data directory of one's own. Not under pytest's: each pytest that starts closes that folder to the database's user."""
    with tempfile.TemporaryDirectory(prefix="oscine-own-") as made:
        yield Path(made)


@pytest.fixture(scope="session")
def sample_texts() -> list[str]:
    """What the posts of the sample network say."""
    return [post["text"] for file in sample.files() for post in map(json.loads, gzip.open(file, "rt")) if post.get("text")]


@pytest.fixture(scope="session")
def small_model(sample_texts: list[str]) -> Iterator[Path]:
    """A Hugging Face folder of a small model of the Qwen3 family, its weights random, its tokenizer trained on the sample network."""
    torch = pytest.importorskip("torch")
    from oscine.model import export, gpt, tokenizer

    with tempfile.TemporaryDirectory(prefix="oscine-small-") as made:
        tokens = tokenizer.train(sample_texts[:3000], 1000)
        config = gpt.GPTConfig(vocabulary=tokens.size, depth=4, width=256, heads=4, kv_heads=2, hidden=512)
        model, chance = gpt.GPT(config), torch.Generator().manual_seed(0)
        for weights in model.parameters():
            if weights.dim() == 2:
                torch.nn.init.normal_(weights, std=0.08, generator=chance)
        yield export.write(Path(made), config, model.state_dict(), tokens, {"form": "post", "run": "small"})


@pytest.fixture(scope="session")
def _open(data: Path) -> Iterator[Database]:
    database = open_database(data)
    yield database
    database.close()


@pytest.fixture
def database(_open: Database) -> Database:
    """An empty store. Nothing is truncated: a connection that wrote before could not write into pg_textsearch's index after it."""
    _open.execute(EMPTY)
    return _open


@pytest.fixture
def app(database: Database, data: Path) -> Iterator[App]:
    """An `App` over an empty store, searching by words only."""
    made = App(Settings(data=data, embedding="none", reader="none", language_model="none", labels="none"))
    made.__dict__["database"] = database
    yield made


@pytest.fixture
def write(app: App, tmp_path: Path) -> Callable[..., Any]:
    """Import posts, given as dicts; `id`, `author` and `created_at` may be left out."""
    counter = iter(range(1_000_000))

    def import_posts(*posts: dict[str, Any], **options: Any) -> Any:
        path = tmp_path / f"{next(counter)}.jsonl"
        path.write_text("".join(json.dumps(complete(post)) + "\n" for post in posts))
        return app.ingest(app.source(str(path)), **options)

    def complete(post: dict[str, Any]) -> dict[str, Any]:
        if "text" not in post:
            return post
        return {"id": f"p{next(counter)}", "author": "ann", "created_at": "2024-05-01T12:00:00Z", **post}

    return import_posts


@pytest.fixture(scope="session")
def atproto() -> Iterator[Any]:
    """A real AT Protocol network (`at_network.AtProto`), shared by all tests: everybody makes accounts of their own, and nobody stops it."""
    import at_network  # with it comes a library that takes a second

    with at_network.running() as network:
        yield network


class Server:
    """`oscine up` as a process of its own. `url` is where it listens."""

    def __init__(self, data: Path, *options: str, environment: dict[str, str] | None = None) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = (data / "up.log").open("ab")
        command = [
            sys.executable,
            "-m",
            "oscine",
            "up",
            "--no-browser",
            "--no-sample",
            "--port",
            str(self.port),
            "--data",
            str(data),
            *options,
        ]
        self.process = subprocess.Popen(command, stderr=self.log, stdout=self.log, env={**os.environ, "OSCINE_LABELS": "none", **(environment or {})})

    def wait(self, seconds: float = 60) -> Server:
        """Return when it answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(self.url + "/healthz").status_code == 200:
                    return self
            time.sleep(0.1)
        raise AssertionError(f"the server did not start: {(self.data / 'up.log').read_text()[-2000:]}")

    def write(self, posts: list[dict[str, Any]]) -> dict[str, Any]:
        """Import lines over HTTP."""
        reply = httpx.post(self.url + "/v1/posts", content="".join(json.dumps(post) + "\n" for post in posts), timeout=60)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def embedded(self, seconds: float = 120) -> None:
        """Return when every post has its vector."""
        end = time.monotonic() + seconds
        while httpx.get(self.url + "/v1/status", timeout=30).json()["pending_vectors"]:
            assert time.monotonic() < end, "the vectors do not come"
            time.sleep(0.2)

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End the process, by its own id."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)
        self.log.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server on an empty store, for all end-to-end tests."""
    folder = tmp_path_factory.mktemp("server")
    running = Server(folder, environment={"OSCINE_REQUESTS_PER_MINUTE": "100000"}).wait()
    yield running
    running.stop()


CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def _browser() -> Iterator[Any]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("There is no Chromium: CI does not accept that the end-to-end tests are left out.")
        pytest.skip("There is no Chromium on this machine.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(_browser: Any) -> Iterator[Any]:
    """A page in a browser context of its own."""
    context = _browser.new_context()
    yield context.new_page()
    context.close()
