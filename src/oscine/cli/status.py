"""`oscine status` and `oscine doctor`: what is here, and what is missing on this machine. Neither changes anything."""

from __future__ import annotations

import typer

from oscine import doctor as checks
from oscine.api import connecting
from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.cli.connect import line


def status(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """What is here and what is going on."""
    with base.app(context, data) as app:
        told = app.status(whole=True)
        stand = app.connections.told()
    if as_json:
        base.print_json(told | {"connections": [connecting.connection(one) for one in stand]})
        return
    model = told["language_model"]
    waiting = told["pending_vectors"]
    typer.echo(f"{told['posts']:,} posts by {told['authors']:,} accounts on {', '.join(told['networks']) or 'no network yet'}")
    typer.echo("all searchable by meaning" if not waiting else f"{waiting:,} not yet searchable by meaning (`oscine up` works on them)")
    if told["labels"] != "none":
        unread = told["pending_labels"]
        typer.echo("all labelled" if not unread else f"{unread:,} not yet labelled (`oscine up` works on them)")
    typer.echo(f"language model: {model['name']}. {model['why']}")
    typer.echo(f"{told['database']} database, data in {told['data']}")
    for one in stand:
        typer.echo(base.printable(line(one)))


def doctor(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """Check what Oscine needs, and say how to mend what is missing."""
    examined = checks.examine(base.settings(context, data))
    if as_json:
        base.print_json([check._asdict() for check in examined])
    else:
        for check in examined:
            typer.echo(f"{'ok  ' if check.ok else 'FAIL'} {check.what}: {check.found}{'' if check.ok else f' {check.fix}'}")
    if not all(check.ok for check in examined):
        raise typer.Exit(1)
