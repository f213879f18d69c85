"""Calls to the server of a person who signed in, in that person's name. How a call shows whom it is for is the business of what is handed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from oscine.errors import NotAllowed
from oscine.posting import xrpc
from oscine.posting.xrpc import TokenOver, Told


class PersonalServer:
    """An `Xrpc`: the account's `server`, called by `auth`."""

    def __init__(self, server: str, http: httpx.Client, auth: httpx.Auth) -> None:
        self._server, self._http, self._auth = server.rstrip("/"), http, auth

    def __call__(self, nsid: str, *, params: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None) -> Told:
        """What the server replies. Raises `NotAllowed` where the person's leave is over, else as `xrpc.call` does."""
        method = "GET" if body is None else "POST"
        request = self._http.build_request(method, f"{self._server}/xrpc/{nsid}", params=params, json=body)
        try:
            return xrpc.call(self._http, request, self._auth)
        except TokenOver:
            raise NotAllowed("Your server does not let us post for you any more.", "Sign in again.") from None
