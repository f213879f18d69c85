"""One WebSocket that is read: messages as they come, until it breaks or somebody closes it. It does not reconnect, nor know what messages mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode, urlsplit

from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from oscine.errors import NetworkUnavailable, SetupError

LARGEST = 16 << 20  # bytes of a message: the specification's limit is 5 MB
SECONDS = 15.0  # to connect
WRONG = (400, 401, 403, 404, 405)  # that no second try helps


class Stream:
    """Messages of a server."""

    def __init__(self) -> None:
        self._connection: ClientConnection | None = None
        self._closed = False

    def messages(self, url: str, parameters: Sequence[tuple[str, str]] = (), subprotocols: Sequence[str] = ()) -> Iterator[bytes]:
        """Each message, text as UTF-8; ends where either side closes. Once closed, there are none.

        Raises `NetworkUnavailable` where the connection breaks, `SetupError` where the server says that what is asked is wrong.
        """
        with self._connected(f"{url}?{urlencode(parameters)}" if parameters else url, subprotocols) as connection:
            self._connection = connection
            while not self._closed:
                try:
                    message = connection.recv(decode=False)
                except ConnectionClosedOK:
                    return
                except (ConnectionClosed, OSError) as error:
                    if not self._closed:
                        raise NetworkUnavailable(f"{url} broke off: {error}.", "It is tried again.") from None
                    return
                yield message

    def _connected(self, url: str, subprotocols: Sequence[str]) -> ClientConnection:
        try:
            return connect(
                url, max_size=LARGEST, open_timeout=SECONDS, close_timeout=2, user_agent_header="oscine",
                subprotocols=[Subprotocol(name) for name in subprotocols] or None,
            )  # fmt: skip
        except InvalidURI:
            raise SetupError(f"{url!r} is not the address of a stream.", "Give one such as wss://bsky.network.") from None
        except InvalidStatus as error:
            status = error.response.status_code
            if status in WRONG:
                said = bytes(error.response.body or b"")[:200].decode("utf8", "replace")
                raise SetupError(
                    f"{url} answers {status}: {said or 'nothing'}.", "Check the address; it may want something that it was not given."
                ) from None
            raise NetworkUnavailable(f"{url} answers {status}.", "It is tried again.") from None
        except (InvalidHandshake, OSError) as error:
            raise NetworkUnavailable(f"{url} does not answer: {error}.", "It is tried again.") from None

    def close(self) -> None:
        """End `messages` for good, from another thread."""
        self._closed = True
        if self._connection:
            self._connection.close()


def addresses(url: str) -> tuple[str, str]:
    """A server's address for streams (ws, wss) and for calls (http, https), without a path, of either or of a bare host name.

    Raises `SetupError` for what is no address.
    """
    split = urlsplit(url if "://" in url else f"wss://{url}")
    secure = {"ws": "", "http": "", "wss": "s", "https": "s"}.get(split.scheme)
    if secure is None or not split.hostname:
        raise SetupError(f"{url[:200]!r} is not the address of a server.", "Give one such as wss://bsky.network.")
    return f"ws{secure}://{split.netloc}", f"http{secure}://{split.netloc}"
