"""Ad texts by a language model: the page is data, numbered; what comes back is read as lines of JSON, and nothing else of it is believed.

A page that gives orders is not obeyed: such passages are not shown (`page.left_out`), the rest stands as data, and every sentence of the answer is
checked against the page afterwards, by the caller.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import regex

from oscine.ads.creatives.blocks import line
from oscine.ads.creatives.compose import Draft
from oscine.ads.creatives.page import Page
from oscine.ads.creatives.placements import Placement, length
from oscine.ads.creatives.texts import Audience
from oscine.engines.language import LanguageModel, Message
from oscine.safety import injection

SHOWN = 60  # passages of a page
LONGEST = 240  # characters of a passage
TOKENS = 160  # of a variant
PATTERN = "written"
MORE = 2  # how many times the wished number is asked for
_MARKUP = regex.compile(r"<[^>]*>|https?://\S+|\*\*|[`{}]")


def messages(page: Page, audience: Audience, lang: str, placement: Placement, count: int) -> list[Message]:
    """The published instructions, and the page as data."""
    rules = resources.files("oscine.ads.creatives").joinpath("prompts/variants.md").read_text(encoding="utf8")
    told = {
        "audience": {"name": line(audience.name), "description": line(audience.description)},
        "language": lang, "variants": count,
        "longest": {"headline": placement.headline, "body": placement.body},
        "site": page.site,
        "passages": [{"number": one.number, "text": injection.cleaned(one.text)[:LONGEST]} for one in page.passages[:SHOWN]],
    }  # fmt: skip
    return [{"role": "system", "content": rules}, {"role": "user", "content": json.dumps(told, ensure_ascii=False)}]


def drafts(model: LanguageModel, page: Page, audience: Audience, lang: str, placement: Placement, count: int) -> Iterator[Draft]:
    """What a model writes, within the placement's lengths. Raises `EngineUnavailable`."""
    asked = min(MORE * count, 20)
    said = "".join(model.write(messages(page, audience, lang, placement, asked), TOKENS * asked))
    for told in _objects(said):
        headline, body = (_plain(told.get(name)) for name in ("headline", "body"))
        fits = length(headline) <= placement.headline and length(body) <= placement.body
        if headline and fits and not injection.steers(f"{headline} {body}"):
            yield Draft(headline.rstrip("."), body, PATTERN, (headline, body), 0.0, frozenset(("heading",)))


def _objects(said: str) -> Iterator[dict[str, Any]]:
    """The JSON objects of a reply, whatever stands around them."""
    decoder = json.JSONDecoder()
    at = said.find("{")
    while at >= 0:
        try:
            told, end = decoder.raw_decode(said, at)
        except (ValueError, RecursionError):
            end, told = at + 1, None
        if isinstance(told, dict) and "headline" in told:
            yield told
        elif told is not None:
            end = at + 1
        at = said.find("{", end)


def _plain(told: object) -> str:
    return line(_MARKUP.sub("", injection.visible(told))) if isinstance(told, str) else ""
