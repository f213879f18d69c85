"""`oscine keys`: keys for the HTTP API made, licensed, listed, revoked. Hashing, rights and licences are `access`'s."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from oscine import access
from oscine.access import licences
from oscine.api import schemas
from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.errors import InputError

STANDARD_SCOPES = ["read", "chat"]
NO_NETWORKS: list[str] = []
KeyId = Annotated[str, typer.Argument(help="The key's id, as `oscine keys list` shows it.")]

keys = typer.Typer(no_args_is_help=True, help="Keys for the HTTP API: create, license, list, revoke.")


@keys.command()
def create(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="What the key is for.")] = "",
    scope: Annotated[
        list[str], typer.Option(help=f"A right: {', '.join(access.SCOPES)}. Again or with commas for several.")
    ] = STANDARD_SCOPES,
    network: Annotated[list[str], typer.Option(help="A network that it may write.")] = NO_NETWORKS,
    account: Annotated[str, typer.Option("--as", help="The account it acts for: ACCOUNT or NETWORK/ACCOUNT.", show_default=False)] = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Make a key and print it, once."""
    with base.app(context, data) as app:
        scopes = _several(scope)
        default = network[0] if network else app.settings.network
        secret, key = access.create(app.database, name or "unnamed", scopes, network, base.viewer(app, account, default))
    if as_json:
        base.print_json({"key": secret, **schemas.key(key), "licence": None})
        return
    typer.echo(secret)
    base.say(f"key {key.id} ({', '.join(sorted(key.scopes))}). It is not shown again; `oscine keys revoke {key.id}` ends it.")


@keys.command("list")
def list_(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """All keys, without their secrets."""
    with base.app(context, data) as app:
        newest = licences.newest(app.database)
        told = [schemas.key(key) | {"licence": licences.told(newest.get(key.id))} for key in access.keys(app.database)]
    if as_json:
        base.print_json(told)
        return
    for key in told:
        live = f"revoked {key['revoked_at']}" if key["revoked_at"] else "live"
        acts = f", acts for {key['account']}" if key["account"] else ""
        typer.echo(base.printable(f"{key['id']}  {live}  {key['name']}  {','.join(key['scopes'])}  {','.join(key['networks'])}{acts}"))
        if key["licence"]:
            typer.echo(base.printable(f"    {_said(key['licence'])}"))


@keys.command()
def revoke(context: typer.Context, key: KeyId, data: Data = None) -> None:
    """End a key at once."""
    with base.app(context, data) as app:
        app.revoke(key, _by())
    base.say(f"key {key} is revoked")


@keys.command()
def licence(
    context: typer.Context,
    key: KeyId,
    holder: Annotated[str, typer.Option(help="Who holds it.")],
    purpose: Annotated[str, typer.Option(help=f"What for: {', '.join(sorted(licences.PURPOSES))}.")],
    use: Annotated[list[str], typer.Option(help=f"What may be done: {', '.join(sorted(licences.USES))}. Again or with commas for several.")],
    field: Annotated[list[str], typer.Option(help=f"What is given of a post: {', '.join(sorted(licences.FIELDS))}. Again or with commas for several.")],
    network: Annotated[list[str], typer.Option(help="A network that it reaches. Default: all.")] = NO_NETWORKS,
    days: Annotated[float | None, typer.Option(help="How many days it reaches back. Default: all.")] = None,
    per_minute: Annotated[int | None, typer.Option(help="How many calls a minute. Default: the server's own limit.")] = None,
    until: Annotated[str, typer.Option(help="When it ends: 2027-01-01, or a time with its zone. Default: never.", show_default=False)] = "",
    why: Annotated[str, typer.Option(help="Why it is granted or changed: kept with it.")] = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Give a key a licence, or another in place of the one it has; it holds at once."""
    wanted = {"holder": holder, "purpose": purpose, "uses": _several(use), "fields": _several(field), "networks": _several(network), "days": days,
              "per_minute": per_minute, "expires_at": _end(until)}  # fmt: skip
    with base.app(context, data) as app:
        told = licences.told(app.license(key, wanted, _by(), why)) or {}
    if as_json:
        base.print_json({"id": key, "licence": told})
        return
    base.say(f"key {key}: {_said(told)}")


@keys.command("licences")
def licences_(context: typer.Context, key: KeyId, as_json: AsJson = False, data: Data = None) -> None:
    """All versions of a key's licence, the newest first."""
    with base.app(context, data) as app:
        told = [licences.told(each) or {} for each in licences.versions(app.database, key)]
    if as_json:
        base.print_json(told)
        return
    for each in told:
        why = f": {each['why']}" if each["why"] else ""
        typer.echo(base.printable(f"{each['granted_at']}  by {each['by']}{why}\n    {_said(each)}"))


def _said(told: dict[str, Any]) -> str:
    """A version of a licence in a line."""
    parts = [f"version {told['version']}", told["holder"], f"for {told['purpose']}", f"uses {','.join(told['uses'])}", f"fields {','.join(told['fields'])}"]
    parts += [f"networks {','.join(told['networks'])}"] if told["networks"] else []
    parts += [f"{told['days']:g} days back"] if told["days"] is not None else []
    parts += [f"{told['per_minute']} calls a minute"] if told["per_minute"] else []
    return ", ".join([*parts, f"until {told['expires_at']}" if told["expires_at"] else "without end"])


def _several(given: Sequence[str]) -> list[str]:
    return [part.strip() for text in given for part in text.split(",") if part.strip()]


def _end(until: str) -> datetime | None:
    """A day, or a moment; a day ends a licence as it begins, in UTC. Raises `InputError`."""
    try:
        moment = datetime.fromisoformat(until) if until else None
    except ValueError:
        raise InputError(f"{until!r} is no time.", "Give a day as 2027-01-01, or 2027-01-01T12:00:00+01:00.") from None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _by() -> str:
    """Whose hand it was: the person at this computer, by the name of their account there."""
    return f"{access.LOCAL.id}:{os.environ.get('USER', '')}".rstrip(":")
