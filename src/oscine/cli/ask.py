"""`oscine ask`: an answer and its posts, printed. What an answer is made of is `ask`'s."""

from __future__ import annotations

from typing import Annotated

import typer

from oscine.api import schemas
from oscine.cli import base
from oscine.cli.base import As, AsJson, Data


def ask(
    context: typer.Context,
    question: Annotated[list[str], typer.Argument(help="The question.")],
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Ask a question; the answer is made of the posts, every sentence with the posts it stands on."""
    with base.app(context, data) as app:
        given = app.ask.ask(app.view(base.viewer(app, viewer)), [{"role": "user", "content": " ".join(question)}])
        told = schemas.answer(given)
    if as_json:
        base.print_json(told)
        return
    if given.refused:
        typer.echo(given.text)
        base.say("The nearest posts:")
    numbers = {seen.number: number for number, seen in enumerate(given.posts, 1)}
    for sentence in given.sentences:
        typer.echo(base.printable(f"{sentence.text} {''.join(f'[{numbers[seen.number]}]' for seen in sentence.sources)}\n"))
    for number, post in enumerate(told["posts"], 1):
        base.print_post(post, f"[{number}] ")
