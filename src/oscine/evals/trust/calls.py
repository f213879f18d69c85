"""Calls of the real HTTP API, in this process, as the person at this computer: the same routes, guards and limits that a server has, without a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
from fastapi import FastAPI

from oscine.api import server
from oscine.app import App

HERE = "http://127.0.0.1:8420"
LOOPBACK = ("127.0.0.1", 50_000)
SECONDS = 60.0


class Reply(NamedTuple):
    """A reply: its status and its bytes."""

    status: int
    body: bytes

    @property
    def told(self) -> Any:
        """What its JSON says. Raises `ValueError` where it is none."""
        return json.loads(self.body)


class Caller:
    """Calls the API over one `App`, one call after the other."""

    def __init__(self, runner: asyncio.Runner, client: httpx.AsyncClient, api: FastAPI) -> None:
        self._runner, self._client, self._api = runner, client, api

    @property
    def described(self) -> dict[str, Any]:
        """Every route, as OpenAPI describes it."""
        return self._api.openapi()

    @classmethod
    @contextmanager
    def of(cls, app: App) -> Iterator[Caller]:
        """Open for as long as it is needed."""
        api = server.create(app)
        transport = httpx.ASGITransport(app=api, raise_app_exceptions=False, client=LOOPBACK)
        client = httpx.AsyncClient(transport=transport, base_url=HERE, timeout=SECONDS)
        with asyncio.Runner() as runner:
            yield cls(runner, client, api)
            runner.run(client.aclose())

    def call(self, method: str, path: str, **options: Any) -> Reply:
        """Any call."""

        async def called() -> Reply:
            reply = await self._client.request(method, path, **options)
            return Reply(reply.status_code, reply.content)

        return self._runner.run(called())

    def get(self, path: str, **params: Any) -> Reply:
        """A GET with a query."""
        return self.call("GET", path, params=params)

    def ask(self, question: str, **headers: str) -> Reply:
        """A question, answered in one piece."""
        return self.call("POST", "/v1/chat/completions", json={"messages": [{"role": "user", "content": question}]}, headers=headers)
