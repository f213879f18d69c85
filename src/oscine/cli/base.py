"""What every verb shares: options, the app that they open, printing that no post can turn against the terminal.

It knows no verb. Data goes to standard output, progress and trouble to standard error.
"""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Annotated, Any

import typer

from oscine import access
from oscine.access import reading
from oscine.app import App
from oscine.errors import InputError
from oscine.records import Viewer
from oscine.settings import Settings
from oscine.trust.cards import Card

Data = Annotated[Path | None, typer.Option("--data", help="Data directory; also OSCINE_DATA.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
As = Annotated[
    str,
    typer.Option("--as", help="See what this account sees: ACCOUNT or NETWORK/ACCOUNT. Default: only what is public.", show_default=False),
]
Network = Annotated[
    str, typer.Option("--network", help="The network that the posts belong to. Default: OSCINE_NETWORK.", show_default=False)
]

SPACES = "\n\u00a0\u202f"  # the last two stand before French colons and within numbers


def settings(context: typer.Context, data: Path | None, **chosen: Any) -> Settings:
    """The settings, with the data directory that was named after the verb or before it, and what else was chosen."""
    directory = data or context.find_root().obj
    given: dict[str, Any] = {**chosen, **({"data": directory} if directory else {})}
    return Settings(**given)


def app(context: typer.Context, data: Path | None, **chosen: Any) -> App:
    """The app over these settings; what the verb reads with it stands in the log of accesses, by the name of the verb."""
    made = App(settings(context, data, **chosen))
    made.begin_verb(f"cli {context.command_path.partition(' ')[2]}".strip(), access.LOCAL.id)
    return made


def viewer(app: App, named: str, network: str = "") -> Viewer:
    """Who `--as` names; nobody where it is left out. Raises `NotFound`."""
    somebody = access.named(app.database, named, network or app.settings.network) if named else Viewer()
    reading.looks_as(somebody)
    return somebody


def lines(path: Path | None) -> tuple[str, ...]:
    """The lines of a file that say something; none where no file is named. Raises `InputError` where it cannot be read."""
    try:
        return tuple(line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()) if path else ()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.", "Give a text file, one entry a line.") from None


def print_json(told: Any) -> None:
    """Readable in every script; what could steer a terminal is written as escapes, so that nothing of a post is lost."""
    shown = json.dumps(told, indent=2, ensure_ascii=False)
    typer.echo("".join(c if c == "\n" or c.isprintable() else json.dumps(c)[1:-1] for c in shown))


def print_card(card: Card, as_json: bool) -> None:
    """A model's or a corpus's card: as Markdown, or its facts."""
    if as_json:
        print_json(card.facts)
    else:
        typer.echo("\n".join(map(printable, card.markdown.splitlines())))


def print_post(post: dict[str, Any], mark: str = "") -> None:
    """A post in its wire shape: who, when, id, and the text, shortened."""
    name = post["author_name"] or post["author_handle"]
    handle = f" @{post['author_handle']}" if post["author_handle"] != name else ""
    cover = f" (covered: {post['blurred']})" if post["blurred"] else ""
    text = textwrap.shorten(post["text"], 400, placeholder=" …")
    typer.echo(printable(f"{mark}{name}{handle}, {post['created_at'][:10]}, {post['id']}{cover}"))
    typer.echo(textwrap.fill(printable(text), 100, initial_indent="    ", subsequent_indent="    ") + "\n")


def printable(text: str) -> str:
    """Text without the control characters by which a post could steer a terminal."""
    return "".join(character if character in SPACES or character.isprintable() else "�" for character in text)


def say(words: str) -> None:
    """A line to standard error."""
    typer.echo(printable(words), err=True)
