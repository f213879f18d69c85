"""Cookies, and that what acts in a person's name comes from our own pages. It does not know what the cookies mean.

They are for this host only, out of scripts' reach, and not sent where another site's page calls (RFC 6265bis: `HttpOnly`, `SameSite=Lax`,
behind https `Secure` and `__Host-`, so that no neighbour of the host can set them).
"""

from __future__ import annotations

import httpx
from fastapi import Request, Response

from oscine.errors import NotAllowed

SAFE = ("GET", "HEAD", "OPTIONS")
LONGEST = 100


def held(request: Request, name: str, home: str) -> str:
    """What a cookie of ours holds; empty where there is none."""
    value = request.cookies.get(_named(name, home), "")
    return value if len(value) <= LONGEST else ""


def hold(response: Response, name: str, home: str, value: str, seconds: float) -> None:
    """Have the browser hold a value for a while."""
    response.set_cookie(_named(name, home), value, max_age=round(seconds), path="/", secure=_is_secure(home), httponly=True, samesite="lax")


def drop(response: Response, name: str, home: str) -> None:
    """Have the browser forget."""
    response.delete_cookie(_named(name, home), path="/", secure=_is_secure(home), httponly=True, samesite="lax")


def own_page(request: Request, home: str) -> None:
    """Raise `NotAllowed` where a call that changes something does not come from a page of `home`."""
    address = httpx.URL(home)
    if request.method not in SAFE and request.headers.get("origin") != f"{address.scheme}://{address.netloc.decode()}":
        raise NotAllowed("This call does not come from this server's own pages.", "Open the page here, and do it there.")


def _named(name: str, home: str) -> str:
    return f"__Host-{name}" if _is_secure(home) else name


def _is_secure(home: str) -> bool:
    return home.startswith("https://")
