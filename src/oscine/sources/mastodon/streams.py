"""Mastodon's streams, by WebSocket or as server-sent events: https://docs.joinmastodon.org/methods/streaming/.

Both go through the `httpx.Client` that is handed in, so that its checks of addresses hold for them too. An event is its name and its payload,
of which nothing more is known here. The token is in a header only, never in an address.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlencode

import httpcore
import httpx
import msgspec
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side
from websockets.utils import accept_key, generate_key

from oscine.errors import InputError, NetworkUnavailable
from oscine.sources.mastodon.server import Server

LARGEST = 1_000_000  # bytes of an event
SECONDS = 10.0  # to connect in
SILENCE = 75.0  # seconds: Mastodon sends a sign of life every 15 (events) or 30 (WebSocket)
PATHS = {"user": "user", "public": "public", "local": "public/local", "tag": "hashtag"}
BROKEN = (httpx.HTTPError, httpx.StreamError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError)
NAMES = {"user": "user", "public": "public", "local": "public:local", "tag": "hashtag"}


class Told(NamedTuple):
    """An event of a stream: its name, and its payload as it came, mostly JSON."""

    name: str
    payload: str


class _Frame(msgspec.Struct):
    event: str = ""
    payload: str | int | None = None
    error: str = ""


class Stream:
    """One timeline's stream, open. Iterating gives its events until it breaks off; `close` ends that from another thread."""

    def __init__(self, host: str, reply: httpx.Response, events: Iterator[Told]) -> None:
        self.websocket = reply.status_code == 101
        self._host = host
        self._reply = reply
        self._events = events

    def __iter__(self) -> Iterator[Told]:
        """Raises `NetworkUnavailable` where it breaks off."""
        try:
            yield from self._events
        except BROKEN as error:
            raise NetworkUnavailable(f"The stream of {self._host} broke off ({type(error).__name__}).") from None
        finally:
            self._reply.close()
        raise NetworkUnavailable(f"{self._host} ended its stream.")

    def close(self) -> None:
        """Hang up: who waits for the next event finds that there is none."""
        stream = self._reply.extensions.get("network_stream")
        raw = stream.get_extra_info("socket") if stream else None
        if isinstance(raw, socket.socket):
            with suppress(OSError, ValueError):
                raw.shutdown(socket.SHUT_RDWR)


def connect(server: Server, timeline: str) -> Stream | None:
    """The stream of `user`, `public`, `local` or `tag:NAME`, by WebSocket or else as events; None where the server has none. Raises `NetworkUnavailable`."""
    kind, _, tag = timeline.partition(":")
    base, query, key = _base(server), {"tag": tag} if tag else {}, generate_key()
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13"}
    reply = _open(server, f"{base}/api/v1/streaming?{urlencode({'stream': NAMES[kind], **query})}", upgrade)
    if reply and reply.headers.get("Sec-WebSocket-Accept") == accept_key(key):
        return Stream(server.host, reply, _messages(reply.extensions["network_stream"]))
    if reply:
        reply.close()
    reply = _open(server, f"{base}/api/v1/streaming/{PATHS[kind]}?{urlencode(query)}", {"Accept": "text/event-stream"})
    return Stream(server.host, reply, _sent(reply)) if reply else None


def _open(server: Server, url: str, headers: dict[str, str]) -> httpx.Response | None:
    """A reply that streams, unread; None where the server does not do so."""
    wanted = 101 if "Upgrade" in headers else 200
    timeout = httpx.Timeout(SECONDS, read=SILENCE)
    try:
        headers = {**server.headers, "Accept-Encoding": "identity", **headers}
        reply = server.http.send(server.http.build_request("GET", url, headers=headers, timeout=timeout), stream=True)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, InputError) as error:
        if wanted == 101:  # what stands before the server may know no WebSockets; the other way tells whether it is there
            return None
        raise NetworkUnavailable(f"{server.host} does not stream ({type(error).__name__}).") from None
    plain = reply.headers.get("content-type", "").startswith("text/event-stream") and "content-encoding" not in reply.headers
    if reply.status_code == wanted and (wanted == 101 or plain):
        return reply
    reply.close()
    if wanted == 200 and (reply.status_code == 429 or reply.status_code >= 500):
        raise NetworkUnavailable(f"{server.host} answers {reply.status_code} to one who wants its stream.")
    return None


def _base(server: Server) -> str:
    """Where the server streams: another host than its own perhaps, but never in the clear where it is not."""
    configuration = server.instance.get("configuration") or {}
    urls = (configuration.get("urls") if isinstance(configuration, dict) else None) or server.instance.get("urls") or {}
    stated = str((urls.get("streaming") or urls.get("streaming_api") or "") if isinstance(urls, dict) else "")
    scheme, _, rest = stated.partition("://")
    host = rest.partition("/")[0]
    if host in ("", server.host) or scheme not in ("ws", "wss", "http", "https"):
        return server.url
    clear = scheme in ("ws", "http") and server.url.startswith("http:")
    return f"{'http' if clear else 'https'}://{host}"


def _messages(stream: httpcore.NetworkStream) -> Iterator[Told]:
    """The events of a WebSocket: RFC 6455, its frames read by `websockets`."""
    frames, message = Protocol(Side.CLIENT, max_size=LARGEST), bytearray()
    while data := stream.read(65_536, timeout=SILENCE):
        frames.receive_data(data)
        for frame in frames.events_received():
            if isinstance(frame, Frame) and frame.opcode in (Opcode.TEXT, Opcode.CONT):
                message += frame.data
                if frame.fin:
                    yield from _framed(bytes(message))
                    message.clear()
        for out in frames.data_to_send():
            if not out:
                return
            stream.write(out, timeout=SILENCE)
        if frames.close_expected():
            return


def _framed(message: bytes) -> Iterator[Told]:
    try:
        frame = msgspec.json.decode(message, type=_Frame)
    except (msgspec.DecodeError, RecursionError):
        yield Told("", message.decode(errors="replace"))
        return
    if frame.error:
        raise NetworkUnavailable(f"The stream ends: {frame.error[:200]!r}.")
    if frame.event:
        yield Told(frame.event, str(frame.payload if frame.payload is not None else ""))


def _sent(reply: httpx.Response) -> Iterator[Told]:
    """Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html, as far as Mastodon uses them."""
    name, data, size = "", list[str](), 0
    for line in _lines(reply):
        field, _, value = line.partition(":")
        size += len(line) + 1
        if field == "event":
            name = value.strip()
        elif field == "data" and size <= LARGEST:
            data.append(value.removeprefix(" "))
        elif not line and (name or data):
            yield Told(name, "\n".join(data))
            name, data, size = "", [], 0


def _lines(reply: httpx.Response) -> Iterator[str]:
    """The lines of a stream that ends lines by LF or CR LF. Raises `NetworkUnavailable` for one that is too long."""
    line = bytearray()
    for piece in reply.iter_bytes():
        *whole, rest = piece.split(b"\n")
        for part in whole:
            yield (line + part).rstrip(b"\r").decode(errors="replace")
            line.clear()
        line += rest
        if len(line) > LARGEST:
            raise NetworkUnavailable(f"The stream sends an event of more than {LARGEST:,} bytes.")
