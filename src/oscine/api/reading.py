"""What each request reads is kept in the log of accesses, after its reply. Plain ASGI: it delays no reply, and fails none.

A request that hands out no post leaves no entry. What goes on after its first byte for long (exports, streams) keeps its own, before it sends.
"""

from __future__ import annotations

import re

import anyio
from anyio import to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from oscine.access import reading
from oscine.access.reading import Reading
from oscine.app import App

OTHER = "other"
DOORS = {  # the first that a path begins with
    r"/v1/search\.": "feeds", "/v1/search": "search", "/v1/posts/.+/explain": "explain", "/v1/posts/.+/similar": "similar", "/v1/posts": "posts",
    "/v1/summary": "summary", "/v1/chat": "ask", "/v1/(completions|drafts|rewrite|images)": "drafts", "/v1/audio": "voice",
    "/v1/feed/catch-up": "catch-up", "/v1/feed/digest": "digest", "/v1/feed/proposals": "proposals", "/v1/feed": "feed",
    "/v1/(people|trending|related)": "discover", "/v1/saved": "saved", "/v1/tools": "tools", "/v1/ads": "ads", "/openrtb2": "ads", "/v1/labels": "labels",
    "/v1/me": "me", "/v1/export": "export", "/v1/stream": "stream", "/mcp": "mcp", "/xrpc": "xrpc", "/v1/messengers": "messengers", "/v1/trust": "trust",
}  # fmt: skip
_PATHS = [(re.compile(path), door) for path, door in DOORS.items()]


def door(path: str) -> str:
    """Which door of the log a path leads through."""
    return next((door for pattern, door in _PATHS if pattern.match(path)), OTHER)


class Readings:
    """The middleware: opens a reading for each request, to which `guard` adds who calls and the view what it hands out."""

    def __init__(self, app: ASGIApp, oscine: App) -> None:
        self._app, self._oscine = app, oscine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = Reading(door(scope["path"]))
        with reading.reading(begun):
            try:
                await self._app(scope, receive, send)
            finally:
                if begun.posts:
                    with anyio.CancelScope(shield=True):  # whoever hangs up has read all the same
                        await to_thread.run_sync(self._oscine.keep_reading, begun)
