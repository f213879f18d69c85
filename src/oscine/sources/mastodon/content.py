"""What a status's HTML says, as plain text. https://docs.joinmastodon.org/spec/activitypub/#sanitization tells which HTML to expect; any may come.

Nothing of it is trusted: only text and the addresses of links come out. It knows nothing of statuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from oscine.errors import InputError

LONGEST = 500_000  # characters of HTML
DEEPEST = 200  # elements within elements: parsing takes time with the square of it

_PARAGRAPHS = frozenset("p div blockquote pre ul ol h1 h2 h3 h4 h5 h6 table".split())
_LINES = frozenset(("br", "li", "tr", "hr"))
_SILENT = frozenset("script style template noscript iframe object svg math head title textarea select".split())
_NEVER_NEST = frozenset("area br col embed hr img input link meta p source wbr".split())
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BREAK = re.compile(r" *(\n+) *")
_WEB = re.compile(r"https?://[^\s<>\"]+")


class Content(NamedTuple):
    """Plain text, and the addresses that it links to (mentions and tags aside), each once."""

    text: str
    urls: tuple[str, ...] = ()


class _Closing(NamedTuple):
    """What is to be written when an element's children are through."""

    text: str


def plain(html: str, mentions: Mapping[str, str] = {}) -> Content:
    """The text: paragraphs a line apart, links with their whole addresses, mentions as `@name@host` where `mentions` (address or `@name` to name) knows them.

    Raises `InputError` for what is too long or too deeply nested.
    """
    _bound(html)
    if "<" not in html and "&" not in html:
        return Content(_SPACE.sub(" ", html).strip())
    said: list[str] = []
    urls: dict[str, None] = {}
    body = LexborHTMLParser(html).body
    waiting: list[LexborNode | _Closing] = [body] if body else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, _Closing):
            said.append(node.text)
        elif (tag := str(node.tag)) == "-text":
            said.append(_SPACE.sub(" ", node.text_content or ""))
        elif tag == "a":
            said.append(_link(node, mentions, urls))
        elif tag == "img":  # a custom emoji that a server has put in already
            said.append(str(node.attributes.get("alt") or ""))
        elif tag not in _SILENT and "quote-inline" not in _classes(node):  # the last is for readers that know no quotes
            gap = "\n\n" if tag in _PARAGRAPHS else "\n" if tag in _LINES else ""
            said.append("\n\n" if tag in _PARAGRAPHS else "")
            waiting.append(_Closing(gap))
            waiting.extend(reversed(list(node.iter(include_text=True))))
    return Content(_tidy("".join(said)), tuple(urls))


def _bound(html: str) -> None:
    if len(html) > LONGEST:
        raise InputError(f"The text is longer than {LONGEST:,} characters.")
    depth = 0
    for closes, tag in _TAG.findall(html):
        if tag.lower() not in _NEVER_NEST:
            depth = max(0, depth - 1) if closes else depth + 1
        if depth > DEEPEST:
            raise InputError(f"The text has more than {DEEPEST} elements within each other.")


def _link(node: LexborNode, mentions: Mapping[str, str], urls: dict[str, None]) -> str:
    """What a link says: a mention its account, a tag itself, any other its words and its whole address."""
    href, words = str(node.attributes.get("href") or ""), _SPACE.sub(" ", node.text(deep=True)).strip()
    classes = _classes(node)
    if "mention" in classes and words.startswith("@"):
        return f"@{name}" if (name := mentions.get(href) or mentions.get(words.lower())) else words
    if "hashtag" in classes or words.startswith("#") or not _WEB.fullmatch(href):
        return words
    urls[href] = None
    shown = words.rstrip("…").removeprefix("https://").removeprefix("http://")
    return href if not shown or shown in href else f"{words} {href}"


def _classes(node: LexborNode) -> list[str]:
    return str(node.attributes.get("class") or "").split()


def _tidy(text: str) -> str:
    """The text without spaces around breaks and with no more than one empty line together."""
    kept: Callable[[re.Match[str]], str] = lambda match: match[1][:2]  # noqa: E731
    return _BREAK.sub(kept, text).strip()
