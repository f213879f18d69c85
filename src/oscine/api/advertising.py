"""Ads on the wire: what a page says, variants with their claims, pictures as base64 or as a zip. It shapes and decides nothing."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from oscine.ads.creatives.creative import Audience, Claim, Creatives, Dropped, Variant
from oscine.ads.creatives.page import Page
from oscine.ads.creatives.pictures import Drawn
from oscine.ads.creatives.placements import Placement
from oscine.engines.reward import Score


def creatives(made: Creatives, topic: str, placement: Placement, audiences: Sequence[Audience]) -> dict[str, Any]:
    """The page as it was read, the variants, what was left out and why, and measures of the set."""
    return {
        "page": page(made.page, topic),
        "placement": placement._asdict(),
        "audiences": [each._asdict() for each in audiences],
        "variants": [variant(each) for each in made.variants],
        "dropped": dropped(made.dropped),
        "measures": dict(made.measures),
    }


def page(read: Page, topic: str) -> dict[str, Any]:
    """What a reader sees of a page, and what its pictures illustrate."""
    return {
        **read._asdict(),
        "topic": topic,
        "passages": [passage._asdict() for passage in read.passages],
        "pictures": [picture._asdict() for picture in read.pictures],
    }


def variant(given: Variant) -> dict[str, Any]:
    """One variant; `generated` tells whether a model wrote it."""
    return {**given._asdict(), "claims": claims(given.claims), "generated": given.by != "composed"}


def claims(given: Iterable[Claim]) -> list[dict[str, Any]]:
    """Each claim, and the numbers of its passages."""
    return [claim._asdict() for claim in given]


def dropped(given: Iterable[Dropped]) -> list[dict[str, Any]]:
    """Each text that was left out, and why."""
    return [each._asdict() for each in given]


def score(given: Score | None) -> dict[str, float | None]:
    """A reward and how unsure it is, in log-odds of a click; null where there is no reward."""
    return {"score": given.mean if given else None, "spread": given.spread if given else None}


def picture(drawn: Drawn) -> dict[str, Any]:
    """One picture, its bytes as base64."""
    return {**facts(drawn), "png": base64.b64encode(drawn.png).decode()}


def facts(drawn: Drawn) -> dict[str, Any]:
    """What is to be known of a picture."""
    return {
        "size": drawn.size.name, "width": drawn.size.width, "height": drawn.size.height, "alt": drawn.alt, "layout": drawn.layout,
        "contrast": round(drawn.contrast, 2), "smallest": round(drawn.smallest, 1), "generated": list(drawn.generated), "signed": drawn.signed,
    }  # fmt: skip


def archive(given: Iterable[Drawn], texts: dict[str, Any]) -> bytes:
    """A zip of the pictures by size, with `ads.json`: the texts, and what is to be known of each picture."""
    packed, told = io.BytesIO(), list[dict[str, Any]]()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as file:
        for drawn in given:
            told.append(facts(drawn))
            file.writestr(f"{drawn.size.name}.png", drawn.png)
        file.writestr("ads.json", json.dumps({**texts, "pictures": told}, ensure_ascii=False, indent=2))
    return packed.getvalue()
