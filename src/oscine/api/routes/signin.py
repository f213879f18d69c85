"""`/v1/sign-in`, `/v1/sessions`, and of `/v1/me` what people who signed in say of their posts and what they post. The page itself is `/sign-in`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import StringConstraints

from oscine.api import browser
from oscine.api.guard import SESSION, Signed, app_of, base_url, session
from oscine.api.limits import Buckets
from oscine.api.ordering import Strict
from oscine.api.schemas import time
from oscine.errors import NotFound, SetupError
from oscine.posting.written import pieces
from oscine.records import Intent
from oscine.safety.outbound import is_loopback
from oscine.signin.client import KEYS, METADATA
from oscine.signin.desk import BEGUN, Callback
from oscine.store.sessions import Session

router = APIRouter(tags=["people"])
LONGEST = 4_000  # characters of what a server puts into the address
WAITING = "oscine-sign-in"  # the cookie of a browser that was sent away
TRIES = Buckets(60)  # a minute from one address: each calls servers that the caller names

Word = Annotated[str, StringConstraints(max_length=LONGEST)]


class BeginBody(Strict):
    """Where to sign in; `who`, a handle or a DID, where the network must be told; and whether to ask for the right to post."""

    network: Annotated[str, StringConstraints(max_length=300)]
    who: Annotated[str, StringConstraints(max_length=300)] = ""
    post: bool = False


class FinishBody(Strict):
    """What the server put into the address that it sent the browser back to."""

    network: Annotated[str, StringConstraints(max_length=300)]
    state: Word
    code: Word = ""
    iss: Word = ""
    error: Word = ""


class ConsentBody(Strict):
    """What may be done with my posts; what is left out stays."""

    training: Intent | None = None
    archive: Intent | None = None
    bulk: Intent | None = None
    searchable: bool | None = None


class PostBody(Strict):
    """A post in one's own name: words that the person has read and said yes to. `once`: the same post, however often it is sent."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=10_000, strip_whitespace=True)]
    confirmed: Literal[True]
    once: Annotated[str, StringConstraints(min_length=8, max_length=100)]
    generated: bool = False
    lang: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = None
    reply_to: Annotated[str, StringConstraints(max_length=2_000)] = ""


@router.get("/v1/sign-in", summary="Where one signs in")
def offered(request: Request) -> dict[str, Any]:
    """Open to everybody: the networks, and who is signed in in this browser."""
    found = session(request)
    return {"networks": app_of(request).sign_in.networks, "me": _me(request, found) if found else None}


@router.post("/v1/sign-in", summary="Begin to sign in")
def begin(request: Request, response: Response, body: BeginBody) -> dict[str, Any]:
    """`url` is where the browser goes; it comes back to the page `/sign-in/NETWORK`, which finishes."""
    home = _home(request)
    browser.own_page(request, home)
    TRIES.take(request.client.host if request.client else "")
    begun = app_of(request).sign_in.begin(body.network, body.who.strip(), body.post, f"{home}/sign-in/{body.network}")
    browser.hold(response, WAITING, home, begun.browser, BEGUN.total_seconds())
    return {"url": begun.address}


@router.post("/v1/sign-in/finish", summary="Finish signing in")
def finish(request: Request, response: Response, body: FinishBody) -> dict[str, Any]:
    """Good once, in the browser that began it. From then on this browser acts for the account: it sees what that may see."""
    home, desk = _home(request), app_of(request).sign_in
    browser.own_page(request, home)
    back = Callback(body.state, browser.held(request, WAITING, home), body.code, body.iss, body.error)
    before, (token, now) = session(request), desk.finish(body.network, back)
    if before:
        desk.end(before)
    browser.drop(response, WAITING, home)
    browser.hold(response, SESSION, home, token, (now.expires_at - now.made_at).total_seconds())
    return _me(request, now)


@router.get("/v1/sessions", summary="Where I am signed in")
def sessions(request: Request, mine: Signed) -> dict[str, Any]:
    """Every session of the account, the newest first."""
    return {"sessions": [_told(each, mine) for each in app_of(request).sign_in.sessions(mine.viewer)]}


@router.delete("/v1/sessions", summary="Sign out everywhere")
def leave(request: Request, response: Response, mine: Signed) -> dict[str, Any]:
    """End every session of the account, at once."""
    desk = app_of(request).sign_in
    ended = desk.sessions(mine.viewer)
    for each in ended:
        desk.end(each)
    browser.drop(response, SESSION, base_url(request))
    return {"ended": len(ended)}


@router.delete("/v1/sessions/{number}", summary="Sign out")
def end(request: Request, response: Response, mine: Signed, number: str) -> dict[str, Any]:
    """End one of the account's sessions, at once."""
    desk = app_of(request).sign_in
    found = next((each for each in desk.sessions(mine.viewer) if each.id == number), None)
    if found is None:
        raise NotFound("There is no such session of yours.", "It may have ended already.")
    desk.end(found)
    if found.hash == mine.hash:
        browser.drop(response, SESSION, base_url(request))
    return {"ended": 1}


@router.post("/v1/me/consent", summary="Say what may be done with my posts")
def agree(request: Request, mine: Signed, body: ConsentBody) -> dict[str, Any]:
    """It counts from now on, for all posts of the account that are here and that will be."""
    intents: dict[str, Intent] = {name: word for name in ("training", "archive", "bulk") if (word := getattr(body, name)) is not None}
    app = app_of(request)
    app.agree(mine.viewer, intents, body.searchable, app.sign_in.told(mine)["handle"])
    return _me(request, mine)


@router.post("/v1/me/posts", summary="Post as myself", status_code=201)
def post(request: Request, mine: Signed, body: PostBody) -> dict[str, Any]:
    """Written on the person's own network, in their name, at once. `generated` marks what a machine wrote, where the network has a mark for it."""
    app = app_of(request)
    parent = app.view(mine.viewer).post(body.reply_to, mine.network).post if body.reply_to else None
    written = app.poster(mine).post(
        pieces(body.text), once=f"{mine.account} {body.once}", lang=body.lang, reply_to=parent, generated=body.generated
    )
    return {"id": written, "network": mine.network}


@router.get(METADATA, summary="What servers of AT Protocol know this one as")
def client_metadata(request: Request) -> dict[str, Any]:
    """Open to everybody: https://atproto.com/specs/oauth#client-id-metadata-document"""
    return app_of(request).oauth_client.metadata()


@router.get(KEYS, summary="The key that this server signs for AT Protocol with")
def client_keys(request: Request) -> dict[str, Any]:
    """Open to everybody: a JWK set (RFC 7517)."""
    return app_of(request).oauth_client.keys()


def _home(request: Request) -> str:
    """The address that networks send people back to. Raises `SetupError` where it would be whatever the caller says it is."""
    home = base_url(request)
    if not app_of(request).settings.public_url and not is_loopback(request.url.hostname or ""):
        raise SetupError("Signing in needs the address that people reach this server by.", "Set OSCINE_PUBLIC_URL.")
    return home


def _me(request: Request, session: Session) -> dict[str, Any]:
    app = app_of(request)
    agreed = app.consent_of(session)
    consent = {"training": agreed.training, "archive": agreed.archive, "bulk": agreed.bulk, "searchable": agreed.searchable}
    return {
        "network": session.network,
        "account": session.account,
        **app.sign_in.told(session),
        "consent": consent,
        "until": time(session.expires_at),
    }


def _told(session: Session, mine: Session) -> dict[str, Any]:
    return {"id": session.id, "since": time(session.made_at), "until": time(session.expires_at), "this": session.hash == mine.hash}
