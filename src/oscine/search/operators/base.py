"""What an operator is: a row of the table, with the helpers that several families share.

A condition is SQL in which `p` is the post. One that looks at other posts or at people reads from the view's own names (`seen`, `people`,
`me`, `policy`; see `oscine.view`), never from the tables: so that nothing hidden decides what is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

import regex
from psycopg.sql import SQL, Composable, Literal

from oscine import text
from oscine.records import ANONYMOUS, Viewer

NONE_BESIDE: Mapping[str, str] = {}


class Unanswerable(ValueError):
    """What is asked is understood, and cannot be answered: it is left out, and the reason is told."""


class Reading(NamedTuple):
    """What a value is read with: the moment of the query, who asks, and the other operators of the query with their texts."""

    now: datetime
    viewer: Viewer = ANONYMOUS
    beside: Mapping[str, str] = NONE_BESIDE


class Operator(NamedTuple):
    """One operator.

    `read` makes a value of a text. It raises `ValueError` with half a sentence for a text that is none of its values, which is then
    searched as words, and `Unanswerable` for what is left out. `condition` makes SQL of the value; without one, the operator says how
    to search, not what to find. `means` says the value in words, `unless` its contrary, where a rule of English does not do.
    `values` are those it can be completed with; `topical`: whether its text is part of what a good result is about.
    """

    name: str
    example: str
    help: str
    family: str
    read: Callable[[str, Reading], Any]
    means: Callable[[Any], str]
    condition: Callable[[Any], Composable] | None = None
    unless: Callable[[Any], str] | None = None
    synonyms: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    topical: bool = False

    @property
    def typed(self) -> str:
        """As it is typed before a value: `from:`, `@`."""
        return f"{self.name}:" if regex.search(r"[a-z]", self.name) else self.name

    def says(self, value: Any, negative: bool) -> str:
        """What a value means, or what its negation does."""
        if not negative:
            return self.means(value)
        return self.unless(value) if self.unless else contrary(self.means(value))

    def written(self, raw: str) -> str:
        """A value as it is typed with the operator's first name, in a form that is read again as the same."""
        if not raw:
            return self.name
        name = self.name if self.typed.endswith(":") else self.synonyms[0]
        return f'{name}:"{raw}"' if regex.search(r"[\s()]", raw) else f"{name}:{raw}"


def contrary(means: str) -> str:
    """The contrary of `written by ann`, `with links`, `that are replies`, `that mention ann`."""
    first, _, rest = means.partition(" ")
    if first == "with":
        return f"without {rest}"
    if first != "that":
        return f"not {means}"
    return f"that are not {rest[4:]}" if rest.startswith("are ") else f"that do not {rest}"


def lexeme(found: str) -> Composable:
    """The condition that a post holds a lexeme."""
    return matching(text.quote(found))


def matching(tsquery: str) -> Composable:
    """The condition that a post's lexemes match a query as PostgreSQL spells it."""
    return SQL("p.lexemes @@ {}::tsquery").format(Literal(tsquery))


def adjacent(tokens: Iterable[text.Token]) -> str:
    """A tsquery: the tokens as they are written, at the distances at which they stand; of a name's parts and its whole, one a place."""
    apart = {token.position: token for token in tokens}
    places = sorted(apart)
    parts = [text.quote(text.exact_lexeme(apart[place])) for place in places]
    steps = ["", *(f" <{after - before}> " for before, after in pairwise(places))]
    return "".join(step + part for step, part in zip(steps, parts, strict=False))


def as_given(value: str, _reading: Reading) -> str:
    """A value that is taken as it is."""
    return value


def number(value: str, _reading: Reading) -> int:
    """A whole number that PostgreSQL takes for one."""
    if not regex.fullmatch(r"[0-9]{1,9}", value):
        raise ValueError("takes a whole number")
    return int(value)


def pattern(value: str) -> str:
    """A text for `LIKE`, in which `*` stands for anything and nothing else for more than itself."""
    return regex.sub(r"([\\%_])", r"\\\1", value.lower()).replace("*", "%")
