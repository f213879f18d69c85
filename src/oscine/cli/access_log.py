"""`oscine log`: the log of accesses: shown, verified, exported."""

from __future__ import annotations

import typer

log = typer.Typer(no_args_is_help=True, help="The log of accesses: show, verify, export.")
