"""`oscine log`: the log of accesses: shown, verified, exported. What holds it together is `store.access_chain`'s."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.errors import InputError
from oscine.store.access_chain import Head, Verdict, verify_lines

LONGEST_HEAD = 10_000  # bytes

log = typer.Typer(no_args_is_help=True, help="The log of accesses: show, verify, export.")


@log.command()
def show(
    context: typer.Context,
    what: Annotated[str, typer.Option(help="`read`, or what else was done.", show_default=False)] = "",
    key: Annotated[str, typer.Option(help="The id of the key it was done by.", show_default=False)] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    after: Annotated[int | None, typer.Option(help="From the page before.", show_default=False)] = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """The newest entries. People and authors stand there by pseudonyms, posts by how many."""
    with base.app(context, data) as app:
        entries, onward = app.access_log.show(after, what, key, limit)
    if as_json:
        base.print_json({"entries": entries, "after": onward})
        return
    for entry in entries:
        typer.echo(base.printable(_line(entry)))
    if onward:
        base.say(f"More: --after {onward}")


@log.command()
def verify(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="An exported log; by default the one of the data directory.", show_default=False)
    ] = None,
    key: Annotated[str, typer.Option(help="For a file: the public key that it is known to be signed with.", show_default=False)] = "",
    head: Annotated[
        Path | None, typer.Option(help="For the data directory: a head that you kept, a JSON file.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Work every hash out again, and check what is signed; ends with 1 where the log does not hold."""
    if file:
        told = _of_file(file, key.lower())
    else:
        with base.app(context, data) as app:
            told = app.verify_access_log(_known(head) if head else None)
    if as_json:
        base.print_json(msgspec.to_builtins(told))
    else:
        typer.echo(_verdict(told, unknown=bool(file) and not key))
    if not told.verified:
        raise typer.Exit(1)


@log.command()
def export(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Write to this file; by default to standard output.", show_default=False)] = None,
    data: Data = None,
) -> None:
    """The whole log, one JSON object a line: verified elsewhere by `oscine log verify FILE`, or by 20 lines of one's own."""
    with base.app(context, data) as app:
        stream = out.open("wb") if out else sys.stdout.buffer
        try:
            lines = 0
            for line in app.access_log.export():
                stream.write(line)
                lines += 1
            stream.flush()
        finally:
            if out:
                stream.close()
    base.say(f"{lines:,} lines")


def _of_file(file: Path, key: str) -> Verdict:
    try:
        with file.open("rb") as lines:
            return verify_lines(lines, key)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", "Give a file that `oscine log export` wrote.") from None


def _known(file: Path) -> Head:
    try:
        with file.open("rb") as stream:
            read: Any = msgspec.json.decode(stream.read(LONGEST_HEAD))
        return msgspec.convert(read.get("head", read) if isinstance(read, dict) else read, Head)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", "Give the file that you kept.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise InputError(f"{file} holds no head.", "Keep what `/v1/access/head` gives.") from None


def _verdict(told: Verdict, unknown: bool) -> str:
    if told.broken:
        return f"The log does not hold. At place {told.broken.place:,}: {told.broken.why}."
    waiting = f" {told.unsealed:,} are not sealed yet." if told.unsealed else ""
    signed = f" Its end is signed by {told.head.public_key}" if told.head else ""
    whose = "; whose key that is must be known from elsewhere (--key)" if unknown and signed else ""
    return f"The log holds: {told.sealed:,} entries.{waiting}{signed}{whose}{'.' if signed else ''}"


def _line(entry: dict[str, Any]) -> str:
    """An entry on one line."""
    read = f"{entry['posts']:,} posts of {len(entry['authors']):,} authors" if entry["posts"] else ""
    who = " ".join(part for part in (entry["key"] and f"key {entry['key']}", entry["person"] and f"person {entry['person'][:8]}") if part)
    detail = ", ".join(f"{name} {value}" for name, value in entry["detail"].items())
    parts = (entry["place"] or "unsealed", entry["at"][:19], entry["what"], entry["door"], entry["purpose"], read, who, detail)
    return "  ".join(str(part) for part in parts if part)
