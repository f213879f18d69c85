"""Who may not be aimed at: by health, politics, religion, sexuality, ethnicity or union membership, and nobody who is a minor.

The categories are those of the GDPR (Article 9) and of the Digital Services Act (Articles 26 and 28). The words of seven languages are looked for in
name and description, whichever language they are in: who says the same in other words, or in another language, is not seen.
"""

from __future__ import annotations

from functools import cache

import regex

from oscine.ads.creatives.texts import Audience
from oscine.ads.creatives.words import folded, table
from oscine.errors import InputError
from oscine.safety.injection import visible

LONGEST_NAME, LONGEST = 100, 2_000  # characters of a name, of a description


def check(audience: Audience) -> None:
    """Raise `InputError` naming the rule for an audience that may not be aimed at; an empty name is everybody."""
    if len(audience.name) > LONGEST_NAME or len(audience.description) > LONGEST:
        raise InputError(
            f"An audience has at most {LONGEST_NAME} characters of name and {LONGEST} of description.", "Say it in fewer words."
        )
    for part in (audience.name, audience.description):
        if rule := sensitive(part):
            raise InputError(f"{why(rule)} (rule: {rule}; audience: {audience.name[:60]})", "Say what they do or need instead.")


def why(rule: str) -> str:
    """The sentence of a rule."""
    return table("audiences")[rule]["why"]


def sensitive(said: str) -> str:
    """The rule that a description of people breaks, or nothing."""
    plain = folded(visible(said))
    for lang in table("audiences")["fine"]:
        plain = _fine(lang).sub(" … ", plain)
    return next((rule for rule in table("audiences") if "why" in table("audiences")[rule] and _rule(rule).search(plain)), "")


@cache
def _fine(lang: str) -> regex.Pattern[str]:
    """What is about grown-ups who have to do with minors, and what only looks like a rule's words."""
    told = table("audiences")
    adults, minors, joins = (told[name][lang] for name in ("adults", "with_minors", "joins"))
    carers = rf"(?:{adults})\s(?:(?!(?:{joins})\b)[\w'’-]+\s){{0,4}}?(?:{minors})"
    return regex.compile(rf"(?<!\w)(?:{carers}|{told['fine'][lang]})(?!\w)")


@cache
def _rule(rule: str) -> regex.Pattern[str]:
    listed = "|".join(words for key, words in table("audiences")[rule].items() if key != "why")
    parts = (rf"{part[:-1]}(?!\w)" if part.endswith("$") else part for part in _split(listed))
    return regex.compile(rf"(?<!\w)(?:{'|'.join(parts).replace(' ', ' ?')})")  # as a hashtag has it, too


def _split(listed: str) -> list[str]:
    """The alternatives of a list, those in parentheses left whole."""
    return [part for part in regex.split(r"\|(?![^()]*\))", listed) if part]
