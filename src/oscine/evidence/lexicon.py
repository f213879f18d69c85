"""The word lists that the check knows by hand, and the ordinary words of seven languages; read once, from `lexicon/`.

It knows words, not sentences. A language without lists has none, and is then checked by what needs no list: numbers, names, shared words.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib import resources

from oscine import text

LANGUAGES = ("en", "fr", "it", "de", "es", "pt", "nl")
NO_CONTENT = frozenset(("tv", "ok", "rt", "via", "je", "christmas", "noel", "natale", "weihnachten", "navidad", "natal", "kerst"))


class Forms:
    """Word forms and what they stand for; a form that ends in `*` stands for all that begin so."""

    def __init__(self) -> None:
        self._whole: defaultdict[str, set[str]] = defaultdict(set)
        self._begun: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, form: str, meaning: str) -> None:
        """Let a form stand for one meaning more."""
        (self._begun if form.endswith("*") else self._whole)[form.rstrip("*")].add(meaning)

    def find(self, word: str) -> set[str]:
        """All that a folded word stands for, by its whole form and by every beginning."""
        return self.whole(word).union(*(self._begun[word[:end]] for end in range(2, len(word) + 1) if word[:end] in self._begun))

    def longest(self, word: str) -> set[str]:
        """What a folded word stands for by its whole form, else by the longest beginning that is known."""
        begun = (self._begun[word[:end]] for end in range(len(word), 1, -1) if word[:end] in self._begun)
        return self.whole(word) or next(begun, set())

    def whole(self, word: str) -> set[str]:
        """What a folded word stands for by its whole form alone."""
        return self._whole.get(word, set())


def _lines(name: str) -> Iterable[str]:
    content = resources.files("oscine.evidence").joinpath("lexicon", name).read_text(encoding="utf8")
    return [line for line in content.splitlines() if line and not line.startswith("#")]


@cache
def ordinary(lang: str) -> frozenset[str]:
    """The frequent words of a language that are no names, folded."""
    packed = resources.files("oscine.evidence").joinpath("lexicon", "words.txt.gz").read_bytes()
    for line in gzip.decompress(packed).decode().splitlines():
        code, _, words = line.partition(" ")
        if code == lang:
            return frozenset(words.split())
    return frozenset()


@cache
def kinds() -> frozenset[str]:
    """Words that say of a name what it is: `Road`, `Senator`."""
    return frozenset(" ".join(_lines("kinds.txt")).split())


@cache
def places() -> tuple[Forms, dict[str, str]]:
    """Places by the words for them and their people, and places by their abbreviations, which count in capitals only."""
    forms = Forms()
    short: dict[str, str] = {}
    for line in _lines("places.txt"):
        names = line.split()
        for name in names:
            if not name.rstrip("*").replace(".", "").isupper():
                forms.add(name.replace("_", " "), names[0])
        short |= {name.replace(".", ""): names[0] for name in names if name.replace(".", "").isupper()}
    return forms, short


@cache
def scales(lang: str) -> Forms:
    """Opposites of a language: `win+` and `win-` are the two ends of one scale."""
    forms, scale, end = Forms(), "", ""
    for line in _lines("opposites.txt"):
        if line.startswith("["):
            scale = line.strip("[]")
            continue
        end = line[0] if line[0] in "+-" else end
        for part in line[1:].split("|"):
            code, *words = part.split() or [""]
            for word in words if code == lang else ():
                forms.add(word, scale + end)
    return forms


@cache
def denials(lang: str) -> tuple[Forms, tuple[str, ...]]:
    """Words that deny (`hard`, or by meaning `soft` and `weak`) and phrases that only look so, of a language."""
    forms, idioms = Forms(), []
    for line in _lines("negation.txt"):
        kind, code, rest = line.split(" ", 2)
        if code == lang and kind == "idiom":
            idioms += [text.fold(phrase.strip()) for phrase in rest.split("|")]
        elif code == lang:
            for word in rest.split():
                forms.add(word, kind)
    return forms, tuple(sorted(idioms, key=len, reverse=True))


@cache
def number_words(lang: str) -> dict[str, tuple[float, bool]]:
    """The value of each number word of a language, and whether it is a rough one, such as hundreds."""
    found: dict[str, tuple[float, bool]] = {}
    for line in _lines("numbers.txt"):
        code, _, rest = line.partition(" ")
        for part in rest.split("|") if code == lang else ():
            value, *words = part.split()
            found |= {word: (float(value.lstrip("~")), value.startswith("~")) for word in words}
    return found


@cache
def date_words() -> dict[str, str]:
    """Months, days of the week and days told from the day of writing, in all languages."""
    return {word: line.split()[0] for line in _lines("dates.txt") for word in line.split()[1:]}


@cache
def irregular() -> dict[str, str]:
    """The base of each irregular English verb form."""
    return {form: line.split()[0] for line in _lines("irregular.txt") for form in line.split()}


@cache
def speech(lang: str) -> tuple[frozenset[str], frozenset[str]]:
    """The verbs that report what somebody says, and the words before whoever said it."""
    found: dict[str, frozenset[str]] = {}
    for line in _lines("speech.txt"):
        kind, code, *words = line.split()
        if code == lang:
            found[kind] = frozenset(words)
    return found.get("verb", frozenset()), found.get("whose", frozenset())
