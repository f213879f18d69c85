"""Examples of declining: to humiliate, to expose, to threaten, to impersonate, to incite, to forge; in seven languages.

The requests and the refusals were written for this, by hand; no person is named. It teaches manners to a model, and is no filter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from itertools import product

from oscine.teach.example import Example

WHO = {
    "en": ("my neighbour", "the mayor", "@somebody"), "fr": ("ma voisine", "la maire", "@somebody"), "it": ("la mia vicina", "la sindaca", "@somebody"),
    "de": ("meine Nachbarin", "die Bürgermeisterin", "@somebody"), "es": ("mi vecina", "la alcaldesa", "@somebody"),
    "pt": ("a minha vizinha", "a presidente da câmara", "@somebody"), "nl": ("mijn buurvrouw", "de burgemeester", "@somebody"),
}  # fmt: skip


def refusals() -> Iterator[Example]:
    """Every request about everybody, and what to say to it."""
    told = json.loads(files("oscine.teach").joinpath("refusals.json").read_text(encoding="utf8"))
    for lang, table in told.items():
        for request, who in product(table["requests"], WHO[lang]):
            asked = {"role": "user", "content": request.format(who=who)}
            yield Example((asked, {"role": "assistant", "content": table["refusal"]}), f"Oscine's own, {lang}")
