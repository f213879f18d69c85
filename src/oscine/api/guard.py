"""Who is calling, with which rights.

A key travels as `Authorization: Bearer …`. A person who signed in holds a session in a cookie, and may read and ask with the eyes of their
account. Without either, only the person at this very computer may call: the server listens on loopback, the
connection comes from loopback, nothing has forwarded it (a server with a public address expects a proxy), it is addressed to loopback (so that
a name somebody points here does not do), and if a page sent it, that page is ours (so that no other site acts in this person's name).

A key with a licence is let through the doors of `doors` only, as often a minute as it says, and as long as it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from fastapi import Depends, Request

from oscine import access
from oscine.access import LOCAL, Key, Scope, reading
from oscine.api import browser, doors
from oscine.api.limits import Buckets
from oscine.app import App
from oscine.errors import KeyRequired, NotAllowed
from oscine.records import Viewer
from oscine.safety.outbound import is_loopback
from oscine.store.sessions import Session

VIEWER_HEADER = "Oscine-Viewer"
SESSION = "oscine-session"  # the cookie of a person who signed in
SESSION_KEY = access.SESSION
SIGNED_IN: frozenset[Scope] = frozenset({"read", "chat"})
FORWARDED = ("forwarded", "via", "x-forwarded-", "x-real-ip")  # beginnings of the headers by which a proxy tells of itself


def app_of(request: Request) -> App:
    """The `App` behind a request."""
    app: App = request.app.state.oscine
    return app


def base_url(request: Request) -> str:
    """The address that people reach this server by, without a slash at its end."""
    return app_of(request).settings.public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"


def caller(request: Request) -> Key:
    """The key that a request acts with. Raises `KeyRequired`; `NotAllowed` or `RateLimited` for what its licence does not cover."""
    return request.state.key if hasattr(request.state, "key") else _let_in(request, _held(request))


def _let_in(request: Request, key: Key) -> Key:
    if key.licence:
        if key.licence.per_minute:
            licensed: Buckets = request.app.state.licensed
            licensed.take(key.id, key.licence.per_minute)
        doors.enter(key, request.method, _door(request))
    request.state.key = key
    reading.called(key.id, seen_by(key))
    return key


def _door(request: Request) -> str:
    """The path of the route that a request takes, with its names in braces; of what is none of FastAPI's, the path itself."""
    return str(getattr(request.scope.get("route"), "path", request.scope["path"]))


def _held(request: Request) -> Key:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if text and scheme.lower() == "bearer" and text.strip().startswith(access.PREFIX + "_"):
        return access.find(app_of(request).database, text.strip())
    signed_in, local = session(request), _is_local_person(request)
    if signed_in:
        person = Key(id=SESSION_KEY, name=signed_in.account, scopes=SIGNED_IN)
        return msgspec.structs.replace(LOCAL if local else person, viewer=signed_in.viewer)
    if local:
        return LOCAL
    raise KeyRequired("This call needs a key.", "Send `Authorization: Bearer KEY`; `oscine keys create` makes one.")


def session(request: Request) -> Session | None:
    """Who is signed in in the browser that calls. Raises `NotAllowed` where another site's page would change something in their name."""
    home = base_url(request)
    token = browser.held(request, SESSION, home)
    found = app_of(request).sign_in.session(token) if token else None
    if found:
        browser.own_page(request, home)
        reading.called(SESSION_KEY, found.viewer)
    return found


def signed_in(request: Request) -> Session:
    """A dependency: the person who signed in. Raises `NotAllowed`: no key stands for them."""
    found = session(request)
    if found is None:
        raise NotAllowed("Nobody is signed in in this browser.", "Sign in: /sign-in.")
    return found


def _is_local_person(request: Request) -> bool:
    settings = app_of(request).settings
    forwarded = bool(settings.public_url) or any(name.startswith(FORWARDED) for name in request.headers)
    client = request.client.host if request.client else ""
    named = request.headers.get("host") == request.url.netloc  # Starlette puts the server's own name for one that it cannot read
    host = (request.url.hostname or "") if named else ""
    if forwarded or not (is_loopback(settings.host) and is_loopback(client) and is_loopback(host)):
        return False
    origin = request.headers.get("origin")
    same_site = request.headers.get("sec-fetch-site") in (None, "same-origin", "none")
    return same_site and origin in (None, f"{request.url.scheme}://{request.url.netloc}")


def with_scope(scope: Scope) -> Callable[[Request], Key]:
    """A dependency: the caller, who must have a right."""

    def check(request: Request) -> Key:
        key = caller(request)
        key.require(scope)
        return key

    return check


AnyKey = Annotated[Key, Depends(caller)]
Signed = Annotated[Session, Depends(signed_in)]
Reader = Annotated[Key, Depends(with_scope("read"))]
Writer = Annotated[Key, Depends(with_scope("write"))]
Chatter = Annotated[Key, Depends(with_scope("chat"))]
Advertising = Annotated[Key, Depends(with_scope("ads"))]
Serving = Annotated[Key, Depends(with_scope("serve"))]
Admin = Annotated[Key, Depends(with_scope("admin"))]


def feed_reader(request: Request) -> Key:
    """A dependency: the caller, who may read. Feed readers send no headers, so that a key may stand in the address, if it can do nothing else."""
    text = request.query_params.get("key")
    if text is None:
        return with_scope("read")(request)
    key = access.find(app_of(request).database, text)
    if key.scopes != {"read"}:
        raise NotAllowed(
            "A key in an address may have the read right only: addresses are kept and shown.", "Make one: oscine keys create --scope read"
        )
    return _let_in(request, key)


FeedReader = Annotated[Key, Depends(feed_reader)]


def viewer(request: Request, key: Key) -> Viewer:
    """For whose eyes: the account that the key acts for, narrowed by its licence; an admin key may name another as `Oscine-Viewer: NETWORK/ACCOUNT`."""
    named = request.headers.get(VIEWER_HEADER, "")
    if not named:
        return seen_by(key)
    if not key.is_admin:
        raise NotAllowed("Only an admin key may name another viewer.", "Leave out the header Oscine-Viewer, or use an admin key.")
    app = app_of(request)
    somebody = access.named(app.database, named, app.settings.network)
    reading.looks_as(somebody)
    return seen_by(key, somebody)


def seen_by(key: Key, who: Viewer | None = None) -> Viewer:
    """A viewer, by default the one that a key acts for, with the key's licence."""
    return msgspec.structs.replace(who or key.viewer, licence=key.licence)
