"""`oscine label` and `oscine labels`: what texts are labelled as, what people decide, appeals."""

from __future__ import annotations

import typer

labels = typer.Typer(no_args_is_help=True, help="Labels: what they are, what people decide of them, appeals.")
