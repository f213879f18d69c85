"""Does this sentence stand on these passages? Decided in code, never by asking a model.

A sentence is supported when its links, numbers and names all occur in the passages, most of its other content words do, it denies only what they
deny, and whoever it quotes wrote one of them. It compares words, not meaning: a true paraphrase in other words is dropped, and a sentence
that joins a passage's words into something it does not say may pass. Pure; used by ask, and by whatever else must not make things up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import regex

from oscine import text

COVERAGE = 0.75  # of a sentence's content words, how many the passages must hold
_NUMBER = regex.compile(r"\p{N}+(?:[.,]\p{N}+)*")
_LINK = regex.compile(
    r"(?:https?://|www\.)\S+|(?<![\p{L}@])[\p{L}\p{N}\-]+(?:\.[\p{L}\p{N}\-]+)*\.(?:com|net|org|info|io|ly|me|co|ru|cn|xyz|top|app|dev)\b\S*"
)
_NAME = regex.compile(r"(?<![.!?…]\s)(?<=\S\s)[\p{Lu}][\p{L}\p{M}'’\-]+|@[\p{L}\p{N}_.\-]+")
_SAID = regex.compile(r"^(?P<who>.{1,80}?)\s*(?:\([^)]*\))?\s*(?:said|says|wrote|writes|asked|asks|tweeted|posted|:)\s*[“\"«]")
NEGATIONS = frozenset(
    (
        "not no never none nothing nobody neither nor cannot without ne pas jamais rien aucun sans non mai niente nessuno senza"
        " nicht kein keine nie niemals ohne sin nunca nada nadie não nem sem niet geen nooit zonder"
    ).split()
)


class Passage(NamedTuple):
    """A post as evidence: who wrote it and what."""

    author: str
    text: str
    lang: str | None = None


class Support(NamedTuple):
    """Whether a sentence stands, and what is wrong with it where it does not."""

    holds: bool
    reason: str = ""


def support(sentence: str, passages: Sequence[Passage], lang: str | None = None) -> Support:
    """Whether `sentence` stands on `passages` taken together."""
    if not passages:
        return Support(False, "it names no post")
    said = " ".join(f"{passage.author} {passage.text}" for passage in passages)
    for check in (_links, _numbers, _names, _speaker, _negation, _coverage):
        if problem := check(sentence, passages, said, lang):
            return Support(False, problem)
    return Support(True)


def _links(sentence: str, _passages: Sequence[Passage], said: str, _lang: str | None) -> str:
    missing = [link for link in _LINK.findall(sentence) if link.rstrip(".,;:!?)”\"'") not in said]
    return f"the link {missing[0]} is in none of its posts" if missing else ""


def _numbers(sentence: str, _passages: Sequence[Passage], said: str, _lang: str | None) -> str:
    known = {_plain(number) for number in _NUMBER.findall(said)}
    missing = [number for number in _NUMBER.findall(sentence) if _plain(number) not in known]
    return f"the number {missing[0]} is in none of its posts" if missing else ""


def _plain(number: str) -> str:
    return number.replace(",", "").rstrip(".")


def _names(sentence: str, _passages: Sequence[Passage], said: str, _lang: str | None) -> str:
    known = {token.exact for token in text.tokens(said)}
    for name in _NAME.findall(sentence):
        parts = [token.exact for token in text.tokens(name) if token.kind == "word"]
        if any(part not in known and part.removesuffix("'s") not in known for part in parts):
            return f"the name {name} is in none of its posts"
    return ""


def _speaker(sentence: str, passages: Sequence[Passage], _said: str, _lang: str | None) -> str:
    found = _SAID.match(sentence)
    if not found:
        return ""
    named = {token.exact for token in text.tokens(found["who"]) if token.kind == "word"}
    writers = [{token.exact for token in text.tokens(passage.author) if token.kind == "word"} for passage in passages]
    return "" if any(named & writer for writer in writers) else f"{found['who']} wrote none of its posts"


def _negation(sentence: str, passages: Sequence[Passage], _said: str, _lang: str | None) -> str:
    if _denies(sentence) and not any(_denies(passage.text) for passage in passages):
        return "it denies what its posts do not deny"
    if not _denies(sentence) and all(_denies(passage.text) for passage in passages) and not _quoted_part(sentence, passages):
        return "its posts deny something that it does not"
    return ""


def _denies(words: str) -> bool:
    return any(token.exact in NEGATIONS or token.exact.endswith("n't") for token in text.tokens(words))


def _quoted_part(sentence: str, passages: Sequence[Passage]) -> bool:
    """Whether the sentence is a stretch of a passage word for word: then it says what the passage says there."""
    inner = [token.exact for token in text.tokens(_SAID.sub("", sentence)) if token.kind == "word"]
    for passage in passages:
        words = [token.exact for token in text.tokens(passage.text) if token.kind == "word"]
        if any(words[i : i + len(inner)] == inner for i in range(len(words) - len(inner) + 1)):
            return True
    return False


def _coverage(sentence: str, passages: Sequence[Passage], said: str, lang: str | None) -> str:
    languages = {lang, *(passage.lang for passage in passages)}
    known = {token.stem for language in languages for token in text.tokens(said, language)}
    wanted = [token for token in text.content_words(sentence, lang) if token.kind != "emoji"]
    if not wanted:
        return ""
    held = sum(any(text.stem(token.exact, language) in known for language in languages) or token.stem in known for token in wanted)
    return "" if held >= COVERAGE * len(wanted) else "most of its words are in none of its posts"
