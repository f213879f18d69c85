"""A model that writes for somebody who hung up is let go, and many such hold up nobody else."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextvars import copy_context
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from conftest import Server
from oscine.engines.heard import heard, until

ASKED = {"model": "oscine", "stream": True, "messages": [{"role": "user", "content": "How much does the ferry to Quarnholm cost?"}]}
POST = {"id": "ferry", "author": "ann", "created_at": "2024-05-01T12:00:00Z", "text": "The ferry to Quarnholm costs four crowns."}
MANY = 60  # more than the threads that requests have


class Endless(ThreadingHTTPServer):
    """A language model that never comes to the end of its sentence; how many write now, and how many began."""

    def __init__(self) -> None:
        self.writing, self.begun, self.lock = 0, 0, threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def count(self, change: int) -> None:
        with self.lock:
            self.writing += change
            self.begun += change > 0


class _Handler(BaseHTTPRequestHandler):
    server: Endless

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.server.count(1)
        try:
            while True:
                self.wfile.write(b"data: " + json.dumps({"choices": [{"delta": {"content": "word "}}]}).encode() + b"\n\n")
                time.sleep(0.1)
        except OSError:
            self.server.count(-1)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def model() -> Iterator[Endless]:
    running = Endless()
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


def test_who_hangs_up_lets_the_model_go_and_holds_up_nobody(model: Endless, tmp_path: Path) -> None:
    chosen = {"OSCINE_LANGUAGE_MODEL": "http", "OSCINE_LANGUAGE_MODEL_URL": f"http://127.0.0.1:{model.server_port}/v1", "OSCINE_LANGUAGE_MODEL_NAME": "endless"}
    chosen |= {"OSCINE_EMBEDDING": "none", "OSCINE_READER": "none", "OSCINE_REQUESTS_PER_MINUTE": "100000"}
    server = Server(tmp_path, environment=chosen).wait()
    try:
        server.write([POST, *({**POST, "id": f"p{n}", "author": f"a{n}", "text": f"Post number {n} of many, about nothing much."} for n in range(50))])
        for number in range(1, MANY + 1):
            with httpx.stream("POST", server.url + "/v1/chat/completions", json=ASKED, timeout=30) as reply:
                lines = reply.iter_lines()  # held: dropped, it hangs up
                next(lines)
                _until(lambda wanted=number: model.begun >= wanted)  # type: ignore[misc]
        assert httpx.get(server.url + "/v1/search", params={"q": "ferry"}, timeout=5).status_code == 200
        _until(lambda: model.writing == 0)
    finally:
        server.stop()


def test_pieces_are_heard_while_somebody_waits() -> None:
    left, closed = threading.Event(), []

    def writing() -> Iterator[str]:
        try:
            yield from "abc"
        finally:
            closed.append(True)

    def waiting() -> None:
        until(left)
        pieces = heard(writing())
        assert [next(pieces), next(pieces)] == ["a", "b"] and not closed
        left.set()
        assert list(pieces) == [] and closed

    copy_context().run(waiting)  # of its own, as the thread that makes a piece has it
    assert list(heard(iter("abc"))) == ["a", "b", "c"]


def _until(true: Any, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)
