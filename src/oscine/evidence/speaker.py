"""Is it the right person whose words a sentence reports? The author of a post that it cites, or somebody whom that post quotes.

It goes by the verb that reports (`says`, `a dit`, `schreibt`) or the word before a source (`according to`, `selon`) and the name beside it. It
does not resolve pronouns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from oscine.evidence import lexicon, names, reading
from oscine.evidence.reading import Word

ACCORDING = regex.compile(r"\b(?:according to|in the words of|d['’]après|de acordo com|de acuerdo con)\s+$", regex.IGNORECASE)
QUOTES = regex.compile(r"\s*(?:\([^)]*\))?\s*:\s*[“\"«]")
BESIDE = 3  # words between a name and the verb that reports
LETTERS = 4
ARTICLE = 3  # letters of an article, at most
_QUOTED_BY = regex.compile(r"(?:[\"”“:\-—–~@(.]\s*|\bvia\s+|\bRT\s+|\bby\s+|\bper\s+|\bsays?\s+|\btells?\s+)@?$", regex.IGNORECASE)


def wrong(sentence: str, lang: str, authors: Sequence[str], said: Sequence[tuple[str, str]]) -> str:
    """The person to whom a sentence gives words that are not theirs, or nothing."""
    credited = [reading.squeezed(author) for author in authors]
    for run in speakers(sentence, lang):
        if not any(_is(run, author) for author in credited) and not any(_quoted(run, content, other) for content, other in said):
            return " ".join(word.raw for word in run)
    return ""


def displaced(sentence: str, lang: str, authors: Sequence[str], said: Sequence[tuple[str, str]]) -> str:
    """An author whom a sentence names after somebody else and gives no words, though no post speaks of them; or nothing.

    Who writes a post does and says what is in it: `Ada congratulates Bo` is not `Bo congratulates Ada`.
    """
    runs = list(names.named(sentence, lang))
    if (
        len(runs) < 2
        or len(reading.words(sentence[: runs[0][0].start])) > 1
        or any(_is(runs[0], reading.squeezed(author)) for author in authors)
    ):
        return ""
    told = [run[0].start for run in speakers(sentence, lang)]
    for run in runs[1:]:
        named = " ".join(word.raw for word in run)
        writer = " ".join(author for author in authors if _is(run, reading.squeezed(author)))
        if writer and run[0].start not in told and not _spoken_of(run, reading.squeezed(writer), said):
            return named
    return ""


def _spoken_of(run: Sequence[Word], writer: str, said: Sequence[tuple[str, str]]) -> bool:
    """Whether a post speaks of its writer elsewhere than in a signature at its end."""
    bodies = " ".join(content[: -len(" ".join(word.raw for word in run)) - 3] for content, _ in said)
    named = [reading.squeezed(word.form) for word in run if len(word.form) >= LETTERS]
    return any(part in writer and part in reading.squeezed(bodies) for part in named)


def speakers(sentence: str, lang: str) -> Iterator[list[Word]]:
    """The names to which a sentence gives words."""
    verbs, whose = lexicon.speech(lang)
    found = reading.words(sentence)
    runs = list(names.named(sentence, lang))
    for number, run in enumerate(runs):
        before = [word for word in found if word.end <= run[0].start]
        after = [word for word in found if word.start >= run[-1].end]
        until = runs[number + 1][0].start if number + 1 < len(runs) else len(sentence)
        told = ACCORDING.search(sentence[: run[0].start]) or _after_source(before, whose) or QUOTES.match(sentence[run[-1].end :])
        if told or _reports_after(sentence, run, after, verbs, until) or _reports_before(sentence, before, verbs):
            yield run


def _after_source(before: Sequence[Word], whose: frozenset[str]) -> bool:
    """`selon Ada`, `según la TSA`; English `by` names too much else."""
    near = [word.form for word in before[-2:]]
    return bool(near) and (near[-1] in whose or (len(near) > 1 and near[0] in whose and len(near[1]) <= ARTICLE))


def _reports_after(sentence: str, run: Sequence[Word], after: Sequence[Word], verbs: frozenset[str], until: int) -> bool:
    """`Ada Smith, 19, says`: only what is said of the name in passing stands between it and the verb."""
    if run[0].start and not regex.search(r"(?:^|[,;:.]\s*|\b(?:but|and|that|while|as)\s)$", sentence[: run[0].start]):
        return False
    gap = ""
    for word in after[: BESIDE + 1]:
        gap = sentence[run[-1].end : word.start]
        if word.start >= until:
            return False
        if word.form in verbs:
            return not regex.search(r"[.;:]", gap) and (gap.count(",") in (0, 2))
    return False


def _reports_before(sentence: str, before: Sequence[Word], verbs: frozenset[str]) -> bool:
    """`…, schreibt Ada Smith`: after a comma or a quotation the verb stands before the name, a title may stand between."""
    for back, word in enumerate(reversed(before[-2:]), 1):
        if word.form in verbs:
            opening = sentence[: word.start].rstrip()
            return opening.endswith((",", "”", '"', "»", ":", "?", "!")) and back <= 2
    return False


def _is(run: Sequence[Word], author: str) -> bool:
    """Whether somebody is an author: a part of the name is in the author's, or in the handle."""
    parts = [reading.squeezed(word.form) for word in run]
    whole = "".join(parts)
    inside = whole in author or any(len(part) >= LETTERS and part in author for part in parts)
    return inside or (len(whole) >= LETTERS and bool(author) and author in whole)


def _quoted(run: Sequence[Word], content: str, lang: str) -> bool:
    """Whether a post gives words to this person: a verb that reports stands beside the name, or the name beside a quotation."""
    verbs, _ = lexicon.speech(lang)
    parts = {reading.squeezed(word.raw) for word in run}
    found = reading.words(content)
    for index, word in enumerate(found):
        written = reading.squeezed(word.raw)
        if not any(part == written or (len(part) >= LETTERS and part in written) for part in parts):
            continue
        if any(near.form in verbs for near in found[index + 1 : index + 1 + BESIDE]):
            return True
        beside = regex.search(r"[\"“”]", content) and _QUOTED_BY.search(content[: _first(found, index, parts)])
        if beside or _signs(found, index, content) or regex.match(r"\s*:", content[word.end :]):
            return True
    return bool(regex.search(r"[-—–~]\s*" + regex.escape(run[0].raw) + r"\b", content))


def _signs(found: Sequence[Word], index: int, content: str) -> bool:
    """Whether a name stands alone at the end, behind a stop or a hashtag, as a signature does."""
    first = index
    while first and found[first - 1].raw[0].isupper() and not regex.search(r"[.!?…]", content[found[first - 1].end : found[first].start]):
        first -= 1
    alone = first == 0 or regex.search(r"(?:[.!?…:\p{So}]|[-–—]|[#@]\w+)\s*[\"”]?\s*$", content[: found[first].start])
    return found[-1].end - found[index].end < 30 and found[-1].capital and bool(alone) and first > 0


def _first(found: Sequence[Word], index: int, parts: set[str]) -> int:
    """Where the name begins that ends with a word."""
    while index and reading.squeezed(found[index - 1].raw) in parts:
        index -= 1
    return found[index].start
