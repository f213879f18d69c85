"""Text → query. Any text is a query: what is not understood is searched as words, and `ignored` says so.

    words  "a phrase"  -not  a OR b  ( )  @mention  #tag  $cash  name:value

OR binds tighter than the space between words, as on X: `storm rain OR snow` is storm and (rain or snow). Bare words rank; phrases,
operators, and words under OR, - or ( ) must hold. It builds a tree and knows no SQL: `retrieve` turns the tree into conditions.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import regex

from oscine.search.operators import OPERATORS, Operator

MAX_QUERY = 2_000  # characters
MAX_TERMS = 200
MAX_DEPTH = 20

_TOKEN = regex.compile(
    r"""
      (?P<space>\s+)
    | (?P<open>\() | (?P<close>\))
    | (?P<phrase>"[^"]*")
    | (?P<quote>")
    | (?P<operator>(?i:[a-z_]+):(?!//)(?:"[^"]*"|[^\s()"]+))
    | (?P<minus>-(?=[^\s\-]))
    | (?P<word>[^\s()"]+)
    """,
    regex.VERBOSE,
)
_UNUSABLE = regex.compile(r"[\x00\ud800-\udfff]")  # a shell or a browser may send them; PostgreSQL takes none


class Word(NamedTuple):
    """A bare word."""

    text: str


class Phrase(NamedTuple):
    """Words next to each other, as written."""

    text: str


class Condition(NamedTuple):
    """An operator with its value."""

    operator: Operator
    value: Any
    text: str


class Not(NamedTuple):
    """What must not hold."""

    node: Node


class And(NamedTuple):
    """All must hold."""

    nodes: tuple[Node, ...]


class Or(NamedTuple):
    """One must hold."""

    nodes: tuple[Node, ...]


Node = Word | Phrase | Condition | Not | And | Or


class Understood(NamedTuple):
    """A part of the query and what it was taken to mean."""

    text: str
    operator: str
    value: str
    means: str


class Ignored(NamedTuple):
    """A part of the query that could not be taken as meant, and why."""

    text: str
    why: str


class Query(NamedTuple):
    """`words` rank, `must` has to hold; both come from `text`."""

    text: str
    words: tuple[Word, ...] = ()
    must: tuple[Node, ...] = ()
    understood: tuple[Understood, ...] = ()
    ignored: tuple[Ignored, ...] = ()

    @property
    def wanted(self) -> list[str]:
        """The texts that a good result is about: bare words, and whatever of the rest stands under no `-`."""
        return [word.text for word in self.words] + [found for node in self.must for found in _positive(node)]


def parse(text: str, now: datetime) -> Query:
    """The query that a text is; `now` is what `within_time:` counts from. Never raises."""
    text = _UNUSABLE.sub("�", text)
    parser = _Parser(text[:MAX_QUERY], now)
    if len(text) > MAX_QUERY:
        parser.ignored.append(
            Ignored(text[MAX_QUERY : MAX_QUERY + 20] + "…", f"a query has at most {MAX_QUERY:,} characters; the rest was left out")
        )
    nodes = parser.sequence(0)
    words = tuple(node for node in nodes if isinstance(node, Word))
    must = tuple(node for node in nodes if not isinstance(node, Word))
    return Query(text, words, must, tuple(parser.understood), tuple(parser.ignored))


def _positive(node: Node) -> Iterator[str]:
    if isinstance(node, Word | Phrase) or (isinstance(node, Condition) and node.operator.name in "#$@"):
        yield node.text
    elif isinstance(node, And | Or):
        for child in node.nodes:
            yield from _positive(child)


class _Parser:
    def __init__(self, text: str, now: datetime) -> None:
        self._tokens = [(str(m.lastgroup), m.group()) for m in _TOKEN.finditer(text) if m.lastgroup != "space"]
        self._at = 0
        self._terms = 0
        self._now = now
        self.understood: list[Understood] = []
        self.ignored: list[Ignored] = []

    def sequence(self, depth: int) -> list[Node]:
        """Units up to a closing parenthesis or the end, those joined by OR as one."""
        nodes: list[Node] = []
        while (token := self._peek()) and not (token[0] == "close" and depth):
            if token == ("word", "OR") and nodes:
                self._at += 1
                following = self._unit(depth) if self._peek() else None
                if following is None:
                    self._note("OR", "needs something on both sides; it was left out")
                else:
                    nodes.append(_either(nodes.pop(), following))
            elif (unit := self._unit(depth)) is not None:
                nodes.append(unit)
        return nodes

    def _peek(self) -> tuple[str, str] | None:
        if self._terms >= MAX_TERMS and self._at < len(self._tokens):
            self._note(
                " ".join(text for _, text in self._tokens[self._at :])[:40], f"a query has at most {MAX_TERMS} terms; the rest was left out"
            )
            self._at = len(self._tokens)
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _unit(self, depth: int) -> Node | None:
        """The node that begins at the next token, or None where it has no meaning of its own."""
        kind, text = self._tokens[self._at]
        self._at += 1
        self._terms += 1
        if kind == "minus":
            inner = self._unit(depth) if self._peek() else None
            return self._negated(inner)
        if kind == "open":
            return self._group(depth)
        if kind in ("close", "quote"):
            self._note(text, "has no partner; it was left out")
            return None
        if kind == "phrase":
            return Phrase(text[1:-1]) if text[1:-1].strip() else None
        if kind == "operator":
            return self._operator(text)
        return self._word(text)

    def _group(self, depth: int) -> Node | None:
        if depth >= MAX_DEPTH:
            self._note("(", f"parentheses are understood {MAX_DEPTH} deep; deeper ones were left out")
            return None
        nodes = self.sequence(depth + 1)
        if self._peek():
            self._at += 1
        else:
            self._note("(", "is never closed; it was closed at the end")
        return And(tuple(nodes)) if nodes else None

    def _negated(self, node: Node | None) -> Node | None:
        if isinstance(node, Condition):
            self.understood[-1] = self.understood[-1]._replace(text="-" + node.text, means="not " + self.understood[-1].means)
        return None if node is None else Not(node)

    def _operator(self, text: str) -> Node:
        name, _, raw = text.partition(":")
        operator = OPERATORS.get(name.lower())
        if operator is None:
            return self._as_words(text, f"{name}: is not an operator; searched as words")
        return self._condition(operator, raw.strip('"'), text)

    def _word(self, text: str) -> Node | None:
        if text in ("AND", "OR", "-"):
            self._note(text, "needs something on both sides; it was left out") if text == "OR" else None
            return None
        operator = OPERATORS.get(text[0])
        if operator and len(text) > 1 and regex.search(r"^.[\p{L}\p{N}_]", text) and not regex.match(r"\$\d", text):
            return self._condition(operator, text[1:], text)
        return Word(text)

    def _condition(self, operator: Operator, raw: str, text: str) -> Node:
        try:
            value = operator.read(raw, self._now)
        except ValueError as error:
            return self._as_words(text, f"{operator.name}: {error}; searched as words")
        self.understood.append(Understood(text, operator.name, raw, operator.means(value)))
        return Condition(operator, value, text)

    def _as_words(self, text: str, why: str) -> Node:
        self._note(text, why)
        return Word(text.replace(":", " ").replace('"', " "))

    def _note(self, text: str, why: str) -> None:
        self.ignored.append(Ignored(text, why))


def _either(left: Node, right: Node) -> Or:
    return Or((*left.nodes, right)) if isinstance(left, Or) else Or((left, right))
