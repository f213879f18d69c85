"""`oscine models`: keep language models, check them, choose the one in use, and tell whether text was written with a watermark."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.engines import watermark
from oscine.errors import InputError

models = typer.Typer(no_args_is_help=True, help="Language models: add, list, verify, use, export, remove; detect their watermark.")
Name = Annotated[str, typer.Argument(help="The model's name.")]


@models.command("list")
def list_(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """All that are kept here and all that Oscine knows by name; a star stands at the one in use."""
    with base.app(context, data) as app:
        told = app.models.described()
    if as_json:
        base.print_json(told)
        return
    for one in told:
        size = f"{one['bytes'] / 1e6:,.1f} MB" if one["bytes"] else "not here"
        line = f"{'*' if one['in_use'] else ' '} {one['name']:<20}{one['form']:<8}{one['kind']:<8}{size:>12}  {one['source']}"
        typer.echo(base.printable(line + (f"; {one['measured']}" if one["measured"] else "")))


@models.command()
def add(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="RUN|PATH", help="A run's name, a Hugging Face folder or a .gguf file.")],
    name: Annotated[str, typer.Option(help="Its name here. Default: as the run or the folder is called.", show_default=False)] = "",
    kind: Annotated[str, typer.Option("--as", help="f16, q8_0 or q4_k_m. Default: f16.", show_default=False)] = "",
    adapter: Annotated[Path | None, typer.Option(help="A LoRA adapter's folder, as PEFT saves it.", show_default=False)] = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Keep a model: it is made a GGUF file, and its files are hashed."""
    with base.app(context, data) as app:
        entry = app.models.add(source, name, kind, adapter)
    if as_json:
        base.print_json(entry._asdict())
        return
    base.say(f"{entry.name} is kept; `oscine models use {entry.name}` puts it to use")


@models.command()
def verify(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The model's name. Default: all.", show_default=False)] = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Compute the SHA-256 of every file again; ends with 1 where one is missing or has changed."""
    with base.app(context, data) as app:
        faults = list(app.models.verify(name))
        files = sum(len(entry.files) for entry in ([app.models.entry(name)] if name else app.models.entries()))
    if as_json:
        base.print_json({"files": files, "faults": [fault._asdict() for fault in faults]})
    else:
        for fault in faults:
            typer.echo(base.printable(f"{fault.name}: {fault.file} {fault.what}"))
        base.say(f"{files - len(faults)} of {files} files are as they were added")
    if faults:
        raise typer.Exit(1)


@models.command()
def card(
    context: typer.Context, name: Annotated[str, typer.Argument(help="The run's name.")], as_json: AsJson = False, data: Data = None
) -> None:
    """The model card of a run: what it is, what it was trained on, what it remembers, what was measured of it, its limits."""
    with base.app(context, data) as app:
        base.print_card(app.card_of("model", name), as_json)


@models.command()
def use(context: typer.Context, name: Annotated[str, typer.Argument(help="The model's name, or none.")], data: Data = None) -> None:
    """Choose the model in use; a server that runs takes it with its next answer."""
    with base.app(context, data) as app:
        app.models.use(name)
        used, why = app.models.choice(app.settings.language_model)
    base.say(f"in use: {used}. {why}")


@models.command()
def remove(context: typer.Context, name: Name, data: Data = None) -> None:
    """Delete a model from the data directory."""
    with base.app(context, data) as app:
        app.models.remove(name)
    base.say(f"{name} is gone")


@models.command()
def export(
    context: typer.Context,
    name: Name,
    out: Annotated[Path, typer.Argument(help="A path ending in .gguf, or a folder to be made.")],
    data: Data = None,
) -> None:
    """Copy a model out: its GGUF file, or its folder for transformers and vLLM."""
    with base.app(context, data) as app:
        app.models.export(name, out)
    base.say(f"{name} is in {out}")


@models.command()
def detect(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="The text, or - for standard input.")],
    model: Annotated[str, typer.Option(help="The model that may have written it. Default: the one in use.", show_default=False)] = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Whether a text was written with the watermark of OSCINE_WATERMARK; nothing is said of texts that are too short."""
    text = _text(file)
    with base.app(context, data) as app:
        found = app.detect(text, model)
    if as_json:
        base.print_json(found._asdict())
    elif found.verdict == "too short":
        typer.echo(f"too short: {found.tokens} tokens can be scored, and it takes {watermark.LEAST}")
    else:
        unmarked = f"where unmarked text has {found.expected:.3f} ± {found.spread:.3f}"
        typer.echo(f"{found.verdict}: {found.score:.3f} {unmarked} (p = {found.p:.2g}, {found.tokens} tokens)")


def _text(file: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}).", "Name a text file, or - for standard input.") from None
    return raw.decode("utf8", errors="replace")
