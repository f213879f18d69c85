"""What a post says, as an answer quotes it, and who said it: word for word, without links, cut between words only.

Entities are decoded, so that nobody reads `&amp;`; the names that a reply opens with, a pile of tags at the end, and what tries to steer a machine
are left out. It chooses no post, and it checks nothing.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

import regex

from oscine import text
from oscine.ask import phrases
from oscine.safety.injection import byline, cleaned
from oscine.view import SeenPost

LONGEST = 220  # characters of a quote
READ = 1_000  # characters of a post that are compared
_ENTITY = regex.compile(r"&(?:[A-Za-z]{2,8}|#\d{1,6}|#x[0-9A-Fa-f]{1,5});")
_LINK = regex.compile(r"(?:https?://|www\.|pic\.twitter\.com/)\S+")
_HANDLE = regex.compile(r"[\p{L}\p{N}_.\-]{1,64}(?:@[\p{L}\p{N}.\-]{1,64})?")
_SPACE = regex.compile(r"\s+")
_ADDRESSED = regex.compile(r"^(?:RT\s+)?(?:\.?@[\p{L}\p{N}_.\-]+(?:@[\p{L}\p{N}.\-]+)?:?\s+)+")
_TAGS_AT_THE_END = regex.compile(r"(?:\s+[#$@][\p{L}\p{N}_.]+){3,}\s*$")
_TAGS_AT_THE_START = regex.compile(r"^(?:[#$][\p{L}\p{N}_.]+[\s,:]+){2,}")
_SAYS = regex.compile(r"(?:^|[\s\W])(?<![#$@])[\p{L}\p{N}]|\p{Extended_Pictographic}")
_TORN = regex.compile(r"(?<=\S)\s+\S*(?:…|\.\.\.)$")  # a word that the network itself cut off
_SENTENCE = regex.compile(r"(?<=[.!?…。！？][\"”»“']?)\s+|\n+")


def plain(post: str) -> str:
    """All that a post says, in one line; empty where all of it steers."""
    return str(_SPACE.sub(" ", _without_links(post))).strip()


def _without_links(post: str) -> str:
    return str(_LINK.sub("", cleaned(_ENTITY.sub(lambda found: html.unescape(found.group()), post))))


def body(post: str) -> str:
    """`plain`, without whom it addresses and the tags piled up around it; all of it where nothing else is there."""
    whole = plain(post)
    core = _core(whole)
    return core if _SAYS.search(core) else whole


def spoken(post: str) -> str:
    """Much the same as `body`, a hundred times faster: to be counted and compared, never to be shown."""
    return _core(str(_SPACE.sub(" ", _LINK.sub("", post))).strip())


def stems(seen: SeenPost) -> frozenset[str]:
    """What a post is about: the stems of its words of topic, whatever is only addressed, linked, or a pile of tags left out."""
    found = text.content_words(spoken(seen.post.text[:READ]), seen.post.lang)
    return frozenset(token.stem for token in found if not text.is_stop_word(token.exact, seen.post.lang))


def _core(whole: str) -> str:
    inner = _TAGS_AT_THE_END.sub("", _TAGS_AT_THE_START.sub("", _ADDRESSED.sub("", whole)))
    return _paired(str(_TORN.sub(" …", inner.rstrip(" :|–—-"))).strip())


def _paired(words: str) -> str:
    """The words without quotation marks at an end whose partner is not there."""
    if words.count('"') == 1 and (words[0] == '"' or words[-1] == '"'):
        words = words.strip('"')
    while words.count("”") > words.count("“") + words.count("„") and words.endswith("”"):
        words = words[:-1]
    return words.removeprefix("“").strip() if "”" not in words and words.startswith("“") else words.strip()


def sentences(post: str) -> list[str]:
    """The sentences of a post, each `plain`; lines are sentences."""
    return [clean for part in _SENTENCE.split(_without_links(post)) if (clean := str(_SPACE.sub(" ", part)).strip())]


def quote(post: str, about: frozenset[str] = frozenset(), lang: str | None = None, longest: int = LONGEST) -> str:
    """What to quote of a post: its `body`, or of a longer one the stretch of sentences that holds most of the stems `about`."""
    whole = body(post)
    if len(whole) <= longest:
        return whole
    parts = sentences(post) or [whole]
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


def credit(seen: SeenPost, lang: str | None = None) -> str:
    """Who wrote a post and on which day, as a language writes it: `Ann (@ann, 3 May 2014)`."""
    name, known_as = _names(seen)
    day = phrases.day(seen.post.created_at, lang)
    if known_as:
        return phrases.say("credit", lang, name=name, handle=f"@{known_as}", day=day)
    return phrases.say("credit_name", lang, name=name, day=day)


def name(seen: SeenPost) -> str:
    """Who wrote a post: `Ann (@ann)`."""
    name, known_as = _names(seen)
    return f"{name} (@{known_as})" if known_as else name


def _names(seen: SeenPost) -> tuple[str, str]:
    """An account's name, and its handle where that is another."""
    known_as, name = handle(seen.author.handle), byline(seen.author.name)
    return (name, known_as) if name and known_as and seen.author.name != seen.author.handle else (known_as or name or "?", "")


def handle(raw: str) -> str:
    """A handle as it is written, underscores and all, if it is one and gives no orders."""
    return raw if _HANDLE.fullmatch(raw) and byline(raw) else byline(raw)


def said(seen: SeenPost, lang: str | None, about: frozenset[str] = frozenset(), longest: int = LONGEST, uncover: bool = False) -> str:
    """A post's credit and quote; of a covered one why it is covered, unless `uncover`; empty where there is nothing to quote."""
    if seen.blurred and not uncover:
        return phrases.say("covered", lang, credit=credit(seen, lang), reason=plain(seen.blurred)[:80])
    words = quote(seen.post.text, about, seen.post.lang, longest)
    return phrases.say("said", lang, credit=credit(seen, lang), quote=phrases.quoted(words, lang)) if words else ""
