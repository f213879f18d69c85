"""`oscine incidents`: what went wrong, told to everyone."""

from __future__ import annotations

import typer

incidents = typer.Typer(no_args_is_help=True, help="What went wrong, told to everyone: list, open, end.")
