"""How much of a sentence's meaning its posts hold: shared words and, where the caller can tell, nearness of the whole.

Words are shared if they have a stem, a beginning (in two languages: `Demokraten`, `democrats`) or an end of a scale in common. Few shared words will do
where `near` is high; the weights are fitted by `python -m oscine.evals.evidence --fit`. Nearness cannot tell a fact from its opposite: the other checks do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from oscine.evidence import lexicon, names, reading

COVERAGE = 0.75  # of a sentence's content words, how many the posts must hold where nobody can tell nearness
ENOUGH = {"bias": -6.17, "coverage": 2.79, "near": 9.29, "foreign": 1.51}
LIKELY = 0.12  # how likely it must be, by these weights, that the sentence says what its posts say
COSINE = {"floor": 0.78, "ceiling": 0.95}  # of multilingual-e5-small: unrelated posts, and near copies
BEGINNING = 5  # letters in common that make two words one

Near = Callable[[str, str], float]


def calibrated(cosine: float) -> float:
    """The cosine of two passages by multilingual-e5-small as a nearness from 0 (as unrelated posts are) to 1 (as copies are)."""
    return min(1.0, max(0.0, (cosine - COSINE["floor"]) / (COSINE["ceiling"] - COSINE["floor"])))


def shared(one: str, lang: str, other: str, other_lang: str) -> int:
    """How many content words of one text the other holds."""
    return len(held(one, lang, [(other, other_lang)])[0])


def held(sentence: str, lang: str, said: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """The content words of a sentence that the texts hold, and the others."""
    forms = {form for content, other in said for pair in reading.content_stems(content, other) for form in pair}
    begun = {form[:BEGINNING] for form in forms if len(form) >= BEGINNING}
    ends = {end for content, other in said for form, _ in reading.content_stems(content, other) for end in lexicon.scales(other).find(form)}
    found: tuple[list[str], list[str]] = [], []
    for form, stem in reading.content_stems(sentence, lang):
        holds = form in forms or stem in forms or form[:BEGINNING] in begun or lexicon.scales(lang).find(form) & ends
        found[0 if holds else 1].append(form)
    return found


def coverage(sentence: str, lang: str, authors: str, said: Sequence[tuple[str, str]]) -> float | None:
    """The share of a sentence's content words that the texts hold, names of authors and verbs that report left out; None where none is left.

    Names count as held: they are checked by themselves.
    """
    verbs, _ = lexicon.speech(lang)
    credited, named = reading.squeezed(authors), {word.form for run in names.named(sentence, lang) for word in run}
    there, missing = ([form for form in part if form not in verbs and form not in credited] for part in held(sentence, lang, said))
    there, missing = [*there, *(named & set(missing))], [form for form in missing if form not in named]
    return len(there) / (len(there) + len(missing)) if there or missing else None


def enough(covered: float | None, near: float | None, foreign: bool) -> bool:
    """Whether a sentence of which so much is covered, and which is so near, says what its posts say; `foreign`: in another language than theirs."""
    if covered is None:
        return True
    if near is None:
        return covered >= COVERAGE
    facts = {"bias": 1.0, "coverage": covered, "near": near, "foreign": float(foreign)}
    return covered >= COVERAGE or 1 / (1 + math.exp(-sum(weight * facts[name] for name, weight in ENOUGH.items()))) >= LIKELY
