"""A sentence → visible changes of a steering: "fewer outrage posts, more gardening, in French" is less outrage, more of the topic gardening, only French.

Seven languages, one file of words each (`words/`), read by rules, without a model: the same sentence always says the same. What is understood comes back as
wishes, rules and dials that can be seen and taken back; what is not is said. It reads what should be more, less, never or only; not for how long ("until
Friday"), not when ("in the evening"), not two conditions at once that hold together ("no politics from @bob"), not what needs knowledge ("like yesterday").

lexicon.py   the words of a language as patterns
folded.py    a sentence without case and accents
peeled.py    words without those that carry nothing
clauses.py   a sentence as clauses, each with its degree
things.py    what a clause speaks of
change.py    what is changed, and a steering with it changed
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import regex

from oscine import text
from oscine.errors import InputError
from oscine.feed.sentence.change import Change, Switch, Turn, changed, checked, spoken
from oscine.feed.sentence.clauses import WANT, Clause, clauses
from oscine.feed.sentence.folded import Folded
from oscine.feed.sentence.lexicon import LANGUAGES, Lexicon, degrees, lexicon
from oscine.feed.sentence.things import Thing, may_stand_alone, says_nothing, things
from oscine.recommendation import Rule, Steering, Wish

__all__ = ["LANGUAGES", "Change", "Read", "Switch", "Turn", "Understood", "apply", "changed", "checked", "compile", "spoken"]

MAX_SENTENCE = 500  # characters; nobody says more in a breath
LONGEST = 200  # characters of what is wished for


class Understood(NamedTuple):
    """Words of the sentence, and what they change."""

    words: str
    change: Change

    @property
    def means(self) -> str:
        """In a few words of English."""
        return spoken(self.change)


class Read(NamedTuple):
    """What a sentence says, in its order; `lang` is the language that it was read as."""

    understood: tuple[Understood, ...]
    not_understood: tuple[str, ...]
    lang: str

    @property
    def changes(self) -> tuple[Change, ...]:
        """What it changes."""
        return tuple(one.change for one in self.understood)


def compile(sentence: str, lang: str | None = None, known: Callable[[str], str | None] = lambda handle: f"@{handle}") -> Read:
    """What a sentence asks for. `lang` is the language that it is in, where that is known (ISO 639-1); `known` gives NETWORK/ACCOUNT for a handle, or None
    where nobody is called so. Raises `InputError` for a sentence that is too long.
    """
    if len(sentence) > MAX_SENTENCE:
        raise InputError(f"A sentence for a feed has at most {MAX_SENTENCE} characters.", "Say it in several.")
    said = Folded(sentence)
    words = _language(said, lang)
    reading = _Reading(said, words, known)
    for clause in clauses(words, said.folded):
        reading.read(clause)
    missed = reading.missed or ([sentence.strip()] if sentence.strip() and not reading.understood else [])
    return Read(tuple(reading.understood), tuple(missed), words.lang)


def apply(steering: Steering, read: Read) -> Steering:
    """The steering with all that a sentence changes. Raises `InputError` where it would hold more than a steering may."""
    return changed(steering, read.changes)


def _language(said: Folded, lang: str | None) -> Lexicon:
    """The language given, if it is one of ours; else the one in whose words most of the sentence is said."""
    code = (lang or "").lower().partition("-")[0]
    if code in LANGUAGES:
        return lexicon(code)
    if regex.search(r"[\p{Hiragana}\p{Katakana}\p{Han}]", said.folded):
        return lexicon("ja")
    likely = text.language(said.text)
    written = [token.exact for token in text.tokens(said.text)]

    def score(code: str) -> float:
        return lexicon(code).signs(said.folded) + 3 * sum(word in text.stop_words(code) for word in written) + 4 * (code == likely)

    return lexicon(max((code for code in LANGUAGES if code != "ja"), key=score))


class _Reading:
    """Collects what the clauses of one sentence say."""

    def __init__(self, said: Folded, words: Lexicon, known: Callable[[str], str | None]) -> None:
        self.understood: list[Understood] = []
        self.missed: list[str] = []
        self._said = said
        self._lexicon = words
        self._known = known

    def read(self, clause: Clause) -> None:
        """One clause: what it changes, or that it was not understood."""
        words = self._said.original(clause.start, clause.stop).strip(" ,.;:!?、。")
        changes = [_meant(clause.means)] if clause.means else list(self._changes(clause))
        self.understood += [Understood(words, change) for change in changes if change]
        if (not changes or None in changes) and (clause.degree or not says_nothing(self._lexicon, words.lower())):
            self.missed.append(words)

    def _changes(self, clause: Clause) -> Iterator[Change | None]:
        end = clause.end
        if when := self._lexicon.words["time"].search(self._said.folded, clause.begin, end):
            self.missed.append(self._said.original(*when.span()))
            end = when.start() if when.end() >= end else end
        several = clause.degree in ("", "want", "bit more", "more", "much more", "only")
        for thing in things(self._lexicon, self._said.folded, clause.begin, end, several):
            yield self._change(thing, clause)

    def _change(self, thing: Thing, clause: Clause) -> Change | None:
        degree = clause.degree
        if not degree and self._said.folded.rstrip().endswith("?"):
            return None
        if thing.framed and not clause.own:
            degree = "only"
        elif not degree:
            if thing.name is None and not may_stand_alone(self._lexicon, self._said.folded, thing):
                return None
            degree = "only" if thing.name and thing.name.kind == "lang" else WANT
        kind, value = thing.name or ("topic", "")
        return _as_change(kind, self._value(kind, value, thing), degree)

    def _value(self, kind: str, value: str, thing: Thing) -> str:
        said = value or self._said.original(thing.begin, thing.end).strip()[:LONGEST]
        return self._known(said) or "" if kind == "author" else said


def _as_change(kind: str, value: str, degree: str) -> Change | None:
    """A wish, a rule, or a turn of a dial."""
    if not value:
        return None
    if kind == "dial":
        by = degrees().get(degree, 1.0 if degree == "only" else -1.0)
        return Turn(value, by)  # type: ignore[arg-type]  # the names of dials in the lexicons are tested
    if degree in ("never", "only"):
        return Rule(kind=kind, value=value, mode=degree)  # type: ignore[arg-type]
    return Wish(kind=kind, value=value, weight=degrees()[degree])  # type: ignore[arg-type]


def _meant(says: str) -> Change:
    """What a whole phrase says: "order newest", "personal off", "reset", "more form long"."""
    first, *rest = says.split()
    if first in ("order", "personal", "reset"):
        return Switch({"order": rest[-1:], "personal": ["personal" if rest == ["on"] else "impersonal"]}.get(first, ["reset"])[0])  # type: ignore[arg-type]
    change = _as_change(rest[0], rest[1], first)
    assert change, says
    return change
