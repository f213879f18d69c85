"""A WebSocket server for the tests that says what it is told to say, then is silent; beside the real servers, for what those never say."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol


class Saying:
    """`url` is where it listens, `asked` the paths that were asked for."""

    def __init__(self, url: str) -> None:
        self.url, self.asked = url, list[str]()


@contextlib.contextmanager
def saying(messages: Sequence[bytes | str], ends: bool = False, subprotocol: str = "") -> Iterator[Saying]:
    """Say the messages to everybody who connects; then close (`ends`), or keep silent."""

    def answer(connection: ServerConnection) -> None:
        assert connection.request is not None
        told.asked.append(connection.request.path)
        for message in messages:
            connection.send(message)
        if not ends:
            with contextlib.suppress(ConnectionClosed):
                connection.recv()

    with serve(answer, "127.0.0.1", 0, subprotocols=[Subprotocol(subprotocol)] if subprotocol else None) as server:
        told = Saying(f"ws://127.0.0.1:{server.socket.getsockname()[1]}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
