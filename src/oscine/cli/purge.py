"""`oscine purge`, `oscine certificate`, `oscine held`: what was deleted leaves every file, and it is proven."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from oscine.cli import base
from oscine.cli.base import AsJson, Data, Network
from oscine.errors import InputError
from oscine.trust import certificate as certificates


def purge(
    context: typer.Context,
    pending: Annotated[bool, typer.Option("--pending", help="Tell what waits, and purge nothing.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the certificate to this file too.", show_default=False)] = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Take what was deleted out of every file, search them all for it, and certify it. Ends with 1 where something of it was found.

    `oscine up` may run beside it; each table is locked while it is written anew.
    """
    with base.app(context, data) as app:
        if pending:
            told = app.pending()
            _print_pending(told, as_json)
            return
        made = app.purge(lambda words: None if as_json else base.say(words))
    if made is None:
        base.print_json(None) if as_json else typer.echo("Nothing waits to be purged.")
        return
    if out:
        out.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf8")
    base.print_json(made) if as_json else _print(made)
    if made["found"]:
        raise typer.Exit(1)


def certificate(
    context: typer.Context,
    which: Annotated[str, typer.Argument(metavar="ID|FILE", help="A certificate's id, or a file that holds one.")],
    verify: Annotated[bool, typer.Option("--verify", help="Check its signature: needs no server and no database. Ends with 1 where it is not valid.")] = False,
    public_key: Annotated[str, typer.Option(help="The key that must have signed it, in hexadecimal.", show_default=False)] = "",
    covers: Annotated[str, typer.Option(help="Say whether it covers this account, NETWORK/ID.", show_default=False)] = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Show a certificate, or check one."""
    told = _read(Path(which)) if Path(which).is_file() else None
    if told is None:
        with base.app(context, data) as app:
            told = app.certificate(which)
    if covers:
        network, _, account = covers.partition("/")
        typer.echo("yes" if certificates.covers(told, "account", network, account) else "no")
        return
    if not verify:
        base.print_json(told) if as_json else _print(told)
        return
    holds = certificates.valid(told, public_key)
    key = told["signature"]["public_key"] if holds else ""
    base.print_json({"valid": holds, "public_key": key}) if as_json else typer.echo(f"valid, signed by {key}" if holds else "NOT VALID")
    if not holds:
        raise typer.Exit(1)


def held(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="ACCOUNT or NETWORK/ACCOUNT.")],
    network: Network = "",
    whole: Annotated[bool, typer.Option("--all", help="Print every row that is held, as JSON lines.")] = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """What is held about a person, and where it went: what `/v1/me` tells them."""
    with base.app(context, data) as app:
        who = base.viewer(app, account, network)
        if whole:
            for what, row in app.everything(who):
                typer.echo(base.printable(json.dumps({"what": what, **row}, default=str)))
            return
        told = app.held(who)
    if as_json:
        base.print_json(told)
        return
    for each in told["held"]:
        typer.echo(base.printable(f"{each['count']:>9,}  {each['what']}: kept {each['kept']} ({each['where']})"))
    for kind in ("corpora", "models"):
        for each in told[kind]:
            typer.echo(base.printable(f"{each['posts']:>9,}  posts in {kind}: {each['name']}"))
    typer.echo(base.printable(f"{told['reads']['total']:>9,}  times read by others; choices: {json.dumps(told['choices'])}"))


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is no certificate ({error}).", "Give a file that `oscine purge --out` wrote.") from None
    if not isinstance(told, dict):
        raise InputError(f"{path} is no certificate.", "Give a file that `oscine purge --out` wrote.")
    return told


def _print_pending(told: dict[str, Any], as_json: bool) -> None:
    plain = {name: value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else value for name, value in told.items()}
    if as_json:
        base.print_json(plain)
        return
    waits = ", ".join(f"{count:,} {kind}{'s' if count != 1 else ''}" for kind, count in told["waiting"].items())
    typer.echo(f"waiting: {waits or 'nothing'}; {told['posts']:,} posts" + (f"; since {plain['oldest'][:16]}" if told["oldest"] else ""))
    bound = f"within {told['bound_days']:g} days (OSCINE_PURGE_DAYS)" if told["bound_days"] else "when you run `oscine purge`"
    typer.echo(f"gone from every file {bound}{'; OVERDUE' if told['overdue'] else ''}")


def _print(made: dict[str, Any]) -> None:
    covers, searched = made["covers"], made["search"]
    typer.echo(f"certificate {made['id']}, {made['made_at'][:16]}")
    typer.echo(f"  of {covers['account']:,} accounts, {covers['posts']:,} posts, {covers['edit']:,} edits, {covers['consent']:,} consents taken back")
    for place in made["places"]:
        if place["did"] != "written anew" or place["trouble"]:
            trouble = f": {place['trouble']}" if place["trouble"] else ""
            typer.echo(base.printable(f"  {place['place']}: {place['did']} ({place['count']:,}){trouble}"))
    typer.echo(f"  tables written anew: {sum(place['did'] == 'written anew' for place in made['places']):,}")
    for corpus in made["corpora"]:
        typer.echo(base.printable(f"  corpus {corpus['name']}: {corpus['did']}{', ' + corpus['why'] if corpus['why'] else ''}"))
    for model in made["models"]:
        exposed = f"{model['accounts']:,} accounts, {model['posts']:,} posts, {model['bytes']:,} bytes" if model["known"] else "exposure not known"
        typer.echo(base.printable(f"  model {model['name']} was trained before: {exposed}"))
    typer.echo(
        f"  searched {searched['files']:,} files, {searched['bytes']:,} bytes, for {searched['marks']:,} marks"
        f" ({searched['said_by_others_too']:,} more were said by others too) in {searched['seconds']:,} s: found {made['found']:,}"
    )
    for found in made["found_in"]:
        typer.echo(base.printable(f"  FOUND in {found['path']} ({found['read']}): {found['places']:,} places"))
