"""Text → query. Any text is a query: what is not understood is searched as words, what cannot be answered is left out, and `ignored` says so.

    words  "a phrase"  "a * phrase"  -not  a OR b  a AND b  ( )  @mention  #tag  $cash  +exact  ?  :)  :(  name:value

OR binds tighter than the space between words, as on X: `storm rain OR snow` is storm and (rain or snow). Bare words rank; phrases,
operators, and words under OR, - or ( ) must hold. It builds a tree and knows no SQL: `retrieve` turns the tree into conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import regex

from oscine.records import ANONYMOUS, Viewer
from oscine.search.operators import LEFT_OUT, OPERATORS, SIGNS, Operator, Order, Reading, Unanswerable, named

MAX_QUERY = 2_000  # characters
MAX_TERMS = 200
MAX_DEPTH = 20

_TOKEN = regex.compile(
    r"""
      (?P<space>\s+)
    | (?P<sign>(?<![^\s()"\-])(?::-?[()]|\?)(?=[\s()"]|$))
    | (?P<open>\() | (?P<close>\))
    | (?P<phrase>\+?"[^"]*")
    | (?P<quote>\+?")
    | (?P<operator>(?i:[a-z_]+):(?!//)(?:"[^"]*"|[^\s()"]+))
    | (?P<minus>-(?=[^\s\-]))
    | (?P<word>[^\s()"]+)
    """,
    regex.VERBOSE,
)
_UNUSABLE = regex.compile(r"[\x00\ud800-\udfff]")  # a shell or a browser may send them; PostgreSQL takes none
_MEANT = regex.compile(r"^[-+@#$?]+")  # what a piece of a word may begin with that would make it an operator


class Word(NamedTuple):
    """A bare word."""

    text: str


class Phrase(NamedTuple):
    """Words next to each other, as written; `*` between two spaces stands for one word."""

    text: str


class Condition(NamedTuple):
    """An operator with its value; `text` as written, `raw` the value's part of it."""

    operator: Operator
    value: Any
    text: str
    raw: str


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
    """`words` rank, `must` has to hold, `sort` is the order asked for, if any; all come from `text`."""

    text: str
    words: tuple[Word, ...] = ()
    must: tuple[Node, ...] = ()
    understood: tuple[Understood, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    sort: Order | None = None

    @property
    def wanted(self) -> list[str]:
        """The texts that a good result is about: bare words, and whatever of the rest stands under no `-`."""
        return [word.text for word in self.words] + [found for node in self.must for found in _positive(node)]


def parse(text: str, now: datetime, viewer: Viewer = ANONYMOUS) -> Query:
    """The query that a text is; `now` is what `within_time:` counts from, `viewer` who `me` is. Never raises."""
    text = _UNUSABLE.sub("�", text)
    parser = _Parser(text[:MAX_QUERY], now, viewer)
    if len(text) > MAX_QUERY:
        parser.ignored.append(
            Ignored(text[MAX_QUERY : MAX_QUERY + 20] + "…", f"a query has at most {MAX_QUERY:,} characters; the rest was left out")
        )
    nodes = parser.sequence(0)
    words = tuple(node for node in nodes if isinstance(node, Word))
    must = tuple(node for node in nodes if not isinstance(node, Word))
    return Query(text, words, must, tuple(parser.understood), tuple(parser.ignored), parser.sort)


def spelled(query: Query) -> str:
    """A query as text, in one spelling: first names of operators, one space, words first. It is read as the same query again."""
    said = [OPERATORS[part.operator].written(part.value) for part in query.understood if OPERATORS[part.operator].condition is None]
    return " ".join([*(word.text for word in query.words), *map(_spell, query.must), *said])


def _spell(node: Node) -> str:
    match node:
        case Word(text):
            return f"({text})" if " " in text else text
        case Phrase(text):
            return f'"{text}"'
        case Condition(operator, _, _, raw):
            return operator.written(raw)
        case Not(inner):
            return f"-{_spell(inner)}"
        case And(nodes):
            return f"({' '.join(map(_spell, nodes))})"
        case Or(nodes):
            return " OR ".join(map(_spell, nodes))


def _positive(node: Node) -> Iterator[str]:
    if isinstance(node, Word | Phrase) or (isinstance(node, Condition) and node.operator.topical):
        yield node.text
    elif isinstance(node, And | Or):
        for child in node.nodes:
            yield from _positive(child)


class _Parser:
    def __init__(self, text: str, now: datetime, viewer: Viewer) -> None:
        self._tokens = [(str(m.lastgroup), m.group()) for m in _TOKEN.finditer(text) if m.lastgroup != "space"]
        self._at = 0
        self._terms = 0
        self._negative = False
        self._reading = Reading(now, viewer, _beside(self._tokens))
        self.understood: list[Understood] = []
        self.ignored: list[Ignored] = []
        self.sort: Order | None = None

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
            return self._negated(depth)
        if kind == "open":
            return self._group(depth)
        if kind in ("close", "quote"):
            self._note(text, "has no partner; it was left out")
            return None
        if kind == "phrase":
            words = " ".join(text.removeprefix("+")[1:-1].split())
            return Phrase(words) if words else None
        if kind == "sign":
            return self._condition(OPERATORS[text.replace("-", "")], "", text)
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

    def _negated(self, depth: int) -> Node | None:
        self._negative = not self._negative
        node = self._unit(depth) if self._peek() else None
        self._negative = not self._negative
        if isinstance(node, Condition):
            self.understood[-1] = self.understood[-1]._replace(text="-" + node.text)
        return None if node is None else Not(node)

    def _operator(self, text: str) -> Node | None:
        name, _, raw = text.partition(":")
        operator = named(name)
        if operator is None and name.lower() in LEFT_OUT:
            self._note(text, f"{LEFT_OUT[name.lower()]}; it was left out")
            return None
        if operator is None:
            return self._as_words(text, f"{name}: is not an operator; searched as words")
        return self._condition(operator, raw.strip('"'), text)

    def _word(self, text: str) -> Node | None:
        if text in ("AND", "OR", "-", ":", ":-"):
            self._note(text, "needs something on both sides; it was left out") if text == "OR" else None
            return None
        operator = SIGNS.get(text[0])
        if operator and regex.search(r"^.[\p{L}\p{N}_]", text) and not regex.match(r"[$+]\d", text):
            return self._condition(operator, text[1:], text)
        return Word(text)

    def _condition(self, operator: Operator, raw: str, text: str) -> Node | None:
        raw = raw.strip()
        label = text if operator.name == text else operator.typed
        try:
            if not raw and ":" in operator.typed[-1]:
                raise ValueError("needs a value")
            value = operator.read(raw, self._reading)
        except Unanswerable as error:
            self._note(text, f"{label} {error}; it was left out")
            return None
        except ValueError as error:
            return self._as_words(text, f"{label} {error}; searched as words")
        if operator.condition is None and self._negative:
            self._note(text, f"{label} has no contrary; it was left out")
            return None
        self.understood.append(Understood(text, operator.name, raw, operator.says(value, self._negative)))
        if operator.name == "sort":
            self.sort = value
        return Condition(operator, value, text, raw) if operator.condition else None

    def _as_words(self, text: str, why: str) -> Node | None:
        self._note(text, why)
        pieces = [_MEANT.sub("", piece) for piece in regex.split(r"[\s:\"]+", text)]
        words = " ".join(piece.lower() if piece in ("OR", "AND") else piece for piece in pieces if piece)
        return Word(words) if words else None

    def _note(self, text: str, why: str) -> None:
        self.ignored.append(Ignored(text, why))


def _beside(tokens: list[tuple[str, str]]) -> Mapping[str, str]:
    """The operators of a query, by their first names, with what is written after them."""
    written = [text.partition(":") for kind, text in tokens if kind == "operator"]
    return {operator.name: raw.strip('"') for name, _, raw in reversed(written) if (operator := named(name))}


def _either(left: Node, right: Node) -> Or:
    return Or((*left.nodes, right)) if isinstance(left, Or) else Or((left, right))
