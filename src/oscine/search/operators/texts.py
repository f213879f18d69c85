"""Operators of what a text says: exact words, hashtags, cash tags, languages, questions, moods. Links have a file of their own."""

from __future__ import annotations

from collections.abc import Callable

import regex
from psycopg.sql import SQL, Composable, Literal

from oscine import text
from oscine.search.operators.base import Operator, Reading, adjacent, as_given, lexeme, matching

_LETTERS = r"[[:alnum:]\u00C0-\u1FFF\u2C00-\u2DFF\u3040-\uD7FF]"
_SAID = SQL("regexp_replace(p.text, '(https?://|[@#$＠＃])\\S+', ' ', 'g')")  # a text without its links, names and tags
_WORDLESS = SQL("p.lang IS NULL AND {} !~ {}").format(_SAID, Literal(_LETTERS))
_TAGS, _NAMES = SQL("p.tags <> '{}'"), SQL("p.mentions <> '{}'")
_LINKS, _MEDIA = SQL("p.urls <> '{}'"), SQL("p.media <> '[]'")
_CASH = SQL("p.lexemes @@ '''$'':*'::tsquery")


def _all(*conditions: Composable) -> Composable:
    return SQL(" AND ").join(conditions)


def _no(condition: Composable) -> Composable:
    return SQL("NOT ({})").format(condition)


LANGUAGE_CODES: dict[str, tuple[str, Composable]] = {
    "und": ("in a language that nobody told and that cannot be recognised", SQL("p.lang IS NULL")),
    "qam": ("that hold mentions and nothing else", _all(_WORDLESS, _NAMES, *map(_no, (_TAGS, _CASH, _LINKS)))),
    "qct": ("that hold cash tags and nothing else", _all(_WORDLESS, _CASH, *map(_no, (_NAMES, _TAGS, _LINKS)))),
    "qht": ("that hold hashtags and nothing else", _all(_WORDLESS, _TAGS, *map(_no, (_NAMES, _CASH, _LINKS)))),
    "qme": ("that hold links or media and no word", _all(_WORDLESS, SQL("({} OR {})").format(_LINKS, _MEDIA), *map(_no, (_NAMES, _TAGS, _CASH)))),
    "qst": ("that are too short to have a language",
            _all(SQL("p.lang IS NULL AND {} ~ {} AND length(btrim({})) <= 20").format(_SAID, Literal(_LETTERS), _SAID))),
    "zxx": ("that hold media or a card and no text", SQL("({} OR p.card IS NOT NULL) AND p.text !~ '\\S'").format(_MEDIA)),
}  # fmt: skip
"""X's codes for what is no language, answered by what the post itself carries."""


def _tag(kind: str, sign: str) -> Callable[[str, Reading], str]:
    """A reader of hashtags and cash tags: what the analyzer takes for one."""

    def read(value: str, _reading: Reading) -> str:
        value = sign + value.lstrip(sign)
        found = [token.exact for token in text.tokens(value) if token.kind == kind and token.start == 0]
        if not found or " " in value:
            raise ValueError("is followed by letters")
        return found[0]

    return read


def _language(value: str, _reading: Reading) -> str:
    code = value.lower().partition("-")[0]
    if not regex.fullmatch(r"[a-z]{2,3}", code):
        raise ValueError("takes a language code such as en or fr")
    return code


def _in_language(code: str) -> Composable:
    return LANGUAGE_CODES[code][1] if code in LANGUAGE_CODES else SQL("p.lang = {}").format(Literal(code))


def _exact(value: str, _reading: Reading) -> str:
    if not text.tokens(value):
        raise ValueError("is followed by a word")
    return value


def _sign(sign: str, says: str) -> Operator:
    return Operator(sign, sign, says, "text", as_given, lambda _: says, lambda _: lexeme(sign))


ALL = [
    Operator("+", "+running", "with this word in exactly this form", "text", _exact, lambda v: f"with exactly the word {v}",
             lambda v: matching(adjacent(text.tokens(v))), synonyms=("exact",), topical=True),
    Operator("#", "#climate", "with this hashtag", "text", _tag("tag", "#"), lambda v: f"with the hashtag {v}", lexeme,
             synonyms=("tag", "hashtag"), topical=True),
    Operator("$", "$AAPL", "with this cash tag", "text", _tag("cash", "$"), lambda v: f"with the cash tag {v}", lexeme,
             synonyms=("cashtag",), topical=True),
    _sign("?", "that ask something"),
    _sign(":)", "that sound glad, by emoticons and emoji"),
    _sign(":(", "that sound sad, by emoticons and emoji"),
    Operator("lang", "lang:fr", "in this language; `und` and X's special codes too", "text", _language,
             lambda v: LANGUAGE_CODES[v][0] if v in LANGUAGE_CODES else f"in the language {v}", _in_language, synonyms=("language",)),
]  # fmt: skip
