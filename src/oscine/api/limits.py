"""How large a request may be and how many a minute, before anything else looks at it. Plain ASGI: bodies are not held in memory."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oscine.api.errors import reply, unforeseen
from oscine.errors import OscineError, RateLimited, TooLarge

HEADERS = [
    (b"content-security-policy", b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self';"
                                 b" manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]  # fmt: skip
SHOWN_ELSEWHERE = ("/v1/ads/tag", "/v1/ads/events/", "/v1/ads/pictures/")  # paths of what other sites' pages show: ads, their pictures, their pixels
ELSEWHERE = [*HEADERS[:-1], (b"cross-origin-resource-policy", b"cross-origin")]


MOST_CALLERS = 10_000  # remembered at a time
CALLERS_BEHIND_AN_ADDRESS = 10


class Buckets:
    """A token bucket for each caller: `per_minute` requests, or what a caller's own licence says, a sixth of them at once."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, caller: str, licensed: int | None = None) -> None:
        """Count one request; `licensed` is how many a minute the caller's licence allows. Raises `RateLimited`."""
        now, rate, size = self._clock(), (licensed or self._per_minute) / 60, max(1.0, (licensed or self._per_minute) / 6)
        level, at = self._levels.get(caller, (size, now))
        level = min(size, level + (now - at) * rate)
        if level < 1:
            limit = f"this licence allows {licensed} a minute" if licensed else "the limit is OSCINE_REQUESTS_PER_MINUTE"
            raise RateLimited("Too many requests.", f"Wait a little; {limit}.", retry_after=int(1 / rate) + 1)
        self._levels.pop(caller, None)  # the dict is in the order of the last request
        self._levels[caller] = (level - 1, now)
        if len(self._levels) > MOST_CALLERS:
            del self._levels[next(iter(self._levels))]


class Limits:
    """The middleware: counts requests and bytes, and adds the security headers to every reply."""

    def __init__(self, app: ASGIApp, max_bytes: int, per_minute: int) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._callers = Buckets(per_minute)
        self._addresses = Buckets(per_minute * CALLERS_BEHIND_AN_ADDRESS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        seen = 0
        headers = ELSEWHERE if scope["path"].startswith(SHOWN_ELSEWHERE) else HEADERS

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", []), *headers]
            await send(message)

        async def receive_counting() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._max_bytes:
                raise self._too_large()
            return message

        try:
            self._check(scope)
            await self._app(scope, receive_counting, send_with_headers)
        except Exception as error:  # here and not in a handler of the application's, which would answer without the headers
            if started:
                raise
            answer = reply(error, scope["path"]) if isinstance(error, OscineError) else unforeseen(scope, error)
            await answer(scope, receive, send_with_headers)

    def _check(self, scope: Scope) -> None:
        headers = dict(scope["headers"])
        if not scope["path"].startswith("/static/"):
            address = (scope.get("client") or ("",))[0]
            self._addresses.take(address)  # whoever sends another key each time
            self._callers.take(headers.get(b"authorization", b"").decode("latin1") or address)
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._max_bytes:
            raise self._too_large()

    def _too_large(self) -> TooLarge:
        return TooLarge(f"The request is larger than {self._max_bytes:,} bytes.", "Send it in parts, or use `oscine import`.")
