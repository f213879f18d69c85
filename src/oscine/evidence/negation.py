"""Does a sentence deny what its posts say, or say what they deny? By words that deny, by prefixes, and by scales of opposites, in seven languages.

It compares clause with clause, by the words that they share. It knows no irony, and takes a question for what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import regex

from oscine import text
from oscine.evidence import lexicon, meaning, reading
from oscine.evidence.meaning import Near

REACH = 3  # words after a denying word that it turns round
SURE_REACH = 2  # words after it that it surely does
BEHIND = ("de", "nl")  # languages that deny behind the verb too
PREFIXES = (("un", ""), ("in", ""), ("im", ""), ("il", ""), ("ir", ""), ("dis", ""), ("non", ""), ("des", ""), ("on", ""), ("in", "ex"))
SHORTEST = 4  # letters of a word that a prefix may turn round
NEARNESS = 4.0  # how many shared words full nearness is worth
TIE = 0.2  # of a shared word, by which two clauses are still as near
KINDS = frozenset(("man", "right", "east", "north", "first", "hot", "new"))  # scales whose one end, denied, is not the other
REFUSING = frozenset(("agree-", "confirm-", "likely-", "win-", "pass-"))  # ends of scales that words which deny by meaning stand at
LOOSE = frozenset(
    ("good", "many", "remain", "give", "save", "man", "new", "visible", "arrive", "include", "unite", "over", "major", "free")
)  # scales too wide for one end to stand for a denial of the other


class Clause(NamedTuple):
    """A clause read: how it denies (`hard`, `soft`, `weak`), its ends of scales, and its stems, each apart where a denial turns it round."""

    text: str
    lang: str
    kinds: frozenset[str]
    ends: frozenset[str]
    turned_ends: frozenset[str]
    stems: frozenset[str]
    turned_stems: frozenset[str]


def problem(sentence: str, lang: str, authors: str, said: Sequence[tuple[str, str]], near: Near | None) -> str:
    """What the sentence turns round of what is `said` (texts with their languages), or nothing."""
    posts = [clause for content, other in said for clause in _listed(read(part, other) for part in reading.clauses(content))]
    told = [read(part, lang) for part in reading.clauses(sentence) if meaning.coverage(part, lang, authors, said) is not None]
    for clause in told if posts else ():
        if found := _opposite_end(clause, posts) or _turned_word(clause, posts) or _denial(clause, posts, near):
            return found
    return _prefixed(sentence, lang, said)


def _listed(clauses: Iterable[Clause]) -> Iterator[Clause]:
    """The clauses of a text; in `I did not choose the art, headline or write the intro` the first denies for the second."""
    before: frozenset[str] = frozenset()
    for clause in clauses:
        kinds = clause.kinds | (before if regex.search(r"\b(?:or|nor)\b", clause.text) else frozenset())
        yield clause._replace(kinds=kinds)
        before = kinds


def read(part: str, lang: str) -> Clause:
    """One clause, in a language of the lists."""
    forms, idioms = lexicon.denials(lang)
    folded = text.fold(part).replace("’", "'")
    for idiom in idioms:
        folded = folded.replace(idiom, " " * len(idiom))
    found = reading.words(folded)
    kinds = [_kinds(word.form, forms) for word in found]
    plain, turned, stems, turned_stems, since = set[str](), set[str](), set[str](), set[str](), REACH + 1
    first = False  # whether the first word that a denial turns round is still to come
    for word, kind in zip(found, kinds, strict=True):
        since = 0 if "hard" in kind else since + 1
        ends, stem = lexicon.scales(lang).find(word.form), reading.stem(word.form, text.stem(word.form, lang), lang)
        if 0 < since <= SURE_REACH:
            turned |= {opposite(end) for end in ends if end[:-1] not in KINDS}
        elif since == 0 or (since > REACH and not (lang in BEHIND and any("hard" in other for other in kinds))):
            plain |= ends
        topic = not text.is_stop_word(word.form, lang)
        (turned_stems if 0 < since <= REACH and first else stems).update([stem] if topic else [])
        first = since == 0 or (first and not topic)
    return Clause(part, lang, frozenset().union(*kinds), frozenset(plain), frozenset(turned), frozenset(stems), frozenset(turned_stems))


def _kinds(form: str, forms: lexicon.Forms) -> set[str]:
    return {"hard"} if form.endswith("n't") else forms.find(form)


def opposite(end: str) -> str:
    """The other end of a scale."""
    return end[:-1] + ("-" if end[-1] == "+" else "+")


def _every(posts: Sequence[Clause], part: Callable[[Clause], frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*map(part, posts))


def _opposite_end(clause: Clause, posts: Sequence[Clause]) -> str:
    theirs = _every(posts, lambda other: other.ends | other.turned_ends)
    for end in clause.ends | clause.turned_ends:
        if end not in theirs and opposite(end) in theirs:
            return f"its posts say the opposite ({end[:-1]})"
    return ""


def _turned_word(clause: Clause, posts: Sequence[Clause]) -> str:
    """A word that is denied on one side only: the surest sign, where both use the same word."""
    plain, turned = _every(posts, lambda other: other.stems), _every(posts, lambda other: other.turned_stems)
    denying = _every(posts, lambda other: other.stems if "hard" in other.kinds else frozenset())
    for stem in _topic(clause.turned_stems, clause.lang):
        if stem in plain and stem not in turned and stem not in denying:
            return f"it denies {stem}, which its posts do not"
    for stem in _topic(clause.stems, clause.lang) if not clause.kinds else ():
        if stem in turned and stem not in plain:
            return f"its posts deny {stem}, which it does not"
    return ""


def _topic(stems: frozenset[str], lang: str) -> list[str]:
    return [stem for stem in sorted(stems) if not stem[0].isdigit()]


def _denial(clause: Clause, posts: Sequence[Clause], near: Near | None) -> str:
    """A clause that denies beside the clauses nearest to it that do not, or the other way round."""
    if clause.turned_stems & _every(posts, lambda other: other.turned_stems):
        return ""
    shares = [_share(clause, other, near) for other in posts]
    nearest = [other for other, share in zip(posts, shares, strict=True) if share >= max(shares) - TIE]
    ends, turned = _strict(_every(nearest, lambda other: other.ends)), _strict(_every(nearest, lambda other: other.turned_ends))
    if "hard" in clause.kinds or "soft" in clause.kinds:
        denied = any(other.kinds for other in (nearest if "hard" in clause.kinds else posts))
        meant = ends & (clause.turned_ends if "hard" in clause.kinds else clause.turned_ends | clause.ends & REFUSING)
        return "" if denied or meant else "it denies what its posts do not deny"
    if not clause.kinds and all("hard" in other.kinds for other in nearest) and not turned & clause.ends:
        return "its posts deny something that it does not"
    return ""


def _share(clause: Clause, other: Clause, near: Near | None) -> float:
    """How many words two clauses share, and their nearness, which decides between languages."""
    ends = (clause.ends | clause.turned_ends) & (other.ends | other.turned_ends)
    return (
        meaning.shared(clause.text, clause.lang, other.text, other.lang)
        + len(ends)
        + (NEARNESS * near(clause.text, other.text) if near else 0.0)
    )


def _strict(ends: frozenset[str]) -> frozenset[str]:
    return frozenset(end for end in ends if end[:-1] not in LOOSE)


def _prefixed(sentence: str, lang: str, said: Sequence[tuple[str, str]]) -> str:
    """A word that a prefix turns round against its posts: `unsuccessful` where they say `successful`."""
    ours = {form for form, _ in reading.content_stems(sentence, lang)}
    theirs = {form for content, other in said for form, _ in reading.content_stems(content, other)}
    for form in ours - theirs:
        if (
            form.endswith(("less", "ful"))
            and form.removesuffix("less").removesuffix("ful") + ("ful" if form.endswith("less") else "less") in theirs
        ):
            return f"{form} is turned round"
    for mine, yours in ((ours, theirs), (theirs, ours)):
        for form in mine - yours:
            for prefix, instead in PREFIXES:
                base = form.removeprefix(prefix)
                if base != form and len(base) >= SHORTEST and instead + base in yours:
                    return f"{form} is the opposite of {instead + base}"
    return ""
