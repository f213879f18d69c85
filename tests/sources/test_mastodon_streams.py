"""The wire forms of Mastodon's streams, from servers that say what no real one can be made to say: pieces of any size, rubbish, and no end."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from oscine.errors import NetworkUnavailable
from oscine.sources.mastodon import streams
from oscine.sources.mastodon.server import Server
from oscine.sources.mastodon.streams import Told, connect

EVENTS = b':)\n:thump\nevent: update\ndata: {"id":"1"}\n\n:thump\nevent: delete\r\ndata: 12\r\n\r\nevent: notification\ndata: {"a":\ndata: 1}\n\n'
TOLD = [Told("update", '{"id":"1"}'), Told("delete", "12"), Told("notification", '{"a":\n1}')]


def sent(pieces: Iterator[bytes]) -> list[Told]:
    return list(streams._sent(httpx.Response(200, content=pieces)))


@given(st.lists(st.integers(0, len(EVENTS)), max_size=8))
def test_events_are_the_same_however_they_are_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(EVENTS)]
    assert sent(EVENTS[one:other] for one, other in itertools.pairwise(edges)) == TOLD


def test_an_event_without_end_is_given_up() -> None:
    with pytest.raises(NetworkUnavailable, match="more than"):
        sent(iter([b"data: " + b"x" * 100_000] * 100))


def test_lines_without_end_fill_no_memory() -> None:
    (told,) = sent(iter([b"data:\n" * 100_000] * 3 + [b"\n"]))
    assert len(told.payload) < streams.LARGEST


@contextmanager
def speaking(*said: bytes) -> Iterator[Server]:
    """A server that takes a WebSocket, sends these bytes, and closes."""

    def serve() -> None:
        peer, _ = listening.accept()
        with peer:
            protocol = ServerProtocol()
            protocol.receive_data(peer.recv(65_536))
            (request,) = protocol.events_received()
            assert isinstance(request, Request)
            protocol.send_response(protocol.accept(request))
            peer.sendall(b"".join(protocol.data_to_send()) + b"".join(said))

    with socket.create_server(("127.0.0.1", 0)) as listening, httpx.Client() as client:
        thread = threading.Thread(target=serve)
        thread.start()
        server = Server(f"127.0.0.1:{listening.getsockname()[1]}", client)
        server.__dict__["instance"] = {}
        yield server
        thread.join(10)


def frame(text: bytes, opcode: Opcode = Opcode.TEXT, fin: bool = True) -> bytes:
    return Frame(opcode, text, fin=fin).serialize(mask=False)


def of(server: Server) -> Iterator[Told]:
    stream = connect(server, "public")
    assert stream and stream.websocket
    with pytest.raises(NetworkUnavailable):
        yield from stream


def test_frames_are_events_also_in_parts_and_between_pings() -> None:
    whole = frame(b'{"stream":["public"],"event":"delete","payload":"12"}')
    parts = frame(b'{"event":"upd', fin=False) + frame(b"", Opcode.PING) + frame(b'ate","payload":"{}"}', Opcode.CONT)
    with speaking(whole, parts, frame(b'{"event":"filters_changed"}'), frame(b"\x03\xe8", Opcode.CLOSE)) as server:
        assert list(of(server)) == [Told("delete", "12"), Told("update", "{}"), Told("filters_changed", "")]


@pytest.mark.parametrize("rubbish", [b"{", b"[]", b"\xff", b"[" * 50_000])
def test_a_frame_that_is_no_event_is_told_as_it_came(rubbish: bytes) -> None:
    with speaking(frame(rubbish), frame(b'{"event":"delete","payload":"12"}')) as server:
        first, second = of(server)
    assert first.name == ""
    assert second == Told("delete", "12")


def test_an_error_ends_the_stream() -> None:
    with speaking(frame(b'{"error":"Not found","status":404}'), frame(b'{"event":"delete","payload":"12"}')) as server:
        assert list(of(server)) == []


def test_a_frame_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LARGEST", 1_000)
    with speaking(frame(b"x" * 600, fin=False), frame(b"x" * 600, Opcode.CONT, fin=False)) as server:
        assert list(of(server)) == []


@pytest.mark.parametrize(
    ("instance", "base"),
    [
        ({}, "https://one.example"),
        ({"configuration": {"urls": {"streaming": "wss://streaming.one.example"}}}, "https://streaming.one.example"),
        ({"urls": {"streaming_api": "wss://streaming.one.example/path"}}, "https://streaming.one.example"),
        ({"urls": {"streaming_api": "ws://streaming.one.example"}}, "https://streaming.one.example"),
        ({"urls": {"streaming_api": "file:///etc/passwd"}}, "https://one.example"),
        ({"urls": "?", "configuration": 7}, "https://one.example"),
    ],
)
def test_a_server_may_stream_elsewhere_but_not_in_the_clear(instance: dict[str, object], base: str) -> None:
    with httpx.Client() as client:
        server = Server("one.example", client)
        server.__dict__["instance"] = instance
        assert streams._base(server) == base
