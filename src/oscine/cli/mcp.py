"""`oscine mcp`: the tools of the network for one assistant on this computer, on standard input and output. What they do is `api.tools`'s."""

from __future__ import annotations

from functools import partial

import anyio
import typer

from oscine.access import LOCAL
from oscine.cli import base
from oscine.cli.base import As, Data


def mcp(context: typer.Context, as_: As = "", data: Data = None) -> None:
    """Serve the Model Context Protocol on standard input and output, for an assistant to start."""
    from oscine.api import mcp as protocol
    from oscine.api.tools import Caller

    with base.app(context, data) as app:
        address = app.settings.public_url.rstrip("/") or f"http://{app.settings.host}:{app.settings.port}"
        caller = Caller(app, LOCAL, base.viewer(app, as_), address)
        anyio.run(partial(protocol.serve_stdio, caller))
