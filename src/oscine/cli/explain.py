"""`oscine explain` and `oscine summary`, printed. What is said is `ask`'s."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, get_args

import typer

from oscine.api import schemas
from oscine.ask.answer import Sentence
from oscine.ask.explain import Point
from oscine.ask.explain import explain as explained
from oscine.ask.summary import LENGTH, LONGEST, Kind
from oscine.cli import base
from oscine.cli.base import As, AsJson, Data
from oscine.view import SeenPost

Language = Annotated[
    str, typer.Option("--lang", help="What Oscine's own words are in: en fr it de es pt nl. Default: as the posts.", show_default=False)
]
Network = Annotated[str, typer.Option("--network", help="The network of the post or account, where several have one.", show_default=False)]


def explain(
    context: typer.Context,
    post: Annotated[str, typer.Argument(help="The post's id.", metavar="POST_ID")],
    network: Network = "",
    lang: Language = "",
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Explain a post: who wrote it, what it answers and refers to, who says the same and who does not, what was replied."""
    with base.app(context, data) as app:
        view = app.view(base.viewer(app, viewer))
        told = explained(view, app.search, view.post(post, network), lang or None)
    if as_json:
        base.print_json(schemas.explanation(told))
        return
    base.print_post(schemas.post(told.seen))
    print_cited(told.points, told.posts)


def summary(
    context: typer.Context,
    of: Annotated[str, typer.Argument(help="search, thread, day or account.", metavar="OF")],
    subject: Annotated[list[str], typer.Argument(help="A search; a post's id; a day as 2012-03-04; a handle.")],
    length: Annotated[int, typer.Option(min=1, max=LONGEST, help="Sentences, at most.")] = LENGTH,
    network: Network = "",
    lang: Language = "",
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Sum up a search, a thread, a day or an account, each sentence with the post it stands on."""
    if of not in get_args(Kind):
        raise typer.BadParameter(f"takes one of {', '.join(get_args(Kind))}", param_hint="OF")
    with base.app(context, data) as app:
        view = app.view(base.viewer(app, viewer))
        told = app.summaries.of(of, view, " ".join(subject), network, length, lang or None)  # type: ignore[arg-type]  # checked above
    if as_json:
        base.print_json(schemas.digest(told))
        return
    typer.echo(base.printable(told.fact) + "\n")
    print_cited(told.sentences, told.posts)


def print_cited(sentences: Sequence[Point | Sentence], posts: Sequence[SeenPost]) -> None:
    """The sentences with the numbers of their posts, and the posts by number."""
    numbers = {seen.number: number for number, seen in enumerate(posts, 1)}
    for said in sentences:
        cited = "".join(f"[{numbers[seen.number]}]" for seen in said.sources if seen.number in numbers)
        typer.echo(base.printable(f"{said.text} {cited}".strip() + "\n"))
    for number, seen in enumerate(posts, 1):
        base.print_post(schemas.post(seen), f"[{number}] ")
