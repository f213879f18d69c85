"""A landing page, or a brief, as what its reader sees: numbered passages, headings, buttons, pictures, colours.

A page is untrusted: nothing that is hidden is read, and what tries to steer a machine is left out (`left_out`). It loads nothing, runs nothing, and does
not know what a browser's scripts would add.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

import regex
from selectolax.lexbor import LexborHTMLParser

from oscine import text
from oscine.ads.creatives import looks, visible
from oscine.ads.creatives.about import about
from oscine.ads.creatives.blocks import AROUND, BANNERS, Block, blocks, line
from oscine.ads.creatives.looks import Picture
from oscine.ads.creatives.words import folded, table
from oscine.errors import InputError, TooLarge
from oscine.evidence import lexicon
from oscine.safety import injection

__all__ = ["Page", "Passage", "Picture", "from_brief", "read", "sentences"]

MOST_PASSAGES = 400
LONGEST_PASSAGE = 600  # characters; what is longer is read up to there
LONGEST_BRIEF = 20_000
LONGEST_TITLE = 60  # of a brief, which is a first line without a full stop
MOST_ACTIONS = 12
LONGEST_ACTION = 40  # characters: a longer link says more than what to do
_ACTIONS = "button, [role=button], input[type=submit], a.btn, a.button, a.cta, a[class*=btn], a[class*=button], a[class*=cta]"
_SHORT = (
    r"\b(?:Dr|St|Ste|Mr|Mrs|Ms|No|Nr|Tel|ca|bzw|d\. ?h|p\. ?ej|Sr|Sra|Av|Mme|approx|incl|excl|inkl|zzgl|vs|etc|max|min|Std|Min|Fr|\p{L}"
    r"|(?:am|im|vom|zum|der|dem|den|bis|seit) \d{1,2})\."
)
_END = regex.compile(
    rf"(?<=[.!?…][\"”»’'\])]*)(?<!{_SHORT})\s+(?=[\p{{Sc}}\p{{Lu}}\p{{Lt}}\p{{Lo}}\p{{N}}¿¡„“«\"(])|(?<=[。！？؟])\s*(?=\S)"
)

_DAY = regex.compile(r"\b\d{1,2}\.$")


class Passage(NamedTuple):
    """One sentence, heading, list item or quotation as a reader sees it, and the heading that it stands under (a heading stands under itself)."""

    number: int
    text: str
    heading: str


class Page(NamedTuple):
    """What a page shows. `actions` is what its buttons say; `product` and `price` are there only where a reader sees them too."""

    url: str
    site: str
    title: str
    description: str
    lang: str
    passages: tuple[Passage, ...]
    pictures: tuple[Picture, ...] = ()
    colours: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    product: str = ""
    price: str = ""
    left_out: tuple[str, ...] = ()


def read(html: bytes | str, url: str = "") -> Page:
    """The page as its reader sees it. Raises `InputError` for what is empty, binary, too large or shows no text."""
    whole = LexborHTMLParser(visible.text_of(html))
    told = about(whole, url)
    tree = visible.seen(html)
    for selector in (BANNERS,):
        _without(tree, selector)
    actions = tuple(
        dict.fromkeys(label for node in tree.css(_ACTIONS) if (label := _label(line(node.text() or node.attributes.get("value") or ""))))
    )
    _without(tree, AROUND)
    assert tree.body is not None
    shown, left_out = _safe(blocks(tree.body))
    described, hidden_orders = _safe([Block("text", told.description)] if told.description else [])
    passages = _numbered([*described, *shown]) or _numbered(_safe([Block("heading", told.title)])[0])
    if not passages:
        raise InputError("The page shows no text.", "Give another page, or write a brief.")
    said = text.fold(" ".join([told.title, *(passage.text for passage in passages)]))
    return Page(
        url, _name(told.site), _plain(told.title), " ".join(block.text for block in described), _language(told.lang, passages), passages,
        looks.pictures(tree, url, told.images, told.logos), looks.colours(whole), actions[:MOST_ACTIONS],
        _name(told.product) if text.fold(told.product) in said else "", told.price if told.price and told.price in said else "",
        (*left_out, *hidden_orders),
    )  # fmt: skip


def from_brief(text: str) -> Page:
    """A brief as a page of its own sentences; its first short line, if it has one, is the title. Raises `InputError` where it says nothing."""
    if len(text) > LONGEST_BRIEF:
        raise TooLarge(f"The brief has {len(text)} characters.", f"It may have {LONGEST_BRIEF}.")
    lines = [line(part).lstrip("-*•# ") for part in text.splitlines()]
    told = [part for part in lines if part]
    headed = len(told) > 1 and len(told[0]) <= LONGEST_TITLE and told[0][-1] not in ".!?"
    kept, left_out = _safe(Block("heading" if headed and part is told[0] else "text", part) for part in told)
    passages = _numbered(kept)
    if not passages:
        raise InputError("The brief says nothing.", "Write what is offered, to whom and why.")
    title = kept[0].text if headed and kept[0].kind == "heading" else ""
    return Page("", title, title, "", _language("", passages), passages, left_out=left_out)


def sentences(content: str) -> list[str]:
    """A text cut into its sentences, in any of the scripts that end them with a mark."""
    found: list[str] = []
    for part in filter(None, map(line, _END.split(content))):
        if found and _DAY.search(found[-1]) and text.fold(part.split()[0].strip(".,")) in lexicon.date_words():
            found[-1] += f" {part}"  # `14. März` is no end
        else:
            found.append(part)
    return found


def _without(tree: LexborHTMLParser, selector: str) -> None:
    for node in tree.css(selector):
        if node.tag not in ("body", "main", "html"):
            node.decompose(recursive=True)


def _label(words: str) -> str:
    plain = _plain(words)
    return plain if 1 < len(plain) <= LONGEST_ACTION and not injection.steers(plain) else ""


def _name(words: str) -> str:
    """A name as it may stand in a text: one line, none that gives orders."""
    return _plain(words)[:80] if not injection.steers(words) else ""


def _plain(words: str) -> str:
    return line(injection.visible(words)) if not injection.steers(words) else ""


def _safe(found: Iterable[Block]) -> tuple[list[Block], tuple[str, ...]]:
    """The blocks that may be used, and those that try to steer a machine."""
    kept, left_out = [], []
    for _, block in zip(range(MOST_PASSAGES * 2), found, strict=False):
        if injection.steers(block.text) or _orders(block.text):
            left_out.append(block.text[:LONGEST_PASSAGE])
        elif said := line(injection.visible(block.text[:LONGEST_PASSAGE])):
            kept.append(block._replace(text=said))
        elif block.kind == "heading":
            kept.append(block)
    return kept, tuple(left_out)


def _orders(said: str) -> bool:
    """Whether a text tells whoever writes its ads what to write."""
    plain = folded(said)
    return all(_listed(kind).search(plain) for kind in ("about", "must"))


@cache
def _listed(kind: str) -> regex.Pattern[str]:
    listed = (
        regex.escape(part[:-1]) + r"\b" if part[-1] == " " else regex.escape(part) for part in table("orders")[kind]["words"].split("|")
    )
    return regex.compile(rf"\b(?:{'|'.join(listed)})")


def _numbered(found: Iterable[Block]) -> tuple[Passage, ...]:
    """Passages by number from 1; what was said before is none again."""
    passages: dict[str, Passage] = {}
    for said, heading in _said(found):
        if said not in passages and any(letter.isalnum() for letter in said):
            passages[said] = Passage(len(passages) + 1, said, heading)
        if len(passages) == MOST_PASSAGES:
            break
    return tuple(passages.values())


def _said(found: Iterable[Block]) -> Iterator[tuple[str, str]]:
    heading = ""
    for block in found:
        if block.kind == "heading":
            heading = block.text
        if block.kind == "quote":
            yield block.text, heading
            heading = ""
            continue
        for part in [block.text] if block.kind == "heading" else sentences(block.text):
            yield part, heading


def _language(told: str, passages: tuple[Passage, ...]) -> str:
    """What most of the text is in; what the page itself says counts where that cannot be told."""
    letters: Counter[str] = Counter()
    for passage in passages:
        letters[text.language(passage.text) or ""] += len(passage.text)
    whole = text.language(" ".join(passage.text for passage in passages)[:2_000])
    if told and (whole is None or letters[told] >= letters[whole]):
        return told
    return whole or told or text.FALLBACK_LANGUAGE
