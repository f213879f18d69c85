"""`oscine train CORPUS`: a language model out of a corpus, by one dial. Under torchrun the same verb trains on many machines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oscine.cli import base
from oscine.cli.base import AsJson, Data


def train(
    context: typer.Context,
    corpus: Annotated[str, typer.Argument(help="A corpus's name, or its folder.")],
    name: Annotated[str, typer.Option(help="The run's name. Default: the corpus's.", show_default=False)] = "",
    budget: Annotated[str, typer.Option(help="The dial: how long to train, as 20m, 36h or 8gpu-days. All else follows.")] = "20m",
    depth: Annotated[int | None, typer.Option(help="Layers, in place of what the budget comes to.", show_default=False)] = None,
    vocabulary: Annotated[int | None, typer.Option(help="Tokens, in place of what the corpus comes to.", show_default=False)] = None,
    begin_with: Annotated[
        Path | None, typer.Option(help="Go on from this open-weights model of the Qwen3 family, a Hugging Face folder.", show_default=False)
    ] = None,
    times: Annotated[bool, typer.Option("--times", help="Tell the model the month of each post.")] = False,
    seed: Annotated[int, typer.Option(help="For everything that is random.")] = 0,
    shards: Annotated[
        int, typer.Option(help="Processes that share the weights (FSDP2). Default: all on GPUs, none on a CPU.", show_default=False)
    ] = 0,
    tensor: Annotated[int, typer.Option(help="Processes that share each matrix (tensor parallel).")] = 1,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Train a language model on a corpus; a run that was cut off goes on. It ends with a folder that `oscine models add` takes."""
    with base.app(context, data) as app:
        result = app.train(
            corpus, name, base.say, budget=budget, depth=depth, vocabulary=vocabulary, begin_with=begin_with, times=times, seed=seed,
            shards=shards, tensor=tensor,
        )  # fmt: skip
    if as_json:
        base.print_json(result)
