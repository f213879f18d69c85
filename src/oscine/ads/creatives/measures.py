"""How distinct, how fitting and how readable a set of ad texts is, as numbers.

Distinctness is 1 - the mean similarity of all pairs (0: all the same). Fit is how much nearer a text is to its own audience's description than to the
other audiences' (positive: nearer). Readability is LIX (Björnsson 1968): words per sentence + 100 × share of words of more than six letters; below 30
very easy, 40 to 50 as a newspaper, above 60 hard. LIX asks for spaces between words: scripts without them have none. None of these tells whether people
like a text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

import regex

from oscine.ads.creatives.nearness import Matrix, Nearness
from oscine.ads.creatives.page import sentences
from oscine.ads.creatives.texts import Audience, Variant

LONG = 6  # letters, above which a word is long
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}'’\-]*")
_DENSE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")


def measured(variants: Sequence[Variant], audiences: Sequence[Audience], near: Nearness) -> dict[str, object]:
    """The measures of a set, and of each variant in the order given."""
    fits = fit(variants, audiences, near)
    hard = [lix(f"{variant.headline}. {variant.body}") for variant in variants]
    told: dict[str, object] = {
        "distinctness": {"words": distinctness([_whole(variant) for variant in variants], near.by_words)},
        "fit": _mean(fits), "readability": _mean(hard), "by": near.by,
        "variants": [{"fit": one, "readability": other} for one, other in zip(fits, hard, strict=True)],
    }  # fmt: skip
    if near.by == "vectors":
        told["distinctness"] = {
            **_mapping(told["distinctness"]),
            "vectors": distinctness([_whole(variant) for variant in variants], near.between),
        }
    return told


def distinctness(texts: Sequence[str], likeness: object) -> float | None:
    """1 - the mean similarity of all pairs; None for fewer than two."""
    if len(texts) < 2:
        return None
    alike: Matrix = likeness(texts, texts)  # type: ignore[operator]
    count = len(texts)
    return round(1 - (float(alike.sum()) - float(alike.trace())) / (count * (count - 1)), 3)


def fit(variants: Sequence[Variant], audiences: Sequence[Audience], near: Nearness) -> list[float | None]:
    """Of each variant, its nearness to its own audience less the mean nearness to the others; None where there is one audience only."""
    if len(audiences) < 2 or not variants:
        return [None] * len(variants)
    table = near.between([_whole(variant) for variant in variants], [described(audience) for audience in audiences])
    names = [audience.name for audience in audiences]
    own = [names.index(variant.audience) for variant in variants]
    return [round(float(row[at] - (row.sum() - row[at]) / (len(row) - 1)), 3) for row, at in zip(table, own, strict=True)]


def lix(text: str) -> float | None:
    """The readability of a text; None where it has no words between spaces."""
    found = _WORD.findall(text)
    if not found or len(_DENSE.findall(text)) > len(text) / 4:
        return None
    return round(len(found) / max(1, len(sentences(text))) + 100 * sum(len(word) > LONG for word in found) / len(found), 1)


def described(audience: Audience) -> str:
    """An audience in one line."""
    return f"{audience.name}. {audience.description}".strip()


def _whole(variant: Variant) -> str:
    return f"{variant.headline} {variant.body}"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(fmean(known), 3) if known else None


def _mapping(told: object) -> Mapping[str, object]:
    assert isinstance(told, dict)
    return told
