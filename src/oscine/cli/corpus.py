"""`oscine corpus`: build what a model is trained on, list what there is, verify it, prove who is in it. What goes in is `corpus`' to say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from oscine.cli import base
from oscine.cli.base import AsJson, Data, Network
from oscine.corpus.options import Options

corpus = typer.Typer(no_args_is_help=True, help="What a model is trained on: built, listed, verified, proven.", rich_markup_mode=None)
Name = Annotated[str, typer.Argument(help="The corpus's name.")]
DEFAULT = Options()


@corpus.command()
def build(
    context: typer.Context,
    files: Annotated[
        list[str] | None, typer.Argument(help="Oscine JSONL or Parquet, on any fsspec path. Default: the store.", show_default=False)
    ] = None,
    name: Annotated[str, typer.Option(help="The corpus's name. Default: the last part of --out.", show_default=False)] = "",
    out: Annotated[str, typer.Option(help="Where to, any fsspec path. Default: DATA/corpora/NAME.", show_default=False)] = "",
    network: Network = "",
    unlisted: Annotated[bool, typer.Option("--unlisted", help="Take unlisted posts too.")] = False,
    without: Annotated[Path | None, typer.Option(help="File of accounts to leave out, one id a line.", show_default=False)] = None,
    urls: Annotated[bool, typer.Option("--urls", help="Links become ‹url›.")] = False,
    handles: Annotated[bool, typer.Option("--handles", help="Handles become ‹name›.")] = False,
    numbers: Annotated[bool, typer.Option("--numbers", help="Numbers become ‹number›.")] = False,
    shortest: Annotated[int, typer.Option(help="Letters that a post needs.")] = DEFAULT.shortest,
    longest: Annotated[int, typer.Option(help="Characters that a post may have.")] = DEFAULT.longest,
    toxicity: Annotated[int, typer.Option(help="The highest tier kept, 0 to 2.")] = DEFAULT.toxicity,
    quality: Annotated[float, typer.Option(help="The least quality kept, 0 to 1.")] = DEFAULT.quality,
    keep_duplicates: Annotated[bool, typer.Option("--keep-duplicates", help="Leave duplicates in.")] = False,
    decontaminate: Annotated[
        list[str] | None, typer.Option(help="A file of posts that nothing may be trained on; may be given again.", show_default=False)
    ] = None,
    balance: Annotated[
        float | None, typer.Option(help="Cut languages above an equal share, by this power: 0 evens them out, 1 leaves them.")
    ] = None,
    hold_authors: Annotated[float, typer.Option(help="Share of authors held out.")] = DEFAULT.hold_authors,
    hold_newest: Annotated[float, typer.Option(help="Share of the newest documents held out.")] = DEFAULT.hold_newest,
    seed: Annotated[int, typer.Option(help="Which authors are held out, which posts a balance drops, which samples are shown.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes; the result is the same.")] = 1,
    ray: Annotated[
        str, typer.Option(help="On all cores of this Ray cluster: its address, auto, or local; the result is the same.", show_default=False)
    ] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Build in place of the corpus of this name.")] = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Build a corpus from the store, or from files. Only posts that may be trained on go in; the report says what was dropped and why."""
    chosen: dict[str, Any] = {
        "unlisted": unlisted, "without": base.lines(without), "urls": urls, "handles": handles, "numbers": numbers,
        "shortest": shortest, "longest": longest, "toxicity": toxicity, "quality": quality, "keep_duplicates": keep_duplicates,
        "decontaminate": tuple(decontaminate or ()), "balance": balance, "hold_authors": hold_authors, "hold_newest": hold_newest, "seed": seed,
    }  # fmt: skip
    with base.app(context, data, **({"network": network} if network else {})) as app:
        name = name or Path(out).name
        about = app.corpora.build(name, files or [], out, chosen, workers=workers, ray=ray, replace=replace, say=base.say)
        where = app.corpora.path(name, out)
    if as_json:
        base.print_json(about)
        return
    typer.echo(
        f"{about['name']}: {about['posts']:,} posts of {about['authors']:,} authors in {about['documents']:,} documents, {about['bytes']:,} bytes"
    )
    for step, reasons in about["dropped"].items():
        told = ", ".join(f"{reason}: {count:,}" for reason, count in reasons.items())
        typer.echo(f"  {step:<15} −{sum(reasons.values()):<9,} {told}")
    typer.echo(f"report: {where}/report.md")


@corpus.command("list")
def list_(context: typer.Context, as_json: AsJson = False, data: Data = None) -> None:
    """The corpora of the data directory."""
    with base.app(context, data) as app:
        found = app.corpora.all()
    if as_json:
        base.print_json(found)
        return
    for about in found:
        typer.echo(f"{about['name']:<24} {about['made_at'][:10]}  {about['posts']:>12,} posts  {about['bytes']:>14,} bytes")


@corpus.command()
def card(context: typer.Context, name: Name, as_json: AsJson = False, data: Data = None) -> None:
    """The data card of a corpus: what is in it, by whose word, what was left out and why, how to be taken out."""
    with base.app(context, data) as app:
        base.print_card(app.card_of("corpus", name), as_json)


@corpus.command()
def verify(context: typer.Context, name: Name, out: Annotated[str, typer.Option(help="Where it is.", show_default=False)] = "",
           as_json: AsJson = False, data: Data = None) -> None:  # fmt: skip
    """Check every part's hash, that the ledger lists what is in the parts, and its signature. Ends with 1 where something is wrong."""
    with base.app(context, data) as app:
        checks = app.corpora.open(name, out).verify()
    if as_json:
        base.print_json(checks)
    else:
        for check in checks:
            typer.echo(f"{'ok' if check['ok'] else 'WRONG':<6} {check['what']}{': ' + check['why'] if check['why'] else ''}")
    if not all(check["ok"] for check in checks):
        raise typer.Exit(1)


@corpus.command()
def prove(context: typer.Context, name: Name, account: Annotated[str, typer.Argument(help="ACCOUNT or NETWORK/ACCOUNT.")],
          out: Annotated[str, typer.Option(help="Where it is.", show_default=False)] = "", as_json: AsJson = False, data: Data = None) -> None:  # fmt: skip
    """Prove that an account is in a corpus, or that it is not, against the signed root."""
    with base.app(context, data) as app:
        proof = app.corpora.open(name, out).prove(account)
    if as_json:
        base.print_json({**msgspec.to_builtins(proof), "holds": proof.holds()})
    elif proof.place:
        entry = proof.place.entry
        typer.echo(base.printable(f"{proof.account} is in {name}: {entry.posts:,} posts, {entry.bytes:,} bytes ({entry.basis})"))
    else:
        between = " and ".join(place.entry.account for place in (proof.before, proof.after) if place)
        typer.echo(base.printable(f"{proof.account} is not in {name}: it would stand beside {between}, and nothing is there"))
    if not proof.holds():
        base.say("The proof does not hold: the ledger was changed. `oscine corpus verify` says more.")
        raise typer.Exit(1)
