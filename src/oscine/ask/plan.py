"""Which searches a question takes: one for most; several where it compares, asks two things, or names two things that seldom stand in one post.

It works by patterns, in the seven languages whose words stand in `_WORDS`. Pure: whether two names seldom occur together, it is told. The posts found
are fused by whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from functools import cache

import regex

from oscine import text
from oscine.ask import phrases

MOST = 4  # searches for one question

_WORDS = {
    "en": {"asks": "who whom whose what which when where why how", "opens": "did does do is was are were has have can could will would should",
           "and": "and", "or": "or", "with": "and with to from", "fills": "between",
           "compares": "difference differences compare compared comparison", "more": "more most better best less worse"},
    "fr": {"asks": "qui que quoi quel quelle quels quelles quand où pourquoi comment combien", "opens": "est-ce qu'est-ce",
           "and": "et", "or": "ou", "with": "et avec à", "fills": "entre",
           "compares": "différence différences compare comparer comparaison comparé", "more": "plus moins meilleur meilleure mieux pire"},
    "it": {"asks": "chi che cosa quale quali quando dove perché come quanto quanti quante quanta", "opens": "è c'è",
           "and": "e ed", "or": "o oppure", "with": "e ed con a", "fills": "tra fra",
           "compares": "differenza differenze confronta confronto paragona paragone", "more": "più meno meglio migliore peggio peggiore"},
    "de": {"asks": "wer wen wem wessen was welche welcher welches wann wo warum wieso wie wohin woher", "opens": "ist hat kann wird",
           "and": "und", "or": "oder", "with": "und mit zu", "fills": "zwischen",
           "compares": "unterschied unterschiede unterscheidet vergleiche vergleich verglichen", "more": "mehr weniger besser schlechter"},
    "es": {"asks": "quién quiénes qué cuál cuáles cuándo dónde cómo cuánto cuántos cuántas", "opens": "por es ha",
           "and": "y e", "or": "o u", "with": "y e con a", "fills": "entre",
           "compares": "diferencia diferencias compara comparar comparación", "more": "más menos mejor peor"},
    "pt": {"asks": "quem qual quais quando onde como quanto quantos quantas", "opens": "que por o é há",
           "and": "e", "or": "ou", "with": "e com a", "fills": "entre",
           "compares": "diferença diferenças compara comparar compare comparação", "more": "mais menos melhor pior"},
    "nl": {"asks": "wie wat welke welk wanneer waar waarom hoe hoeveel", "opens": "is heeft kan",
           "and": "en", "or": "of", "with": "en met", "fills": "tussen",
           "compares": "verschil verschillen vergelijk vergeleken vergelijking", "more": "meer minder beter slechter"},
}  # fmt: skip
_COMPARATIVE = {"en": "er", "de": "er", "nl": "er"}  # how words end there that compare
_VERSUS = regex.compile(r"\b(?:vs\.?|versus)(?=\s)", regex.IGNORECASE)
_NAME = regex.compile(
    r"(?<![\p{L}\p{N}])(?:[@#$][\p{L}\p{N}_]+|\p{Ll}?\p{Lu}[\p{L}\p{M}\p{N}'’\-]*)(?:\s+(?:\p{Ll}?\p{Lu}[\p{L}\p{M}\p{N}'’\-]*|\d+))*"
)
_QUESTION_END = regex.compile(r"(?<=[?？])\s+")
_MARKS = "¿?¡!.,;:"


def searches(question: str, lang: str | None, seldom: Callable[[str, str], bool] | None = None) -> list[str]:
    """The searches for a question, itself first, at most `MOST`; `seldom` tells whether two names seldom stand in one post."""
    lang = phrases.spoken(lang)
    more = [*_comparison(question, lang), *_two_questions(question, lang)]
    if not more and seldom:
        more = list(_apart(question, lang, seldom))
    return list(dict.fromkeys([question, *more]))[:MOST]


def names(question: str, lang: str | None) -> list[str]:
    """What a question names: runs of capitalised words, `@mentions`, tags; without the question word it opens with."""
    found = (_trimmed(match.group(), phrases.spoken(lang)) for match in _NAME.finditer(question))
    return list(dict.fromkeys(name for name in found if name))


def _trimmed(name: str, lang: str) -> str:
    """A name without words before it that only begin the sentence."""
    words = name.split()
    while words and (_bare(words[0]) in _list(lang, "asks", "opens", "compares") or text.is_stop_word(_bare(words[0]), lang)):
        words = words[1:]
    return " ".join(words).removesuffix("'s").removesuffix("’s")


def _bare(word: str) -> str:
    return text.fold(word.strip(_MARKS)).replace("’", "'")


@cache
def _list(lang: str, *kinds: str) -> frozenset[str]:
    """Some of a language's words, folded."""
    return frozenset(text.fold(word) for kind in kinds for word in _WORDS[lang][kind].split())


def _comparison(question: str, lang: str) -> Iterator[str]:
    """For each of the two things compared, itself with the rest of the question."""
    pair = _compared(question.strip().strip(_MARKS).strip(), lang)
    if not pair:
        return
    one, other, rest = pair
    empty = _list(lang, "asks", "opens", "compares", "fills")
    words = [token for token in text.content_words(rest, lang) if token.exact not in empty and not text.is_stop_word(token.exact, lang)]
    about = " ".join(dict.fromkeys(rest[token.start : token.end] for token in words))
    yield from (f"{thing} {about}".strip() for thing in (one, other))


def _compared(bare: str, lang: str) -> tuple[str, str, str] | None:
    """The two things that a question compares, and what else it says."""
    if versus := _VERSUS.search(bare):
        return _around(bare, versus.start(), versus.end(), lang)
    words = {token.exact for token in text.tokens(bare)}
    compares = bool(words & _list(lang, "compares"))
    for joint in _WORDS[lang]["with" if compares else "or"].split():
        for found in regex.finditer(rf"(?<=\s){joint}(?=\s)", bare, regex.IGNORECASE):
            pair = _around(bare, found.start(), found.end(), lang)
            if pair and (compares or _chooses(words, lang) or all(thing != thing.lower() for thing in pair[:2])):
                return pair
    return None


def _chooses(words: Set[str], lang: str) -> bool:
    """Whether a question asks for the better of things: `more`, `cheaper`."""
    ending = _COMPARATIVE.get(lang)
    comparatives = {word for word in words if ending and len(word) > 4 and word.endswith(ending) and not text.is_stop_word(word, lang)}
    return bool(words & _list(lang, "more") or comparatives)


def _around(bare: str, start: int, end: int, lang: str) -> tuple[str, str, str] | None:
    """The things on both sides of a joint, each a run of names or a single word, and the rest."""
    left, right = bare[:start].rstrip(), bare[end:].lstrip()
    named = next((match.group() for match in _NAME.finditer(left) if match.end() == len(left)), "")
    before = _trimmed(named or (left.split() or [""])[-1], lang)
    following = _NAME.match(right)
    after = _trimmed((following.group() if following else (right.split() or [""])[0]).strip(_MARKS), lang)
    if not before or not after:
        return None
    return before, after, f"{left.removesuffix(before)} {right.removeprefix(after)}"


def _two_questions(question: str, lang: str) -> Iterator[str]:
    """Each of two questions asked in one breath; a second that names nothing gets what the first is about."""
    asks, joints = (("|".join(map(regex.escape, _WORDS[lang][kind].split()))) for kind in ("asks", "and"))
    joint = regex.compile(rf",?\s+(?:{joints})\s+(?=¿?(?:{asks})(?=[\s'’]))", regex.IGNORECASE)
    parts = [part.strip() for whole in _QUESTION_END.split(question) for part in joint.split(whole) if _asks(part, lang)]
    if len(parts) < 2 or not _topic(parts[0], lang):
        return
    about: list[str] = []
    for part in parts:
        own = names(part, lang)
        stands_alone = own and lang != "de"  # where every noun has a capital, names tell nothing
        yield part if stands_alone or not about else " ".join([part.strip(_MARKS + " "), *(word for word in about if word not in part)])
        about = own or [part[token.start : token.end] for token in _topic(part, lang)]


def _asks(part: str, lang: str) -> bool:
    """Whether a part opens as a question does."""
    return bool({_bare(word) for word in part.split()[:3]} & _list(lang, "asks", "opens"))


def _topic(part: str, lang: str) -> list[text.Token]:
    asking = _list(lang, "asks", "opens")
    return [token for token in text.content_words(part, lang) if token.exact not in asking and not text.is_stop_word(token.exact, lang)]


def _apart(question: str, lang: str, seldom: Callable[[str, str], bool]) -> Iterator[str]:
    """For two names that seldom stand in one post, a search for each, without the other."""
    named = names(question, lang)[:2]
    if len(named) == 2 and seldom(*named):
        yield from (" ".join(question.replace(other, " ").split()) for other in named[::-1])
