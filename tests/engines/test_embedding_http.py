"""Embeddings from a server: what it is asked, what is made of its answers, and what is said when they are no good."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import numpy as np
import pytest

from oscine.engines.embedding import Embedder, HttpEmbedder
from oscine.errors import EngineUnavailable

Answer = Callable[[dict[str, Any]], tuple[int, str]]


class Server(HTTPServer):
    answer: Answer
    asked: list[dict[str, Any]]
    keys: list[str | None]
    paths: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        self.server.keys.append(self.headers["Authorization"])
        self.server.paths.append(self.path)
        status, text = self.server.answer(body)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


def rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"index": i, "embedding": [float(len(text)), 3.0, 4.0]} for i, text in enumerate(body["input"])]


def good(body: dict[str, Any]) -> tuple[int, str]:
    return 200, json.dumps({"data": rows(body)[::-1]})


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Handler)
    made.answer, made.asked, made.keys, made.paths = good, [], [], []
    thread = Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def expected(text: str) -> np.ndarray[Any, Any]:
    vector = np.array([len(text), 3, 4], np.float32)
    return vector / np.linalg.norm(vector)


def test_vectors_are_unit_length_and_in_order(server: Server) -> None:
    embedder: Embedder = HttpEmbedder(server.url, "small", "secret")
    texts = ["x" * length for length in range(150)]
    vectors = embedder.embed_passages(texts)
    assert vectors.shape == (150, 3) and vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [expected(text) for text in texts], rtol=1e-6)
    assert {body["model"] for body in server.asked} == {"small"}
    assert set(server.keys) == {"Bearer secret"}
    assert embedder.dimensions == 3


def test_prefixes_are_sent(server: Server) -> None:
    embedder = HttpEmbedder(server.url, "small", query_prefix="query: ", passage_prefix="passage: ")
    assert embedder.embed_query("tide").shape == (3,)
    embedder.embed_passages(["tide"])
    assert [body["input"] for body in server.asked] == [["query: tide"], ["passage: tide"]]
    assert server.keys == [None, None]


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/"])
def test_the_url_may_end_in_v1(server: Server, tail: str) -> None:
    HttpEmbedder(server.url + tail, "small").embed_query("tide")
    assert server.paths == ["/v1/embeddings"]


def test_dimensions_are_asked_for_once_and_late(server: Server) -> None:
    embedder = HttpEmbedder(server.url, "small")
    assert server.asked == []
    assert embedder.dimensions == embedder.dimensions == 3
    assert embedder.embed_passages([]).shape == (0, 3)
    assert len(server.asked) == 1


def test_the_name_changes_with_what_changes_vectors(server: Server) -> None:
    made = [
        HttpEmbedder(server.url, "small"),
        HttpEmbedder(server.url, "large"),
        HttpEmbedder(server.url + "/other", "small"),
        HttpEmbedder(server.url, "small", query_prefix="query: "),
        HttpEmbedder(server.url, "small", passage_prefix="query: "),
    ]
    assert len({embedder.name for embedder in made}) == len(made)
    assert HttpEmbedder(server.url + "/v1", "small", "key").name == made[0].name


def test_an_unreachable_server_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(EngineUnavailable, match=f"{url}/v1/embeddings could not be reached"):
            HttpEmbedder(url, "small").embed_query("tide")


@pytest.mark.parametrize(
    "answer",
    [
        (500, "no"),
        (200, "<html>"),
        (200, "[]"),
        (200, "{}"),
        (200, '{"data": []}'),
        (200, '{"data": [{"index": 0}]}'),
        (200, '{"data": [{"index": 1, "embedding": [1.0]}]}'),
        (200, '{"data": [{"index": 0, "embedding": "abcd"}]}'),
        (200, '{"data": [{"index": 0, "embedding": []}]}'),
        (200, '{"data": [{"index": 0, "embedding": [0.0, 0.0]}]}'),
        (200, '{"data": [{"index": 0, "embedding": [NaN, 1.0]}]}'),
    ],
)
def test_a_bad_answer_is_refused(server: Server, answer: tuple[int, str]) -> None:
    server.answer = lambda body: answer
    with pytest.raises(EngineUnavailable, match="embeddings server at") as caught:
        HttpEmbedder(server.url, "small", "secret").embed_query("tide")
    assert "secret" not in str(caught.value)


def test_vectors_of_another_length_are_refused(server: Server) -> None:
    embedder = HttpEmbedder(server.url, "small")
    embedder.embed_query("tide")
    server.answer = lambda body: (200, '{"data": [{"index": 0, "embedding": [1.0]}]}')
    with pytest.raises(EngineUnavailable, match="sent 1 numbers"):
        embedder.embed_query("tide")
