"""Ad texts out of a page's own sentences, by the patterns of `patterns/patterns.toml`, without a language model.

Every word is the page's, but for the name of the audience and the few words of `patterns/words.toml`; nothing is promised that the page does not promise.
It cannot put a thing in other words, nor in another language.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import regex

from oscine.ads.creatives.page import Page
from oscine.ads.creatives.phrases import Phrase, capital, dense, full_stop, label_of, phrases, quoted, shortened, stems
from oscine.ads.creatives.placements import Placement, length
from oscine.ads.creatives.texts import Audience
from oscine.ads.creatives.words import words

MANY = 3  # headings, from which on a list's item alone is no headline
TOLD = frozenset(("offer", "number", "date"))  # but for one that says such a thing
QUESTION = frozenset("?？؟")
FULLEST = 3  # sentences of a body
FEWEST_LISTED, MOST_LISTED = 3, 6
ALIKE = 0.6  # of a sentence's words: what the headline says already is not said again
_PLURAL = {
    "en": r"(?:\w+s|people|parents|men|women|families|children|folk)\b",
    "de": r"\w+(?:en|er|e|s|n|innen|leute|eltern|el)\b", "fr": r"\w+[sx]\b", "es": r"\w+s\b", "pt": r"\w+s\b", "it": r"\w+[ie]\b", "nl": r"\w+(?:en|s)\b",
}  # fmt: skip


class Draft(NamedTuple):
    """A text not yet checked or ranked. `said` is what of it the page says, `near` how near that is to the audience, of 1."""

    headline: str
    body: str
    pattern: str
    said: tuple[str, ...]
    near: float
    kinds: frozenset[str] = frozenset()  # what the headline is made of


def drafts(page: Page, audience: Audience, lang: str, placement: Placement, fit: Mapping[int, float]) -> list[Draft]:
    """All texts that the patterns give, each once; `fit` tells of a passage by its number how well it suits the audience, of 1."""
    made = _Composer(page, audience, lang, placement, fit).drafts()
    return list({(draft.headline, draft.body): draft for draft in made}.values())


@cache
def patterns() -> tuple[dict[str, Any], ...]:
    """The patterns, as the file has them."""
    told = tomllib.loads(resources.files("oscine.ads.creatives").joinpath("patterns/patterns.toml").read_text(encoding="utf8"))
    return tuple(told["pattern"])


def address(audience: Audience, lang: str) -> str:
    """How a text speaks of its audience, or nothing where its name does not make a group after `For`."""
    name = " ".join(audience.name.split())
    if lang not in _PLURAL or (audience.lang or lang) != lang or len(name) > 30 or not regex.fullmatch(r"[\p{L}\p{M}'’ \-]+", name):
        return ""
    plain = name if lang == "de" else name[:1].lower() + name[1:] if name[1:2].islower() else name
    found = regex.search(_PLURAL[lang], name.split(" of ")[0] if lang == "en" else name, regex.IGNORECASE)
    return (
        plain
        if found
        and not regex.match(r"(?i)(?:an?|the|ein\w*|der|die|das|un\w*|une|el|la|los|las|il|lo|les?|o|a|os|as|een|de|het|who|i)\s", name)
        else ""
    )


class _Composer:
    """One page for one audience."""

    def __init__(self, page: Page, audience: Audience, lang: str, placement: Placement, fit: Mapping[int, float]) -> None:
        self.phrases = phrases(page, lang)
        self.lang, self.placement, self.fit = lang, placement, fit
        self.headings = sum("heading" in phrase.kinds for phrase in self.phrases)
        self.words = words(lang)
        self.site = page.site if page.site and length(page.site) <= placement.headline // 2 and "." not in page.site else ""
        self.slots = {"for": self.words.whom, "audience": address(audience, lang), "apart": self.words.apart, "site": self.site}

    def drafts(self) -> Iterator[Draft]:
        for pattern in patterns():
            if any(not value for slot, value in self.slots.items() if f"{{{slot}}}" in pattern["frame"]):
                continue
            for phrase in self.phrases:
                if phrase.kinds & set(pattern["headline"]) and self._stands(phrase, "{label}" in pattern["frame"]):
                    yield from self._draft(pattern, phrase)

    def _stands(self, phrase: Phrase, labelled: bool) -> bool:
        """Whether a phrase may be a headline: by itself or, where its heading says whom or what it is about (`Renting?`), with that before it."""
        asked = phrase.heading != phrase.text and (phrase.heading[-1:] in QUESTION or bool(label_of(phrase.heading, self.lang)))
        if labelled:
            return asked and not (phrase.leans or phrase.points)
        return not (phrase.leans or phrase.points or asked) and (
            self.headings < MANY or "item" not in phrase.kinds or bool(phrase.kinds & TOLD)
        )

    def _draft(self, pattern: Mapping[str, Any], phrase: Phrase) -> Iterator[Draft]:
        slots = {**self.slots, "label": label_of(phrase.heading, self.lang)}
        frame = pattern["frame"].format(x="", **slots)
        if "{label}" in pattern["frame"] and not frame:
            return
        x = self._head(phrase, self.placement.headline - length(frame), bool(frame))
        if not x or (frame and "{label}" not in pattern["frame"] and stems(frame, self.lang) & stems(x, self.lang)):
            return
        section = self._section(phrase)
        for parts in self._bodies(pattern["body"], phrase, section, x):
            body, said = self._joined(parts, phrase)
            if body:
                yield Draft(
                    pattern["frame"].format(x=x, **slots),
                    body,
                    pattern["name"],
                    (x, *said),
                    self._near([phrase, *section]),
                    phrase.kinds,
                )

    def _near(self, phrases: Sequence[Phrase]) -> float:
        """How well a section suits the audience: half by its best passage, half by all."""
        found = [self.fit.get(phrase.number, 0.0) for phrase in phrases]
        return 0.5 * max(found) + 0.5 * sum(found) / len(found)

    def _section(self, phrase: Phrase) -> list[Phrase]:
        """What stands under the same heading; the page's description belongs to its first."""
        return [other for other in self.phrases if self._heading(other) == self._heading(phrase)]

    def _heading(self, phrase: Phrase) -> str:
        """The heading that a phrase counts to; where it has none, the page's first, if it is of the description or an item of a list."""
        first = next((other for other in self.phrases if other.heading), None)
        if phrase.heading or first is None:
            return phrase.heading
        return first.heading if phrase.number < first.number or "item" in phrase.kinds else f"{phrase.number}"

    def _head(self, phrase: Phrase, most: int, framed: bool) -> str:
        """A phrase as a headline: shortened, no full stop, with a capital."""
        said = shortened(phrase.text, most, self.lang)
        plain = said.rstrip(".。") if not said.endswith("...") else ""
        if not plain or "; " in plain or regex.search(r"[.!?…]\s", plain) or (framed and plain[-1] in "?!？！"):
            return ""
        return capital(plain)

    def _bodies(self, kind: str, phrase: Phrase, section: Sequence[Phrase], head: str) -> Iterator[Sequence[Phrase]]:
        """What may follow a headline, each way as phrases in the order in which they are said; all from its own section, so that they belong together."""
        others = [other for other in section if other.number != phrase.number]
        sentences = [other for other in others if "sentence" in other.kinds and not self._again(other, head)]
        after = [other for other in sentences if other.number > phrase.number]
        if kind == "near":
            yield [*after, *(other for other in sentences if other not in after)]
            best = max(after, key=lambda other: self.fit.get(other.number, 0.0), default=None)
            if best and not best.points and len(after) > FULLEST - 1:
                yield [other for other in after if other.number >= best.number]
        elif kind == "answer":
            yield after
        elif kind == "list":
            yield [other for other in others if "item" in other.kinds]
        elif kind == "quote":
            first = next((other for other in self.phrases if "heading" in other.kinds), None)
            yield from ([other] for other in self.phrases if "quote" in other.kinds and phrase == first)

    def _again(self, other: Phrase, head: str) -> bool:
        ours, theirs = stems(head, self.lang), stems(other.text, self.lang)
        return bool(theirs) and len(ours & theirs) / len(theirs) >= ALIKE

    def _joined(self, parts: Sequence[Phrase], head: Phrase) -> tuple[str, list[str]]:
        """A body, and what of it the page says."""
        if parts and "item" in parts[0].kinds:
            return self._listed(parts)
        if parts and "quote" in parts[0].kinds:
            return self._quoted(parts[0])
        return self._sentences(parts, head)

    def _listed(self, parts: Sequence[Phrase]) -> tuple[str, list[str]]:
        """Items side by side, as many as there is room for."""
        said: list[str] = []
        for part in parts:
            if len(said) < MOST_LISTED and length(" · ".join([*said, part.text])) <= self.placement.body:
                said.append(capital(part.text))
        return (" · ".join(said), said) if len(said) >= FEWEST_LISTED else ("", [])

    def _quoted(self, part: Phrase) -> tuple[str, list[str]]:
        """A quotation with its name; whole, or not at all."""
        said, who = quoted(part.text)
        whole = f"“{said}” — {who}"
        return (whole, [whole]) if length(whole) <= self.placement.body else ("", [])

    def _sentences(self, parts: Sequence[Phrase], head: Phrase) -> tuple[str, list[str]]:
        """Whole sentences up to the placement's length; the first made shorter where it must be. What leans on a sentence follows it, or is left out."""
        said: list[str] = []
        last = head.number
        for part in parts:
            if (part.leans and part.number != last + 1) or any(self._again(part, one) for one in said):
                continue
            room = self.placement.body - length(" ".join([*said, ""]))
            fitting = part.text if length(part.text) <= room else "" if said else shortened(part.text, room, self.lang)
            if fitting:
                said.append(full_stop(fitting))
                last = part.number
            if len(said) == FULLEST:
                break
        return ("" if dense("".join(said)) else " ").join(said), said
