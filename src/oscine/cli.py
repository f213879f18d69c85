"""The command line: the same verbs as the API. Data goes to standard output, progress and trouble to standard error; trouble ends with 1."""

from __future__ import annotations

import json
import os
import signal
import sys
import textwrap
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from oscine import __version__, access, doctor
from oscine.api import schemas
from oscine.app import App
from oscine.errors import OscineError
from oscine.ingest import Summary
from oscine.records import Viewer
from oscine.settings import Settings

cli = typer.Typer(name="oscine", no_args_is_help=True, add_completion=True, rich_markup_mode=None, pretty_exceptions_enable=False,
                  help="A social network's own AI: ask and search its posts.")  # fmt: skip
keys = typer.Typer(no_args_is_help=True, help="Keys for the HTTP API: create, list, revoke.")
cli.add_typer(keys, name="keys")

Data = Annotated[Path | None, typer.Option("--data", help="Data directory; also OSCINE_DATA.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
As = Annotated[
    str,
    typer.Option("--as", help="See what this account sees: ACCOUNT or NETWORK/ACCOUNT. Default: only what is public.", show_default=False),
]
Network = Annotated[
    str, typer.Option("--network", help="The network that the posts belong to. Default: OSCINE_NETWORK.", show_default=False)
]
STANDARD_SCOPES = ["read", "chat"]
NO_NETWORKS: list[str] = []


def main() -> None:
    """Run the command line; an error of ours is one sentence, not a traceback."""
    try:
        cli()
    except OscineError as error:
        typer.echo(f"oscine: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:  # `oscine search … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@cli.callback()
def root(
    context: typer.Context,
    data: Data = None,
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Take the data directory before the verb too."""
    context.obj = data


@cli.command()
def up(
    context: typer.Context,
    data: Data = None,
    host: Annotated[str, typer.Option(help="Address to listen on. Default: OSCINE_HOST, 127.0.0.1.", show_default=False)] = "",
    port: Annotated[int, typer.Option(help="Port to listen on. Default: OSCINE_PORT, 8420.", show_default=False)] = 0,
    browser: Annotated[bool, typer.Option(help="Open the web app in a browser.")] = True,
    sample: Annotated[bool, typer.Option(help="Load the sample network where there are no posts yet.")] = True,
) -> None:
    """Start everything and serve the web app and the API."""
    from oscine.api import server

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    chosen = {name: value for name, value in {"host": host, "port": port}.items() if value}
    with _app(context, data, **chosen) as app:
        _say(f"data in {app.settings.data}")
        if sample and app.load_sample():
            _say("the sample network is loaded; `oscine import FILE` brings your own posts")
        app.start_worker()
        name, why = app.language_model[0], app.language_model[1]
        _say(f"language model: {name.name if name else 'none'}. {why}")
        if app.embedding_problem:
            _say(f"searching by words only: {app.embedding_problem}")

        def ready(address: str) -> None:
            _say(f"Oscine is at {address} (stop with Ctrl-C)")
            if browser and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "darwin"):
                webbrowser.open(address)

        server.serve(app, ready)


@cli.command("import")
def import_(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(help="Oscine JSONL, plain, .gz or .zst; `-` for standard input.")],
    network: Network = "",
    as_json: AsJson = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when the posts are searchable by meaning too.")] = False,
    data: Data = None,
) -> None:
    """Import posts, deletions, engagement and relations. The same file may be imported again; a killed import goes on where it stopped."""
    with _app(context, data) as app:
        done = [_import(app, file, network, quiet=as_json) for file in files]
        if wait:
            app.embed_all()
    if as_json:
        told = [schemas.summary(summary) | {"file": file} for file, summary in zip(files, done, strict=True)]
        _print_json(told[0] if len(told) == 1 else told)
    if not any(summary.useful for summary in done):
        raise typer.Exit(1)


def _import(app: App, file: str, network: str, quiet: bool) -> Summary:
    shown = 0.0

    def progress(summary: Summary, share: float | None) -> None:
        nonlocal shown
        if sys.stderr.isatty() and time.monotonic() - shown > 0.5:
            shown = time.monotonic()
            rate = summary.lines / max(summary.seconds, 0.001)
            left = f", {summary.seconds * (1 - share) / share:,.0f} s left" if share and summary.seconds else ""
            typer.echo(f"\r{summary.lines:,} lines, {rate:,.0f} a second{left}   ", err=True, nl=False)

    summary = app.ingest(app.source(file, network, sys.stdin.buffer), progress=progress)
    if shown:
        typer.echo("\r" + " " * 60 + "\r", err=True, nl=False)
    if not quiet:
        _report(file, summary)
    return summary


def _report(file: str, summary: Summary) -> None:
    counts = {
        "accepted": summary.accepted,
        "updated": summary.updated,
        "unchanged": summary.unchanged,
        "deleted": summary.deleted,
        "refused": summary.refused,
    }
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count or name in ("accepted", "refused"))
    _say(f"{file}: {told}; {summary.lines / max(summary.seconds, 0.001):,.0f} lines a second")
    if summary.resumed_after:
        _say(f"  went on after line {summary.resumed_after:,}, where it had stopped before")
    for line, reason in summary.reasons:
        _say(f"  line {line:,}: {reason}")


@cli.command()
def search(
    context: typer.Context,
    query: Annotated[list[str], typer.Argument(help="Words and operators; put -- before a query that begins with a minus.")],
    limit: Annotated[int, typer.Option(min=1, max=100)] = 10,
    sort: Annotated[str, typer.Option(help="top or latest")] = "top",
    cursor: Annotated[str, typer.Option(help="From the page before.", show_default=False)] = "",
    fold: Annotated[bool, typer.Option(help="Put near-duplicates under the first of them.")] = True,
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Search posts by words and by meaning."""
    if sort not in ("top", "latest"):
        raise typer.BadParameter("takes top or latest", param_hint="--sort")
    with _app(context, data) as app:
        began = time.perf_counter()
        view = app.view(_viewer(app, viewer))
        found = app.search.search(view, " ".join(query), limit=limit, sort=sort, cursor=cursor or None, fold=fold)  # type: ignore[arg-type]
        told = schemas.results(found, 1000 * (time.perf_counter() - began))
    if as_json:
        _print_json(told)
        return
    for part in told["ignored"]:
        _say(f"{part['text']}: {part['why']}")
    for post in told["posts"]:
        _print_post(post)
    if not told["posts"]:
        _say("Nothing was found.")


@cli.command()
def ask(
    context: typer.Context,
    question: Annotated[list[str], typer.Argument(help="The question.")],
    viewer: As = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Ask a question; the answer is made of the posts, every sentence with the posts it stands on."""
    with _app(context, data) as app:
        given = app.ask.ask(app.view(_viewer(app, viewer)), [{"role": "user", "content": " ".join(question)}])
        told = schemas.answer(given)
    if as_json:
        _print_json(told)
        return
    if given.refused:
        typer.echo(given.text)
        _say("The nearest posts:")
    numbers = {seen.number: number for number, seen in enumerate(given.posts, 1)}
    for sentence in given.sentences:
        typer.echo(_printable(f"{sentence.text} {''.join(f'[{numbers[seen.number]}]' for seen in sentence.sources)}\n"))
    for number, post in enumerate(told["posts"], 1):
        _print_post(post, f"[{number}] ")


@cli.command()
def status(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """What is here and what is going on."""
    with _app(context, data) as app:
        told = app.status(whole=True)
    if as_json:
        _print_json(told)
        return
    model = told["language_model"]
    waiting = told["pending_vectors"]
    typer.echo(f"{told['posts']:,} posts by {told['authors']:,} accounts on {', '.join(told['networks']) or 'no network yet'}")
    typer.echo("all searchable by meaning" if not waiting else f"{waiting:,} not yet searchable by meaning (`oscine up` works on them)")
    typer.echo(f"language model: {model['name']}. {model['why']}")
    typer.echo(f"{told['database']} database, data in {told['data']}")


@cli.command("doctor")
def doctor_(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """Check what Oscine needs, and say how to mend what is missing."""
    checks = doctor.examine(_settings(context, data))
    if as_json:
        _print_json([check._asdict() for check in checks])
    else:
        for check in checks:
            typer.echo(f"{'ok  ' if check.ok else 'FAIL'} {check.what}: {check.found}{'' if check.ok else f' {check.fix}'}")
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


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
    with _app(context, data) as app:
        scopes = [part.strip() for text in scope for part in text.split(",") if part.strip()]
        default = network[0] if network else app.settings.network
        viewer = _viewer(app, account, default)
        secret, key = access.create(app.database, name or "unnamed", scopes, network, viewer)
    if as_json:
        _print_json({"key": secret, **_key(key)})
        return
    typer.echo(secret)
    _say(f"key {key.id} ({', '.join(sorted(key.scopes))}). It is not shown again; `oscine keys revoke {key.id}` ends it.")


@keys.command("list")
def list_(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """All keys, without their secrets."""
    with _app(context, data) as app:
        told = [_key(key) for key in access.keys(app.database)]
    if as_json:
        _print_json(told)
        return
    for key in told:
        live = f"revoked {key['revoked_at']}" if key["revoked_at"] else "live"
        acts = f", acts for {key['account']}" if key["account"] else ""
        typer.echo(_printable(f"{key['id']}  {live}  {key['name']}  {','.join(key['scopes'])}  {','.join(key['networks'])}{acts}"))


@keys.command()
def revoke(
    context: typer.Context, key: Annotated[str, typer.Argument(help="The key's id, as `oscine keys list` shows it.")], data: Data = None
) -> None:
    """End a key at once."""
    with _app(context, data) as app:
        access.revoke(app.database, key)
    _say(f"key {key} is revoked")


def _key(key: access.Key) -> dict[str, Any]:
    account = "/".join(filter(None, [key.viewer.network, key.viewer.account])) if key.viewer.account else ""
    moment: Callable[[Any], str | None] = lambda at: at and schemas.time(at)  # noqa: E731
    return {"id": key.id, "name": key.name, "scopes": sorted(key.scopes), "networks": sorted(key.networks), "account": account,
            "created_at": moment(key.created_at), "revoked_at": moment(key.revoked_at)}  # fmt: skip


def _settings(context: typer.Context, data: Path | None, **chosen: Any) -> Settings:
    directory = data or context.find_root().obj
    given: dict[str, Any] = {**chosen, **({"data": directory} if directory else {})}
    return Settings(**given)


def _app(context: typer.Context, data: Path | None, **chosen: Any) -> App:
    return App(_settings(context, data, **chosen))


def _viewer(app: App, named: str, network: str = "") -> Viewer:
    return access.named(app.database, named, network or app.settings.network) if named else Viewer()


def _print_json(told: Any) -> None:
    """Readable in every script; what could steer a terminal is written as escapes, so that nothing of a post is lost."""
    shown = json.dumps(told, indent=2, ensure_ascii=False)
    typer.echo("".join(c if c == "\n" or c.isprintable() else json.dumps(c)[1:-1] for c in shown))


def _print_post(post: dict[str, Any], mark: str = "") -> None:
    name = post["author_name"] or post["author_handle"]
    handle = f" @{post['author_handle']}" if post["author_handle"] != name else ""
    cover = f" (covered: {post['blurred']})" if post["blurred"] else ""
    text = textwrap.shorten(post["text"], 400, placeholder=" …")
    typer.echo(_printable(f"{mark}{name}{handle}, {post['created_at'][:10]}, {post['id']}{cover}"))
    typer.echo(textwrap.fill(_printable(text), 100, initial_indent="    ", subsequent_indent="    ") + "\n")


def _printable(text: str) -> str:
    """Text without the control characters by which a post could steer a terminal."""
    return "".join(character if character == "\n" or character.isprintable() else "�" for character in text)


def _say(words: str) -> None:
    typer.echo(_printable(words), err=True)
