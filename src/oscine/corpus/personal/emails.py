"""E-mail addresses (RFC 5322, RFC 6531), and the ways in which people hide them from machines. A handle of the fediverse, @name@host, is none."""

# ruff: noqa: E501 (a pattern is one line)

from __future__ import annotations

import re
from collections.abc import Iterator

_AT = r"at|arroba|arobase|chiocciola|klammeraffe|apenstaartje|ät"
_DOT = r"dot|punto|punkt|ponto"
_TLD = r"com|org|net|edu|gov|info|io|me|co|dev|app|uk|de|fr|it|es|pt|nl|br|in|eu|us|ca|au|ch|at|be|ie|pl|se|no|dk|fi|jp"
_SPOKEN = r"com|org|net|edu|gov|info|io|co|dev|app|uk|de|fr|eu|ca|au|ch|ie|pl|jp"  # those that are no words
_PART = r"[^\W_](?:[\w-]*[^\W_])?"
HINT = rf"@ ?\[?[\w-]+ ?(?:[.:\]]|[(\[{{]|(?i:{_DOT}))|[(\[{{<] ?(?i:{_AT}) ?[)\]}}>]|(?i: (?:{_AT}) \S{{1,40}} (?:{_DOT}) )"

_DOTTED = rf"(?: ?[(\[{{<] ?(?:{_DOT}|\.) ?[)\]}}>] ?| (?:{_DOT}) |\.)"
_PATTERN = re.compile(
    rf"""(?<![\w@.+]) (?: "[^"\s@][^"@]{{0,60}}" | [\w.%'+~-]{{0,63}}[\w+~-] ) @ (?: {_PART}(?:\.{_PART})*\.[^\W\d_][\w-]*[^\W_] | \[[\d.a-fA-F:IPv]+\] )
    | (?<![\w@.])[\w.+-]+ \ ? (?:[(\[{{<]\ ?(?:{_AT}|@)\ ?[)\]}}>]) \ ? {_PART} (?:{_DOTTED.replace(" ", "[ ]")}{_PART}){{1,3}}
    | (?<![\w@.])[\w.+-]+ [ ](?:{_AT})[ ] {_PART} (?:[ ](?:{_DOT})[ ]{_PART}){{0,2}} [ ](?:{_DOT})[ ](?:{_SPOKEN})\b
    | (?<![\w@.])[\w.+-]+ \ ?@\ ? {_PART} (?:{_DOTTED.replace(" ", "[ ]")}{_PART}){{0,2}} (?:[ ]?[(\[{{<][ ]?(?:{_DOT})[ ]?[)\]}}>][ ]?|[ ](?:{_DOT})[ ]|[ ]\.[ ]?)(?:{_TLD})\b
    """,
    re.VERBOSE | re.IGNORECASE,
)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where e-mail addresses stand."""
    return (match.span() for match in _PATTERN.finditer(text))
