"""Text that hides: characters that show nothing, letters that pass for others, words written so that only a machine reads them.

It tells what is hidden and what it says when unmasked; whether that is an order, `injection` decides. Sources: Unicode TR36 and TR39
(security considerations), Unicode tag characters as carriers of text (Goodside 2024), variation selectors (Butler 2025).
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import regex

_FLAG = "\U0001f3f4(?:" + "|".join("".join(chr(0xE0000 + ord(c)) for c in code) for code in ("gbeng", "gbsct", "gbwls")) + ")\U000e007f"
_JOINED = r"(?<=[\p{Extended_Pictographic}\p{EMod}\ufe0f])\u200d(?=\p{Extended_Pictographic})"
_SHAPED = r"(?<=[\p{Arabic}\p{Devanagari}\p{Bengali}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Gujarati}\p{Gurmukhi}\p{Sinhala}\p{Mongolian}])[\u200c\u200d]"
_EMOJI_STYLE = r"(?<=[\p{Extended_Pictographic}\p{EMod}0-9#*])\ufe0f"
_KEPT = rf"(?P<kept>{_FLAG}|{_JOINED}|{_SHAPED}|{_EMOJI_STYLE})"
_UNSEEN = (
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_PILED = r"(?<=\p{M}{4})\p{M}"  # more marks on a letter than any writing needs
_HIDDEN = regex.compile(rf"{_KEPT}|(?:{_UNSEEN}|{_PILED})")
CARRIER = regex.compile(
    rf"{_FLAG}(*SKIP)(*FAIL)|[\U000e0001-\U000e007f]{{4,}}|[\U000e0100-\U000e01ef]|[\ufe00-\ufe0e]{{4,}}|[\u200b-\u200f\u2060-\u2064\ufeff]{{8,}}|[\u202d\u202e]"
)  # so many in a row say something
_SPELLED = regex.compile(r"(?<![\p{L}\p{N}])\p{L}(?:[ ._*|/\\~\-]{1,3}\p{L}(?![\p{L}\p{N}])){7,}")
_QUOTES = str.maketrans("’‘ʼ", "'''")
_LEET = str.maketrans("0134578@$!|", "oieastbasil")
_LEET_WORD = regex.compile(r"\b(?=[\w@$!|]*[a-z])(?=[\w@$!|]*[0-9@$!|])[\w@$!|]{3,}")
_BASE64 = regex.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_HEX = regex.compile(r"(?:[0-9a-fA-F]{2}[\s:]?){12,}|(?:%[0-9a-fA-F]{2}){8,}|(?:&#x?[0-9a-fA-F]{2,5};){6,}|(?:\\[ux][0-9a-fA-F]{2,4}){6,}")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_MIXED = regex.compile(r"(?=.*\p{Latin})(?=.*[\p{Cyrillic}\p{Greek}\p{Armenian}\p{Cherokee}]).*", regex.DOTALL)
_FOREIGN = regex.compile(r"[\p{Cyrillic}\p{Greek}\p{Armenian}\p{Cherokee}]")
_ALIKE = dict(
    zip("авеёзіїјкмнорсԁтухһԛѕѡԝвАВЕЗІЈКМНОРСТУХЅαβεηικνορτυχγωΑΒΕΖΗΙΚΜΝΟΡΤΥΧօոսրցһӏ",
        "abeeziijkmhopcdtyxhqswwbabe3ijkmhopctyxsabenikvoptuxywabezhikmnoptyxonurghl", strict=True)
)  # fmt: skip


class Reading(NamedTuple):
    """A text as a machine may read it: `words` folded, and for each of its characters where in the text it comes from."""

    words: str
    places: Sequence[int]


def visible(text: str) -> str:
    """The text without characters that show nothing or turn it around; emoji, flags and the joiners that scripts need stay."""
    return str(_HIDDEN.sub(lambda found: found["kept"] or "", text))


def plain(text: str) -> Reading:
    """The text folded: what shows nothing left out; width, case, accents and letters of other scripts that look Latin made alike."""
    if text.isascii() and text.isprintable():
        return Reading(text.lower(), range(len(text)))
    dropped = {place for found in _HIDDEN.finditer(text) if not found["kept"] for place in range(*found.span())}
    letters = [(place, letter) for place, c in enumerate(text) if place not in dropped for letter in _folded(c)]
    return Reading(_unmix("".join(letter for _, letter in letters)).translate(_QUOTES), tuple(place for place, _ in letters))


@lru_cache(maxsize=10_000)
def _folded(character: str) -> str:
    if character.isascii():
        return character.lower()
    parts = unicodedata.normalize("NFKD", character)
    return parts.encode("ascii", "ignore").decode().lower() if parts[0].isascii() else unicodedata.normalize("NFKC", character).lower()


def mixed(word: str) -> bool:
    """Whether a word mixes Latin letters with letters of scripts that can pass for them."""
    return not word.isascii() and bool(_MIXED.fullmatch(word))


def foreign(word: str) -> str:
    """A mixed word with its borrowed letters shown as what they are: strange."""
    return str(_FOREIGN.sub("�", word))


def disguised(reading: Reading) -> Iterator[Reading]:
    """The same text with digits read as letters, and with words that are spelled letter by letter put together."""
    unleeted = _LEET_WORD.sub(lambda found: found[0].translate(_LEET), reading.words)
    if unleeted != reading.words:
        yield Reading(unleeted, reading.places)
    for found in _SPELLED.finditer(reading.words):
        kept = [place for place in range(*found.span()) if reading.words[place].isalpha()]
        yield Reading("".join(reading.words[place] for place in kept), tuple(reading.places[place] for place in kept))


def encoded(text: str) -> Iterator[tuple[int, int, str]]:
    """Stretches of a text that are text in another code, each with what it says: base64, hexadecimal, ROT13, written backwards, tag characters."""
    for found in _BASE64.finditer(text):
        yield from ((*found.span(), said) for said in _from_base64(found[0]))
    for found in _HEX.finditer(text):
        yield from ((*found.span(), said) for said in _from_hex(found[0]))
    for found in CARRIER.finditer(text):
        yield (*found.span(), "".join(chr(ord(c) - 0xE0000) for c in found[0] if 0xE0020 <= ord(c) <= 0xE007E))
    yield 0, len(text), codecs.encode(text, "rot13")
    yield 0, len(text), text[::-1]


def _from_base64(packed: str) -> Iterator[str]:
    try:
        yield base64.urlsafe_b64decode(
            packed.rstrip("=").replace("+", "-").replace("/", "_") + "=" * (-len(packed.rstrip("=")) % 4)
        ).decode()
    except (binascii.Error, ValueError):
        return


def _from_hex(packed: str) -> Iterator[str]:
    try:
        if packed.startswith("&"):
            yield html.unescape(packed)
        else:
            yield bytes.fromhex("".join(regex.findall(r"[0-9a-fA-F]{2}(?![0-9a-fA-F]*[ux])", packed.replace("\\u00", "")))).decode()
    except ValueError:
        return


def _unmix(words: str) -> str:
    """Letters of other scripts in words that are otherwise Latin, as the Latin letters that they look like."""
    return str(_WORD.sub(lambda found: "".join(_ALIKE.get(c, c) for c in found[0]) if mixed(found[0]) else found[0], words))
