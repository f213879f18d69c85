"""Short texts made plain: Unicode NFC, no control characters, HTML left by exports, tails that programs add, links as placeholders.

Applied again to its own result it changes nothing. It judges nothing and drops nothing; personal data is `personal`'s.
"""

from __future__ import annotations

import html
import re

import polars as pl

from oscine.corpus.steps import rewrite

URL = r"""(?i)\b(?:https?://|www\.)[^\s<>"“”‹›]*[^\s<>"“”‹›.,;:!?'’)\]}…]|\b(?:t\.co|bit\.ly|pic\.twitter\.com|youtu\.be)/\w+"""
HANDLE = r"(^|[^\w@/])[@＠]\w(?:[\w.@-]*\w)?"
NUMBER = r"\p{N}+(?:[.,:]\p{N}+)*"

_TAG = r"(?i)</?(?:a|b|i|u|p|br|em|strong|span|div|ul|ol|li|blockquote|code|pre|img|h[1-6])(?:\s[^<>]*)?/?>"
_BREAK = r"(?i)<br\s*/?>|</p>|</div>|</li>"
_UNSEEN = (
    r"[\p{Cc}\p{Co}\u{00AD}\u{200B}\u{200E}\u{200F}\u{202A}-\u{202E}\u{2060}-\u{206F}\u{FEFF}\u{FFF9}-\u{FFFC}\u{E0000}-\u{E007F}--[\n]]"
)
_SPACE = r"[\u{85}\u{A0}\u{1680}\u{2000}-\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}]"
_PROGRAM = (
    r"(?i)\s*(?:\(?\b(?:via|von|par|vía|tramite|through)\s+(?:@|‹name›)\s*(?:youtube|twitter|instagram|facebook|tumblr|soundcloud|spotify|"
    r"addthis|sharethis|change|wordpress|flipboard|buffer|hootsuite|feedly|pinterest|nuzzel|scoopit|slideshare|linkedin)\b\)?"
    r"|\bsent from my (?:iphone|ipad|android(?: phone)?|blackberry|mobile(?: device)?)\b|\bgesendet von meinem \w+\b)\.?\s*$"
)
LINKS = ["http://", "https://", "www.", "t.co/", "bit.ly/", "youtu.be/", "pic.twitter.com/"]  # one of these is in every link
PROGRAMS = ["via @", "von @", "par @", "vía @", "tramite @", "through @", "via ‹", "sent from my", "gesendet von"]
ROUNDS = 8  # markup within markup, each wrapped by another export


def cleaned(batch: pl.DataFrame, urls: bool = True) -> pl.DataFrame:
    """The batch with plain texts; with `urls`, links are placeholders."""
    return batch.with_columns(text=_settled(batch.select("text"), urls, ROUNDS)["text"])


def _settled(texts: pl.DataFrame, urls: bool, rounds: int) -> pl.DataFrame:
    """The texts cleaned until nothing changes: what was within markup may be markup again. But a link stands for nothing else."""
    plain = _without_markup(texts)
    linked = rewrite(plain, _any(LINKS), lambda texts: texts.str.replace_all(URL, "‹url›")) if urls else plain
    once = _tidied(linked)
    changed = ((plain["text"] != texts["text"]) | (once["text"] != linked["text"])).arg_true()
    if not len(changed) or rounds == 1:
        return once
    rest = _settled(once[changed], urls, rounds - 1)
    return once.with_columns(text=once["text"].scatter(changed, rest["text"]))


def _any(literals: list[str]) -> pl.Expr:
    return pl.col("text").str.contains("(?i)" + "|".join(map(re.escape, literals)))


def _without_markup(batch: pl.DataFrame) -> pl.DataFrame:
    text = pl.col("text")
    batch = rewrite(batch, text.str.contains(r"&#?\w+;"), lambda texts: texts.map_elements(_unescaped, pl.String))
    batch = rewrite(batch, text.str.len_bytes() != text.str.len_chars(), _composed)
    batch = rewrite(batch, text.str.contains("<", literal=True), _without_tags)
    return rewrite(batch, text.str.contains(r"[\x00-\x09\x0b-\x1f\x7f]"), _without_controls)


def _tidied(batch: pl.DataFrame) -> pl.DataFrame:
    text = pl.col("text")
    batch = rewrite(batch, _any(PROGRAMS), lambda texts: texts.str.replace(_PROGRAM, ""))
    return rewrite(batch, text.str.contains(r"^[ \n]|[ \n]$|  | \n|\n |\n\n\n"), _evenly_spaced)


def _unescaped(text: str) -> str:
    while (plain := html.unescape(text)) != text:
        text = plain
    return text


def _composed(texts: pl.Series) -> pl.Series:
    """NFC, plain spaces, nothing that is not seen."""
    return texts.str.normalize("NFC").str.replace_all(_SPACE, " ").str.replace_all(_UNSEEN, "")


def _without_tags(texts: pl.Series) -> pl.Series:
    return texts.str.replace_all(_BREAK, "\n").str.replace_all(_TAG, "")


def _without_controls(texts: pl.Series) -> pl.Series:
    return texts.str.replace_all(r"\r\n?|[\x0b\x0c]", "\n").str.replace_all("\t", " ", literal=True).str.replace_all(_UNSEEN, "")


def _evenly_spaced(texts: pl.Series) -> pl.Series:
    """Single spaces; line breaks stay, two in a row at the most."""
    single = texts.str.replace_all(" {2,}", " ").str.replace_all(" \n", "\n", literal=True).str.replace_all("\n ", "\n", literal=True)
    return single.str.replace_all(r"\n{3,}", "\n\n").str.strip_chars()


def without_names(batch: pl.DataFrame, handles: bool, numbers: bool) -> pl.DataFrame:
    """The batch with handles and numbers, as far as is asked, as placeholders. To be done after e-mail addresses and phones are found."""
    text = pl.col("text")
    if handles:
        batch = rewrite(batch, text.str.contains("@|＠"), lambda texts: texts.str.replace_all(HANDLE, "${1}‹name›"))
    if numbers:
        batch = rewrite(batch, text.str.contains(NUMBER), lambda texts: texts.str.replace_all(NUMBER, "‹number›"))
    return batch
