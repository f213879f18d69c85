"""A page's visible text in the order in which it is read: headings, paragraphs, list items, quotations, without what every page has around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import regex
from selectolax.lexbor import LexborNode

Kind = Literal["heading", "item", "text", "quote"]

BANNERS = (
    "dialog, [role=dialog], [role=alertdialog], [id*=cookie], [class*=cookie], [id*=consent], [class*=consent], [class*=gdpr], [class*=newsletter],"
    " [class*=popup]"
)
AROUND = (
    "nav, footer, form, [role=navigation], [role=contentinfo], [role=search], [class*=breadcrumb], [class*=skip-], [class*=share], [class*=sidebar],"
    " button, [role=button], a.btn, a.button, a.cta, a[class*=btn], a[class*=button], a[class*=cta]"
)
_QUOTES = "blockquote, [class*=testimonial], [itemprop=review]"
_CREDIT = "cite, footer, figcaption, [class*=author], [class*=name]"
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary", "legend", "caption"))
_BLOCKS = _HEADINGS | frozenset(
    (
        "address article aside blockquote body center dd details div dl fieldset figcaption figure footer form header hgroup hr li main nav ol p pre"
        " section table tbody td tfoot th thead tr ul q-block"
    ).split()
)
_SPACE = regex.compile(r"\s+")
_SCOPES = frozenset(("section", "article", "blockquote", "figure", "aside"))
_BREAK = regex.compile(r"\n\s*(?=[\p{Lu}\p{N}\p{Lo}£€$])")  # a line that goes on in small letters is one that was only broken
_MARKS = '“”„"«»‹›「」 '


class Block(NamedTuple):
    """A stretch that stands by itself, in one line."""

    kind: Kind
    text: str


def line(said: str) -> str:
    """A text in one line."""
    return str(_SPACE.sub(" ", said)).strip()


def blocks(body: LexborNode) -> Iterator[Block]:
    """The blocks of a page in their order; a row of a table is one, and so is a quotation with whoever said it. An empty heading ends the one before."""
    stack: list[tuple[LexborNode, bool]] = [(body, True)]
    said: list[str] = []
    inside: list[str] = []
    while stack:
        node, opens = stack.pop()
        tag = node.tag or ""
        if tag == "-text":
            said.append(_SPACE.sub(" ", node.text()))
        elif tag == "br":
            said.append("\n")
        elif tag in _BLOCKS or not opens:
            yield from _told(said, inside)
            said = []
            if not opens and tag in _SCOPES:
                yield Block("heading", "")
            if opens and (found := _whole(node)):
                yield found
                continue
            inside = [*inside, tag] if opens else inside[:-1]
        if opens and tag != "-text":
            stack += [(node, False)] if tag in _BLOCKS else []
            stack += [(child, True) for child in reversed(list(node.iter(include_text=True)))]


def _told(said: list[str], inside: list[str]) -> Iterator[Block]:
    within = next((tag for tag in reversed(inside) if tag in _HEADINGS or tag in ("li", "p")), "")
    kind: Kind = "heading" if within in _HEADINGS else "item" if within == "li" else "text"
    whole = "".join(said)
    yield from (Block(kind, text) for part in ([whole] if kind == "heading" else _BREAK.split(whole)) if (text := line(part)))


def _whole(node: LexborNode) -> Block | None:
    """A quotation, or a row of a table, as one block."""
    if node.tag not in ("tr", "figure", "blockquote") and not node.attributes:
        return None
    if node.tag == "tr":
        cells = [line(cell.text()) for cell in node.css("td, th")]
        return Block("item", (": " if len(cells) == 2 else " · ").join(filter(None, cells)))
    if node.tag == "figure" and node.css_first("blockquote"):
        return _quotation(node)
    if node.css_matches(_QUOTES) and not [inner for inner in node.css(_QUOTES) if inner.mem_id != node.mem_id]:
        return _quotation(node)
    return None


def _quotation(node: LexborNode) -> Block:
    credits = node.css(_CREDIT)
    credit = line(credits[0].text()).lstrip("—–- ") if credits else ""
    words = line(node.text(separator=" "))
    said = words.removesuffix(line(credits[0].text())).rstrip(" —–-") if credit else words
    return Block("quote", f"“{said.strip(_MARKS)}”" + (f" — {credit}" if credit else ""))
