"""What a post says, as an answer quotes it: word for word, without links, cut between words only.

Entities are decoded, so that nobody reads `&amp;`; the names that a reply opens with and a pile of tags at the end are left out. It chooses no post,
and it checks nothing.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

import regex

from oscine import text

LONGEST = 220  # characters of a quote
_ENTITY = regex.compile(r"&(?:[A-Za-z]{2,8}|#\d{1,6}|#x[0-9A-Fa-f]{1,5});")
_LINK = regex.compile(r"(?:https?://|www\.|pic\.twitter\.com/)\S+")
_UNSEEN = regex.compile(r"(?V1)[\p{Cc}--[\n\t]]|[\p{Cf}--[\u200C\u200D]]|\p{Cs}|\p{Co}")
_SPACE = regex.compile(r"\s+")
_ADDRESSED = regex.compile(r"^(?:RT\s+)?(?:\.?@[\p{L}\p{N}_.\-]+(?:@[\p{L}\p{N}.\-]+)?:?\s+)+")
_TAGS_AT_THE_END = regex.compile(r"(?:\s+[#$@][\p{L}\p{N}_.]+){3,}\s*$")
_SENTENCE = regex.compile(r"(?<=[.!?…。！？][\"”»“']?)\s+|\n+")


def plain(post: str) -> str:
    """All that a post says, in one line: links, signs that nobody sees, and spaces that say nothing left out."""
    return str(_SPACE.sub(" ", _without_links(post))).strip()


def _without_links(post: str) -> str:
    decoded = _ENTITY.sub(lambda found: html.unescape(found.group()), post)
    return str(_UNSEEN.sub("", _LINK.sub("", decoded)))


def body(post: str) -> str:
    """`plain`, without whom it addresses and the tags piled up at its end; all of it where nothing else is there."""
    whole = plain(post)
    return str(_TAGS_AT_THE_END.sub("", _ADDRESSED.sub("", whole))).strip() or whole


def sentences(post: str) -> list[str]:
    """The sentences of a post, each `plain`; lines are sentences."""
    return [clean for part in _SENTENCE.split(_without_links(post)) if (clean := str(_SPACE.sub(" ", part)).strip())]


def quote(post: str, about: frozenset[str] = frozenset(), lang: str | None = None, longest: int = LONGEST) -> str:
    """What to quote of a post: its `body`, or of a longer one the stretch of sentences that holds most of the stems `about`."""
    whole = body(post)
    if len(whole) <= longest:
        return whole
    parts = sentences(_ADDRESSED.sub("", _TAGS_AT_THE_END.sub("", post))) or [whole]
    shared = [len(about & {token.stem for token in text.tokens(part, lang)}) for part in parts]
    first = max(range(len(parts)), key=lambda i: (shared[i], -i))
    return shortened(_as_many(parts[first:], longest), longest)


def _as_many(parts: Sequence[str], longest: int) -> str:
    """The first sentence and those after it that fit."""
    kept = parts[0]
    for part in parts[1:]:
        if len(kept) + 1 + len(part) > longest:
            break
        kept += " " + part
    return kept


def shortened(words: str, longest: int = LONGEST) -> str:
    """The words, or as many of the first as fit; a script without spaces is cut between characters."""
    if len(words) <= longest:
        return words
    cut = words[: longest - 1]
    return (cut if words[longest - 1].isspace() else cut.rpartition(" ")[0] or cut).rstrip(" ,;:–-") + " …"
