"""`oscine up`: everything started, the web app and the API served. What it serves is `api`'s."""

from __future__ import annotations

import os
import signal
import sys
import webbrowser
from typing import Annotated

import typer

from oscine.cli import base
from oscine.cli.base import Data


def up(
    context: typer.Context,
    data: Data = None,
    host: Annotated[str, typer.Option(help="Address to listen on. Default: OSCINE_HOST, 127.0.0.1.", show_default=False)] = "",
    port: Annotated[int, typer.Option(help="Port to listen on. Default: OSCINE_PORT, 8420.", show_default=False)] = 0,
    browser: Annotated[bool, typer.Option(help="Open the web app in a browser.")] = True,
    sample: Annotated[bool, typer.Option(help="Load the sample network where there are no posts yet.")] = True,
) -> None:
    """Start everything and serve the web app and the API."""
    from oscine.api import server

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    chosen = {name: value for name, value in {"host": host, "port": port}.items() if value}
    with base.app(context, data, **chosen) as app:
        base.say(f"data in {app.settings.data}")
        if sample and app.load_sample():
            base.say("the sample network is loaded; `oscine import FILE` brings your own posts")
        app.start_worker()
        _ = app.language_model  # loaded now, not with the first answer
        told = app.in_use.told()
        base.say(f"language model: {told['name']}. {told['why']}")
        if app.embedding_problem:
            base.say(f"searching by words only: {app.embedding_problem}")

        def ready(address: str) -> None:
            base.say(f"Oscine is at {address} (stop with Ctrl-C)")
            if browser and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "darwin"):
                webbrowser.open(address)

        server.serve(app, ready)
