"""`oscine train CORPUS`: a language model out of a corpus, by one dial. Under torchrun the same verb trains on many machines.

`oscine train plan` and `oscine train dry-run` stand beside it (`cli/plan.py`); any other word is a corpus, and `train run plan` one that is called so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from oscine.cli import base, plan
from oscine.cli.base import AsJson, Data


class _Corpus(TyperGroup):
    """Words that are no verb of its own are what `run` takes."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `run` before them."""
        own = not args or args[0] in self.commands or args[0] in self.get_help_option_names(ctx)
        return super().parse_args(ctx, args if own else ["run", *args])


train = typer.Typer(
    cls=_Corpus, no_args_is_help=True, rich_markup_mode=None, subcommand_metavar="CORPUS [OPTIONS] | COMMAND",
    help="Train a language model on a corpus: `oscine train CORPUS`, with the options of `run`. Or see what a large run would take.",
)  # fmt: skip
train.command()(plan.plan)
train.command("dry-run")(plan.dry_run)


@train.command()
def run(
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
