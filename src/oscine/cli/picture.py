"""`oscine picture`: a picture on request, to a file. How it is made is `create`'s."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oscine.api.routes import images
from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.create import picture as create
from oscine.create.picture import SEEDS, USUAL, Wish


def picture(
    context: typer.Context,
    prompt: Annotated[list[str], typer.Argument(help="What is to be seen.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write, a PNG.", show_default=False)],
    size: Annotated[str, typer.Option(help="Width and height in pixels, each 64 to 2048.", metavar="WIDTHxHEIGHT")] = USUAL,
    composed: Annotated[bool, typer.Option("--composed", help="Compose it, though an image model is set.")] = False,
    seed: Annotated[
        int | None, typer.Option(min=0, max=SEEDS, help="Makes the same picture again, as far as the engine is exact.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Make a picture: drawn by the image model that is set, else composed of words, shapes and symbols. It is signed as made by a machine."""
    wish = Wish(" ".join(prompt), create.size(size), 1, "composed" if composed else "auto", seed)
    with base.app(context, data) as app:
        [made] = app.pictures.make(wish)
    out.write_bytes(made.png)
    if as_json:
        base.print_json({"file": str(out), **images.facts(made)})
        return
    base.say(f"{out}: {images.SAID[bool(made.model)]} Seed {made.seed}.")
    base.say(f"For those who do not see it: {made.alt}")
