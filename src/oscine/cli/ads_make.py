"""`oscine ads write` and `oscine ads draw`: from a page, its HTML or a brief to texts, and to pictures in every size."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from oscine.ads.creatives import page as pages
from oscine.ads.creatives.audiences import check as permitted
from oscine.ads.creatives.creative import MOST_VARIANTS, Audience, Creatives, Variant, Wish
from oscine.ads.creatives.page import Page
from oscine.ads.creatives.pictures import Look
from oscine.ads.creatives.placements import PLACEMENTS
from oscine.ads.creatives.studio import EVERYBODY
from oscine.api import advertising
from oscine.app import App
from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.errors import InputError
from oscine.pictures.compose import Art, Words

LONGEST_FILE = 4_000_000  # bytes of a page

Source = Annotated[
    str,
    typer.Argument(help="The page's address, a file (.html is a page, any other a brief), or - for standard input.", show_default=False),
]
Audiences = Annotated[
    list[str] | None,
    typer.Option("--audience", help="Whom it is for, as NAME: A FEW WORDS. May be repeated. Default: everybody.", show_default=False),
]
Languages = Annotated[
    list[str] | None, typer.Option("--lang", help="A language to write in, as de. Default: the page's.", show_default=False)
]


def write(
    context: typer.Context,
    source: Source,
    audience: Audiences = None,
    placement: Annotated[str, typer.Option(help=f"Where it will stand: {', '.join(PLACEMENTS)}.")] = "post",
    count: Annotated[int, typer.Option(min=1, max=MOST_VARIANTS, help="Variants for each audience.")] = 5,
    lang: Languages = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other variants.")] = 0,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Write ads that claim nothing but what the page says, ranked by the reward."""
    with base.app(context, data) as app:
        wish = _wish(audience, placement, count, lang, seed)
        page = _page(app, source)
        made, topic = app.studio.writer.write(page, wish), app.studio.topic(page)
    if as_json:
        base.print_json(advertising.creatives(made, topic, wish.placement, wish.audiences))
        return
    for variant in made.variants:
        _print(variant)
    _tell(made)


def draw(
    context: typer.Context,
    source: Source,
    out: Annotated[Path, typer.Option("--out", help="The folder to write to; made where it is missing.", show_default=False)],
    audience: Audiences = None,
    size: Annotated[
        list[str] | None, typer.Option("--size", help="As 1080x1080; may be repeated. Default: all eight.", show_default=False)
    ] = None,
    photo: Annotated[Path | None, typer.Option(help="A photo to show. Default: the page's.", show_default=False)] = None,
    logo: Annotated[Path | None, typer.Option(help="A logo to show. Default: the page's.", show_default=False)] = None,
    lang: Languages = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another look.")] = 0,
    data: Data = None,
) -> None:
    """Draw the best ad for each audience in every size: PNG files with signed manifests, and ads.json with their texts and alt texts."""
    with base.app(context, data) as app:
        page = _page(app, source)
        wish = _wish(audience, "banner", 1, lang, seed)
        made = app.studio.writer.write(page, wish)
        shown = {kind: _picture(app, given, page, kind) for kind, given in {"photo": photo, "logo": logo}.items()}
        for variant in made.variants:
            whom = next((each.description for each in wish.audiences if each.name == variant.audience), "")
            words = Words(variant.headline, variant.body, variant.action, page.site, variant.lang)
            art = Art(shown["photo"], shown["logo"], None, page.colours, app.studio.topic(page), whom)
            _save(app, out / _folder(variant), variant, Look(words, art, seed), size or [])
    _tell(made)


def _page(app: App, source: str) -> Page:
    """What is advertised. Raises `InputError`."""
    if source.startswith(("http://", "https://")):
        return app.studio.page(source)
    try:
        raw = sys.stdin.buffer.read(LONGEST_FILE + 1) if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise InputError(f"{source} cannot be read ({error.strerror}).", "Give an address, a file, or - for standard input.") from None
    if source.endswith((".html", ".htm")) or raw.lstrip()[:1] == b"<":
        return pages.read(raw)
    return pages.from_brief(raw.decode("utf8", "replace"))


def _wish(given: list[str] | None, placement: str, count: int, langs: list[str] | None, seed: int) -> Wish:
    audiences = tuple(_audience(words) for words in given or []) or (EVERYBODY,)
    if placement not in PLACEMENTS:
        raise InputError(f"There is no placement {placement!r}.", f"Placements are {', '.join(PLACEMENTS)}.")
    return Wish(audiences, PLACEMENTS[placement], count, tuple(langs or ()), seed)


def _audience(words: str) -> Audience:
    name, _, description = (part.strip() for part in words.partition(":"))
    found = Audience(name, description or name)
    permitted(found)
    return found


def _picture(app: App, given: Path | None, page: Page, kind: str) -> bytes | None:
    """The picture that was given, or the page's own of that kind."""
    url = next((each.url for each in page.pictures if each.kind == kind), "")
    try:
        data = given.read_bytes() if given else None
    except OSError as error:
        raise InputError(f"{given} cannot be read ({error.strerror}).", "Give a PNG, JPEG or WebP file.") from None
    found, note = app.studio.picture(data, url)
    if note:
        base.say(note)
    return found


def _folder(variant: Variant) -> str:
    """A folder's name for an audience: its letters and digits."""
    return "".join(c if c.isalnum() else "-" for c in variant.audience.lower()).strip("-")[:60] or "everybody"


def _save(app: App, folder: Path, variant: Variant, look: Look, sizes: Iterable[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    facts, (made, left_out) = [], app.studio.draw(look, list(sizes))
    for note in left_out:
        base.say(note)
    for drawn in made:
        (folder / f"{drawn.size.name}.png").write_bytes(drawn.png)
        facts.append({"file": f"{drawn.size.name}.png", **advertising.facts(drawn)})
        base.say(f"{folder / drawn.size.name}.png  contrast {drawn.contrast:.1f}:1, {drawn.layout}")
    told = {**advertising.variant(variant), "pictures": facts}
    (folder / "ads.json").write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf8")


def _print(variant: Variant) -> None:
    ranked = f"{variant.score:+.2f} ± {variant.spread:.2f}  " if variant.spread else ""
    typer.echo(base.printable(f"{ranked}{variant.audience} · {variant.lang} · {variant.by}"))
    for line in (variant.headline, variant.body, " ".join([variant.action, *variant.hashtags])):
        if line.strip():
            typer.echo(base.printable(f"    {line}"))
    for claim in variant.claims:
        typer.echo(base.printable(f"      {claim.text}  ← {', '.join(map(str, claim.passages))}"))
    typer.echo("")


def _tell(made: Creatives) -> None:
    """What was left out, to standard error."""
    for each in made.dropped:
        base.say(f"Left out: {each.text!r} {each.reason}")
