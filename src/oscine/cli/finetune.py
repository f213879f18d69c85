"""`oscine finetune`: examples to learn from, made of a corpus, and a language model taught by them or by what people preferred."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.records import ANONYMOUS
from oscine.teach.tuning import Wanted

finetune = typer.Typer(
    no_args_is_help=True, help="Teach a language model: to answer from posts, to reply, to write, or what people prefer."
)


@finetune.command()
def examples(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="answers, replies, posts, headlines or refusals.")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    corpus: Annotated[str, typer.Option(help="The corpus that they are made of: its name, or its folder.", show_default=False)] = "",
    made_from: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="For answers, lines of `question, answers, post_id`; for headlines, of tests with their clicks.",
            show_default=False,
        ),
    ] = None,
    author: Annotated[str, typer.Option(help="Only what this account wrote, network/id: its voice.", show_default=False)] = "",
    most: Annotated[int, typer.Option(help="Examples at most.")] = 10_000,
    seed: Annotated[int, typer.Option(help="For everything that is random.")] = 0,
    data: Data = None,
) -> None:
    """Make examples: what to say, to what, and where each comes from. Only of posts that models may be trained on."""
    with base.app(context, data) as app:
        folder = app.corpus_folder(corpus) if corpus else None
        count = app.tuning.write(Wanted(kind, folder, made_from, author, most, seed), out, lambda: (app.search, app.view(ANONYMOUS)))
    base.say(f"{out}: {count:,} examples")


@finetune.command()
def run(
    context: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model's name, a Hugging Face folder or a .gguf file.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Examples, or pairs of which one was preferred.")],
    name: Annotated[str, typer.Option(help="The name of what comes of it.")],
    budget: Annotated[str, typer.Option(help="The dial: how long to learn, as 20m or 3h.")] = "60m",
    epochs: Annotated[float, typer.Option(help="Passes over the examples, if they come before the time is over.")] = 1.0,
    full: Annotated[bool, typer.Option("--full", help="Learn all weights, in place of an adapter.")] = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Teach a model and keep it; `oscine models use NAME` puts it to use."""
    with base.app(context, data) as app:
        result = app.tuning.learn(model, files, name, budget, epochs, full, base.say)
    if as_json:
        base.print_json(result)
        return
    base.say(f"{name} is kept; `oscine models use {name}` puts it to use")
