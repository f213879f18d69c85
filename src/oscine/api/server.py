"""The HTTP application: routes, the web app's files, limits; and running it."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Callable

import uvicorn
from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.routing import Route

from oscine import __version__, access, web
from oscine.api import errors, mcp
from oscine.api.limits import Buckets, Limits
from oscine.api.reading import Readings
from oscine.api.routes import access as access_log
from oscine.api.routes import (
    ads,
    ask,
    audio,
    campaigns,
    connections,
    dead_letters,
    discover,
    drafts,
    evals,
    export,
    feed,
    feeds,
    home,
    images,
    labels,
    me,
    messengers,
    money,
    openai,
    openrtb,
    posts,
    reviews,
    rights,
    saved,
    search,
    serving,
    signin,
    status,
    steering,
    trust,
    weights,
    xrpc,
)  # fmt: skip
from oscine.api.routes import keys as key_routes
from oscine.app import App
from oscine.bots.messengers.desk import Desk
from oscine.errors import SetupError
from oscine.safety.outbound import is_loopback

SWITCH_SECONDS = 0.001  # for which one thread may keep the others waiting: Python's own 5 ms add up over an auction's few queries
PAGES = {
    "/": "index.html", "/search": "search.html", "/write": "write.html", "/ads": "ads.html", "/post": "post.html", "/docs": "docs.html", "/evals": "evals.html",
    "/campaigns": "campaigns.html", "/ads/queue": "queue.html", "/ads/repository": "repository.html", "/ads/choices": "choices.html", "/ads/why": "why.html",
    "/sign-in": "sign-in.html", "/connections": "connections.html", "/feed": "feed.html", "/feed/weights": "feed-weights.html",
    "/trust": "trust.html", "/me": "me.html", "/access": "access.html", "/labels": "labels.html",
}  # fmt: skip


def create(app: App) -> FastAPI:
    """The application over an `App`."""
    assistants, desk = mcp.Endpoint(), Desk(app)

    @contextlib.asynccontextmanager
    async def running(_api: FastAPI) -> AsyncIterator[None]:
        async with assistants.run():
            yield
        desk.close()

    summary = "A social network's own AI."
    api = FastAPI(title="Oscine", version=__version__, summary=summary, docs_url=None, redoc_url=None, lifespan=running)
    api.state.oscine, api.state.messengers = app, desk
    api.state.licensed = Buckets(app.settings.requests_per_minute)
    errors.install(api)
    for routes in (ads, ask, connections, dead_letters, discover, posts, search, feed, feeds, home, saved, openai, drafts, images, reviews, status, evals,
                   campaigns, money, serving, rights, signin, xrpc, messengers, audio, weights, steering, labels, key_routes, export,
                   access_log, me, trust):  # fmt: skip
        api.include_router(routes.router)
    for path, file in [*PAGES.items(), ("/sign-in/{network}", PAGES["/sign-in"])]:
        api.add_api_route(path, _page(file), include_in_schema=False)
    api.router.routes.append(Route(errors.RPC_PATH, assistants))
    api.router.routes.insert(0, Route(openrtb.PATH, openrtb.auction, methods=["POST"]))
    api.mount("/static", StaticFiles(directory=web.ROOT), name="static")
    api.add_middleware(Readings, oscine=app)
    api.add_middleware(Limits, max_bytes=app.settings.max_request_bytes, per_minute=app.settings.requests_per_minute)
    return api


def _page(file: str):  # type: ignore[no-untyped-def]  # FastAPI reads the signature
    def page() -> FileResponse:
        return FileResponse(web.ROOT / file, headers={"Cache-Control": "no-cache"})

    return page


class _Server(uvicorn.Server):
    """Tells when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def serve(app: App, ready: Callable[[str], None]) -> None:
    """Serve until stopped; `ready` is called with the address once connections are taken.

    Raises `SetupError` where the address is open to others and no key exists, or where the port is taken.
    """
    settings = app.settings
    if not is_loopback(settings.host) and not any(key.revoked_at is None for key in access.keys(app.database)):
        raise SetupError(f"{settings.host} can be reached by others, and there is no key yet.",
                         "Make one first: oscine keys create --name me --scope admin")  # fmt: skip
    _ = app.sign_in  # a network that is none is told of now
    config = uvicorn.Config(create(app), log_level="warning", server_header=False, timeout_graceful_shutdown=5)
    listening = _listen(settings.host, settings.port)
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = settings.public_url or f"http://{shown}:{listening.getsockname()[1]}"
    sys.setswitchinterval(SWITCH_SECONDS)
    with contextlib.suppress(KeyboardInterrupt):
        _Server(config, lambda: ready(address)).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        return listening
    except OSError as error:
        raise SetupError(f"Port {port} of {host} cannot be used: {error.strerror}.", "Choose another with --port.") from None
