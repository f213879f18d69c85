"""One call to a server that a stranger may have named: JSON, small, in time, never redirected. It knows nothing of what is asked.

Which addresses may be called, how long and how large an answer may be is decided by the client that is handed in (`safety.outbound.brief`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx
import msgspec

from oscine.errors import InputError, NetworkUnavailable, RateLimited
from oscine.safety.outbound import checked, is_loopback

LONGEST_WAIT = 3_600  # seconds that a server may ask us to wait


class Reply(NamedTuple):
    """What came. `body` is empty where it is not a JSON object."""

    status: int
    headers: httpx.Headers
    body: dict[str, Any]

    def text(self, name: str) -> str:
        """A string of the body; empty where it has none of that name."""
        found = self.body.get(name)
        return found if isinstance(found, str) else ""


def listed(reply: Reply, name: str) -> list[str]:
    """The strings of a list of the body; none where it has no list of that name."""
    found = reply.body.get(name)
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def secure(url: str) -> httpx.URL:
    """The address, if it is https; plain http for this very computer only. Raises `InputError`."""
    parsed = checked(url)
    if parsed.scheme != "https" and not is_loopback(parsed.host):
        raise InputError(f"{url[:100]!r} is not an https address.", "Its server must be reached by https.")
    return parsed


def origin(url: str) -> str:
    """Scheme, host and port of an address, as browsers write them. Raises `InputError`."""
    parsed = secure(url)
    return f"{parsed.scheme}://{parsed.netloc.decode()}"


def call(
    http: httpx.Client,
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    json: Any = None,
    headers: Mapping[str, str] | None = None,
    auth: httpx.Auth | None = None,
) -> Reply:
    """Call, and read the reply to its end, whatever its status; a redirect is a reply like any other.

    Raises `InputError` for an address that may not be called, `TooLarge`, `RateLimited`, and `NetworkUnavailable` where no reply comes.
    """
    address = secure(url)
    try:
        reply = http.request(method, address, data=form, json=json, headers={"Accept": "application/json", **(headers or {})}, auth=auth)
    except httpx.HTTPError as error:
        raise NetworkUnavailable(f"{address.host} does not answer ({type(error).__name__}).", "Try again in a moment.") from None
    if reply.status_code == 429:
        raise RateLimited(f"{address.host} asks us to wait.", "Try again later.", retry_after=_wait(reply.headers.get("retry-after", "")))
    return Reply(reply.status_code, reply.headers, parsed(reply.content))


def parsed(body: bytes) -> dict[str, Any]:
    """A JSON object; empty where a body is none."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _wait(header: str) -> int:
    return min(int(header), LONGEST_WAIT) if header.isascii() and header.isdigit() else 60
