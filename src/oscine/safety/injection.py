"""Posts that try to steer a machine: what in a text is an order, a forgery or hidden, and the text without it.

`stretches` finds orders to a model in the seven languages of `orders` (and the commonest one in ten more), chat-template marks, forged citations
and credit lines, comments and invisible HTML, links made to carry data away, and the same in disguise (`hidden`). What follows an order is what it
dictates, so an order runs to the end of its post. It judges form, not truth or intent: a post that tells how somebody ordered a chatbot about
is found too, and a lie told plainly is not. Safety does not rest on it alone: nothing that a post says is shown without who said it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

import regex

from oscine.safety import hidden
from oscine.safety.hidden import Reading, visible
from oscine.safety.orders import ORDERS, RUN_TOGETHER, TEMPLATES

__all__ = ["Stretch", "byline", "cleaned", "steers", "stretches", "visible"]

Kind = Literal["order", "template", "citation", "credit", "hidden", "encoded", "markup", "exfiltration"]
READ = 20_000  # characters of a text that are looked at; a longer one loses the rest in `cleaned`
LONGEST_NAME = 60  # characters of a name in a credit line
_SENTENCE_BEGINS = regex.compile(r"(?:[.!?…。！？]['\"”’»)]*\s+|\n)")
_MONTHS = r"(?:\p{L}{3,12}\.?|\d{1,2}\.?)"
_CITATION = regex.compile(
    r"(?:\s*(?:\[(?:post |source )?[1-9]\d?(?:, ?[1-9]\d?)*\]|【\d{1,2}[^】]{0,12}】)(?!\()"
    r"|\s*\((?:source|quelle|fuente|fonte|bron) ?: ?[^)\n]{1,60}\))(?=\s*(?:[.!?,;:]|$))",
    regex.IGNORECASE | regex.MULTILINE,
)
_CREDIT = regex.compile(r"[^\n.!?“”\"]{1,80}\((?:@[^\s,()]{1,64}, )?\d{1,2} (?:\p{L}{3,12}\.?|\d{1,2}\.?) \d{4}\) ?: ?[“\"«‘„][^\n]*")
_COMMENT = regex.compile(r"<!--[\s\S]*?(?:-->|$)|^\[(?://|comment|\^?hidden)\]: ?[#<(\"][^\n]*", regex.MULTILINE)
_UNSEEN_HTML = regex.compile(
    r"<(?P<tag>\w+)\b[^>]*(?:display ?: ?none|visibility ?: ?hidden|font-size ?: ?0|opacity ?: ?0(?!\.)"
    r"|color ?: ?(?:white|#fff(?:fff)?\b|transparent)|\bhidden\b)[^>]*>[\s\S]*?(?:</(?P=tag)>|$)"
    r"|<(?P<raw>script|style|iframe|object|template)\b[\s\S]*?(?:</(?P=raw)>|$)",
    regex.IGNORECASE,
)
_FETCH = regex.compile(
    r"!\[[^\]\n]*\]\([^)\n]*\)?"
    r"|<(?:img|iframe|link|video|audio|source|embed|object|script|svg|form|base|meta|a|image)\b[^>]*(?:src|href|action|url|data|on\w+) ?=[^>]*>?"
    r"|!?\[[^\]\n]*\]\(\s*<?(?:javascript|data|vbscript|file)\s*:[^)\n]*\)?",
    regex.IGNORECASE,
)
_CARRIES_OUT = regex.compile(
    r"(?:https?://|www\.)[^\s<>\"]*"
    r"(?:\{\{?[\w .]+\}?\}|\[(?:question|data|history|prompt|query|conversation|answer|insert|your)[^\]\n]*\]|%7b\w+%7d|\$\{\w+\}"
    r"|<(?:question|data|history|prompt|query|answer)>)\S*",
    regex.IGNORECASE,
)
_ESCAPES = regex.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])|\x9b[0-?]*[ -/]*[@-~]")
_LABELLED_LINK = regex.compile(r"\[(?P<label>[^\]\n]{1,200})\]\(\s*<?[^)\s]*>?(?:\s+[\"'][^\"'\n]*[\"'])?\s*\)")
_NOT_IN_NAMES = regex.compile(r"https?://\S+|[“”„\"«»‹›()\[\]{}<>:;|*`~#\s]+|(?<![\p{L}\p{N}])@|@(?![\p{L}\p{N}])")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_SPACE = regex.compile(r"\s+")
_ROOTS = (  # of the words for instructions and for answering: an order in another code holds one of them
    *("instr", "prompt", "rule", "regl", "rege", "regra", "regol", "answ", "respon", "repl", "repo"),
    *("rispo", "antwo", "post", "istru", "anweis", "consign", "orden"),
)


class Stretch(NamedTuple):
    """A part of a text, in code points, and what it tries."""

    start: int
    end: int
    kind: Kind


def stretches(text: str) -> list[Stretch]:
    """The parts of a text that steer, in order, none overlapping another."""
    return list(_merged(sorted(_found(text[:READ]))))


def steers(text: str) -> bool:
    """Whether a text tries to steer a machine: then a language model is not shown it at all. A number in brackets alone may be a footnote."""
    return any(stretch.kind != "citation" for stretch in _found(text[:READ]))


def cleaned(text: str) -> str:
    """What may be quoted, prompted with, and stand as evidence: the text without stretches that steer, hidden characters and links' addresses."""
    text = text[:READ]
    kept, end = [], 0
    for stretch in stretches(text):
        kept.append(text[end : stretch.start])
        end = stretch.end
    said = visible("".join([*kept, text[end:]]))
    return str(_LABELLED_LINK.sub(lambda link: link["label"], said)).strip()


def byline(name: str) -> str:
    """A name or handle as it may stand in a credit line: one line, none of the signs that credit lines and citations are made of.

    A letter that passes for one of another script is shown as `�`; a name that gives orders is no name, and comes out empty.
    """
    one_line = str(_SPACE.sub(" ", _NOT_IN_NAMES.sub(" ", visible(name)))).strip()
    if any(stretch.kind in ("order", "template", "encoded", "credit") for text in (name, one_line) for stretch in stretches(text)):
        return ""
    return str(_WORD.sub(lambda word: hidden.foreign(word[0]) if hidden.mixed(word[0]) else word[0], one_line))[:LONGEST_NAME].strip()


def _found(text: str) -> Iterator[Stretch]:
    if not text:
        return
    yield from _forms(text)
    reading = hidden.plain(text)
    for patterns, kind, other in _readings(reading):
        start = _ordered(patterns, other.words)
        if start is not None:
            yield Stretch(_begins(text, other.places[start]), len(text), kind)
    for start, end, said in hidden.encoded(text):
        if any(root in said.lower() for root in _ROOTS) and _ordered(ORDERS, hidden.plain(said).words) is not None:
            yield Stretch(start, end, "encoded")


def _readings(reading: Reading) -> Iterator[tuple[list[regex.Pattern[str]], Kind, Reading]]:
    """The ways in which a text can be read, each with the patterns to look for."""
    yield ORDERS, "order", reading
    for other in hidden.disguised(reading):
        run_together = len(other.words) < len(reading.words)
        yield RUN_TOGETHER if run_together else ORDERS, "encoded", other


def _ordered(patterns: Iterable[regex.Pattern[str]], words: str) -> int | None:
    """Where the first order begins; it runs to the end."""
    starts = [found.end() - len(found[0].lstrip(".!?:,\n ")) for pattern in patterns if (found := pattern.search(words))]
    return min(starts, default=None)


def _forms(text: str) -> Iterator[Stretch]:
    """What shows by its form, whatever the language."""
    kinds: tuple[tuple[Kind, regex.Pattern[str]], ...] = (
        ("hidden", hidden.CARRIER), ("hidden", _ESCAPES), ("citation", _CITATION), ("credit", _CREDIT), ("markup", _COMMENT),
        ("markup", _UNSEEN_HTML), ("exfiltration", _FETCH), ("exfiltration", _CARRIES_OUT),
    )  # fmt: skip
    for kind, pattern in kinds:
        yield from (Stretch(*found.span(), kind) for found in pattern.finditer(text))
    template = TEMPLATES.search(text)
    if template:
        yield Stretch(template.start(), len(text), "template")


def _begins(text: str, place: int) -> int:
    """Where the sentence begins that a place is in."""
    return max((found.end() for found in _SENTENCE_BEGINS.finditer(text, 0, place)), default=0)


def _merged(found: Iterable[Stretch]) -> Iterator[Stretch]:
    held: Stretch | None = None
    for stretch in found:
        if held and stretch.start <= held.end:
            held = held._replace(end=max(held.end, stretch.end))
        else:
            if held:
                yield held
            held = stretch
    if held:
        yield held
