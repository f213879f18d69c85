"""A text read for the check: its words with what each may stand for. It decides nothing."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import regex

from oscine import text
from oscine.evidence import lexicon

_PIECE = regex.compile(r"https?://\S+|[@#＠＃]?[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}]|[.,'’&\-](?=[\p{L}\p{N}]))*")
_OPENS = regex.compile(r"(?:^|[.!?…:“”\"«»(]\s*)$")
_APOSTROPHE = regex.compile(r"['’]")
_ELIDED = regex.compile(r"^(?:[dlnjmtsc]|qu|dell|all|nell|sull|dall|un)['’](?=\p{L})", regex.IGNORECASE)
_CLAUSE = regex.compile(
    r"[.!?;:,…\n]+(?=\s|$)|[–—()\[\]]|\s-+\s|\s(?:but|because|although|after|while|when|mais|ma|aber|pero|mas|maar|sondern|sino)\s"
    r"|\s(?:and|et|und|y|e|en|&)\s(?=(?:I|we|he|she|they|you|it|je|nous|il|elle|ils|elles|ich|wir|er|sie|es|yo|ella|ellos|eu|ele|ela|eles|ik|wij|hij|zij)\b)"
)


class Word(NamedTuple):
    """A word as written: `form` is folded, without elided article and possessive; `opens` says that a sentence may begin with it."""

    raw: str
    form: str
    start: int
    end: int
    opens: bool

    @property
    def capital(self) -> bool:
        """Whether it is written as a name is."""
        return self.raw.lstrip("#＃")[:1].isupper() or self.raw[0] in "@＠"


@lru_cache(maxsize=512)
def words(content: str) -> tuple[Word, ...]:
    """The words of a text in order; links are none."""
    found = []
    for match in _PIECE.finditer(content):
        raw, start = match.group(), match.start()
        if raw.startswith(("http://", "https://")):
            continue
        if elided := _ELIDED.match(raw):
            if raw[0] in "nN":
                found.append(Word(raw[0], "n", start, start + 1, bool(_OPENS.search(content[:start]))))
            raw, start = raw[elided.end() :], start + elided.end()
        form = text.fold(raw.lstrip("@#＠＃")).replace("’", "'")
        found.append(
            Word(raw, form.removesuffix("'s").removesuffix("s'") or form, start, match.end(), bool(_OPENS.search(content[:start])))
        )
    return tuple(found)


def clauses(content: str) -> list[str]:
    """A text cut where a new thing is said: at stops, commas, dashes and words such as but."""
    return [part.strip() for part in _CLAUSE.split(content) if part and part.strip()]


@lru_cache(maxsize=4096)
def content_stems(content: str, lang: str) -> tuple[tuple[str, str], ...]:
    """The words of a text that carry its topic, each as folded form and stem; numbers, links and emoji are left out."""
    kept = (token for token in text.content_words(content, lang) if token.kind in ("word", "dense"))
    forms = ((token.exact.removesuffix("'s"), token.stem) for token in kept if not token.exact[0].isdigit())
    return tuple((form, stem(form, stemmed, lang)) for form, stemmed in forms)


def stem(form: str, stemmed: str, lang: str) -> str:
    """The stem of a folded word, irregular English verbs brought to their base."""
    return lexicon.irregular().get(form, stemmed) if lang == "en" else stemmed


def language(content: str, lang: str | None) -> str:
    """The language to read a text in: the one given, else the one it seems to be in, else English."""
    return lang or text.language(content) or text.FALLBACK_LANGUAGE


def squeezed(content: str) -> str:
    """Only the letters and digits, folded: how a name looks inside a handle."""
    return regex.sub(r"[^\p{L}\p{N}]+", "", text.fold(_APOSTROPHE.sub("", content)))


def listed(form: str, lang: str) -> bool:
    """Whether a folded word is one of the lists, or has no topic: no name begins with it."""
    known = lexicon.scales(lang).find(form) or lexicon.denials(lang)[0].find(form) or form in lexicon.number_words(lang)
    spoken = any(form in words for words in lexicon.speech(lang))
    return bool(known) or spoken or text.is_stop_word(form, lang) or form in lexicon.NO_CONTENT


def ordinary(form: str, lang: str) -> bool:
    """Whether a folded word is one that any text of the language may hold."""
    return form in lexicon.ordinary(lang) or listed(form, lang)
