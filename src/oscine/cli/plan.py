"""`oscine train plan` and `oscine train dry-run`: what a run would take on machines that nobody has rented yet. Neither opens a data directory."""

from __future__ import annotations

from typing import Annotated

import typer

from oscine.cli import base
from oscine.cli.base import AsJson
from oscine.errors import SetupError
from oscine.model.plan import gpus as kinds
from oscine.model.plan import reliability, report, shapes

Gpus = Annotated[int, typer.Option(min=1, help="How many.")]
Model = Annotated[str, typer.Option(help="A size: 8b, 70b, 405b (Llama 3's shapes), or another, for ours that is nearest.")]
Depth = Annotated[int | None, typer.Option(help="Layers of ours, in place of a size.", show_default=False)]
Vocabulary = Annotated[int, typer.Option(help="Tokens of ours.")]
Length = Annotated[int, typer.Option(min=1, help="Tokens a row.")]


def plan(
    gpus: Gpus,
    model: Model = "8b",
    depth: Depth = None,
    vocabulary: Vocabulary = 65_536,
    gpu: Annotated[str, typer.Option(help=f"Their kind: {', '.join(sorted(kinds.KINDS))}.")] = "h100",
    tokens: Annotated[str, typer.Option(help="Of the whole run, as 15t or 20b.")] = "1t",
    length: Length = 8192,
    batch: Annotated[str, typer.Option(help="Tokens a step. Default: by the rule of the training dial.", show_default=False)] = "",
    engine: Annotated[str, typer.Option(help="oscine, torchtitan, or auto: oscine where a layout of it fits.")] = "auto",
    network: Annotated[
        float, typer.Option(help="GB/s of a GPU to other computers, one way. Default: usual for its kind.", show_default=False)
    ] = 0.0,
    storage: Annotated[float, typer.Option(help="GB/s of the file system. Default: Llama 3's share.", show_default=False)] = 0.0,
    failures: Annotated[
        float, typer.Option(help="A million GPU-hours. Default: Llama 3's.", show_default=False)
    ] = reliability.FAILURES_A_GPU_HOUR * 1e6,
    pue: Annotated[float, typer.Option(help="Power of the data centre over that of the computers.")] = report.PUE,
    price: Annotated[float | None, typer.Option(help="Of a GPU and hour; you set it.", show_default=False)] = None,
    kwh: Annotated[float | None, typer.Option(help="Of a kilowatt hour; you set it.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """What training takes: layout, memory, time, network, checkpoints, failures, energy, cost. Judged by published runs: docs/guides/plan.md."""
    shape, seen = _shape(model, depth, vocabulary), shapes.number(tokens)
    found = report.plan(report.Wanted(
        shape, gpus, kinds.kind(gpu), seen, length, shapes.number(batch) if batch else _batch(seen, length), engine, network * 1e9, storage * 1e9,
        failures / 1e6, pue, price, kwh,
    ))  # fmt: skip
    if as_json:
        base.print_json(found)
    else:
        typer.echo("\n".join(report.lines(found)))


def dry_run(
    gpus: Gpus,
    model: Model = "8b",
    depth: Depth = None,
    vocabulary: Vocabulary = 65_536,
    length: Length = 8192,
    micro: Annotated[int, typer.Option(min=1, help="Rows at a time.")] = 1,
    shards: Annotated[int, typer.Option(min=1, help="Processes that share the weights.")] = 64,
    tensor: Annotated[int, typer.Option(min=1, help="Processes that share each matrix.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Shard the real model over so many pretended ranks in this one process and take a step without numbers: PyTorch itself checks the layout."""
    try:
        from oscine.model import dry_run as dry
    except ImportError as error:
        raise _missing(error) from None
    found = dry.dry_run(_shape(model, depth, vocabulary), gpus, shards, tensor, length, micro, base.say)
    if as_json:
        base.print_json(found)
    else:
        typer.echo("\n".join(dry.lines(found)))


def _shape(model: str, depth: int | None, vocabulary: int) -> shapes.Shape:
    try:
        return shapes.of_depth(depth, vocabulary) if depth else shapes.named(model, vocabulary)
    except ImportError as error:
        raise _missing(error) from None


def _batch(tokens: float, length: int) -> float:
    try:
        from oscine.model import budget
    except ImportError as error:
        raise _missing(error) from None
    return float(budget.batch(tokens, length) * length)


def _missing(error: ImportError) -> SetupError:
    return SetupError(f"{error.name} is not installed.", "Run `pip install 'oscine[train]'`.")
