"""`oscine keys`: keys for the HTTP API made, listed, revoked. Hashing and rights are `access`'s."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from oscine import access
from oscine.api import schemas
from oscine.cli import base
from oscine.cli.base import AsJson, Data

STANDARD_SCOPES = ["read", "chat"]
NO_NETWORKS: list[str] = []

keys = typer.Typer(no_args_is_help=True, help="Keys for the HTTP API: create, list, revoke.")


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
        scopes = [part.strip() for text in scope for part in text.split(",") if part.strip()]
        default = network[0] if network else app.settings.network
        secret, key = access.create(app.database, name or "unnamed", scopes, network, base.viewer(app, account, default))
    if as_json:
        base.print_json({"key": secret, **_key(key)})
        return
    typer.echo(secret)
    base.say(f"key {key.id} ({', '.join(sorted(key.scopes))}). It is not shown again; `oscine keys revoke {key.id}` ends it.")


@keys.command("list")
def list_(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """All keys, without their secrets."""
    with base.app(context, data) as app:
        told = [_key(key) for key in access.keys(app.database)]
    if as_json:
        base.print_json(told)
        return
    for key in told:
        live = f"revoked {key['revoked_at']}" if key["revoked_at"] else "live"
        acts = f", acts for {key['account']}" if key["account"] else ""
        typer.echo(base.printable(f"{key['id']}  {live}  {key['name']}  {','.join(key['scopes'])}  {','.join(key['networks'])}{acts}"))


@keys.command()
def revoke(
    context: typer.Context, key: Annotated[str, typer.Argument(help="The key's id, as `oscine keys list` shows it.")], data: Data = None
) -> None:
    """End a key at once."""
    with base.app(context, data) as app:
        access.revoke(app.database, key)
    base.say(f"key {key} is revoked")


def _key(key: access.Key) -> dict[str, Any]:
    account = "/".join(filter(None, [key.viewer.network, key.viewer.account])) if key.viewer.account else ""
    moment: Callable[[Any], str | None] = lambda at: at and schemas.time(at)  # noqa: E731
    return {"id": key.id, "name": key.name, "scopes": sorted(key.scopes), "networks": sorted(key.networks), "account": account,
            "created_at": moment(key.created_at), "revoked_at": moment(key.revoked_at)}  # fmt: skip
