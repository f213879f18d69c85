"""Image models: an OpenAI-compatible server, a small real one here."""

from __future__ import annotations

import base64
import io
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from oscine.engines.image import DiffusersImageModel, HttpImageModel
from oscine.errors import EngineUnavailable


class Handler(BaseHTTPRequestHandler):
    """Draws one colour; the prompt says what goes wrong."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, dict(self.headers), asked))  # type: ignore[attr-defined]
        prompt = asked["prompt"]
        width, height = (int(side) for side in asked["size"].split("x"))
        out = io.BytesIO()
        Image.new("RGB", (512, 512) if prompt == "its own size" else (width, height), "navy").save(
            out, "JPEG" if prompt == "jpeg" else "PNG"
        )
        picture = base64.b64encode(b"<svg/>" if prompt == "svg" else out.getvalue()).decode()
        said: dict[str, Any] = {"data": [{"url": "http://127.0.0.1/x.png"} if prompt == "address" else {"b64_json": picture}]}
        body = b"no json" if prompt == "no json" else json.dumps(said).encode()
        self.send_response(500 if prompt == "fails" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.asked = []  # type: ignore[attr-defined]
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


def model(server: ThreadingHTTPServer, key: str = "") -> HttpImageModel:
    return HttpImageModel(f"http://127.0.0.1:{server.server_port}/v1/", "painter", key)


def test_asks_as_openai_has_it(server: ThreadingHTTPServer) -> None:
    png = model(server, "secret").draw("a lake", 320, 200, 7)
    [(path, headers, asked)] = server.asked  # type: ignore[attr-defined]
    assert path == "/v1/images/generations" and headers["Authorization"] == "Bearer secret"
    assert (asked["model"], asked["size"], asked["seed"], asked["n"]) == ("painter", "320x200", 7, 1)
    assert Image.open(io.BytesIO(png)).size == (320, 200)


@pytest.mark.parametrize("prompt", ["jpeg", "its own size"])
def test_what_comes_is_made_a_png_of_the_size_asked(server: ThreadingHTTPServer, prompt: str) -> None:
    image = Image.open(io.BytesIO(model(server).draw(prompt, 320, 200, 0)))
    assert (image.format, image.size) == ("PNG", (320, 200))


@pytest.mark.parametrize(
    ("prompt", "why"),
    [("fails", "answered 500"), ("no json", "holds no picture"), ("address", "holds no picture"), ("svg", "not a picture")],
)
def test_what_goes_wrong_is_said(server: ThreadingHTTPServer, prompt: str, why: str) -> None:
    with pytest.raises(EngineUnavailable, match=why):
        model(server).draw(prompt, 64, 64, 0)


def test_nobody_there() -> None:
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        HttpImageModel("http://127.0.0.1:9/v1", "painter").draw("a lake", 64, 64, 0)


def test_without_diffusers_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "diffusers", None)  # as where it is not installed
    with pytest.raises(EngineUnavailable, match="diffusers is not installed"):
        DiffusersImageModel(tmp_path).draw("a lake", 64, 64, 0)
