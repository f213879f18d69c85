"""How well plain language is understood: `python -m oscine.evals.plain` reads the sentences of `suites/plain.jsonl` and counts.

A sentence is understood as meant if exactly the operators meant come of it, in any order, and every word of its topic stays in the query;
one that means no operator must come back as it is. Half of the sentences are held: nobody looks at single failures among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from importlib.resources import files
from typing import Annotated, NamedTuple

import msgspec

from oscine import text
from oscine.evals.metrics import Interval, wilson
from oscine.search.plain import LANGUAGES, Reading, read


class Case(msgspec.Struct, frozen=True):
    """A sentence and what is meant by it: `people` are the accounts there are, `topic` the words that must stay."""

    lang: str
    sentence: str
    now: Annotated[datetime, msgspec.Meta(tz=True)]
    people: dict[str, str]
    operators: list[str]
    topic: list[str]
    held: bool


class Row(NamedTuple):
    """A line of the table: a language or "all", a half, and how many of its sentences were understood as meant."""

    lang: str
    half: str
    correct: int
    total: int
    share: Interval


def cases() -> list[Case]:
    """The sentences of the suite."""
    lines = (files("oscine.evals") / "suites/plain.jsonl").read_text(encoding="utf8").splitlines()
    return [msgspec.json.decode(line, type=Case) for line in lines]


def understood(case: Case) -> bool:
    """Whether a sentence is understood as meant, its language unsaid."""
    reading = read(case.sentence, case.now, known(case.people))
    operators = sorted(one for part in reading.parts for one in part.operator.split())
    return operators == sorted(case.operators) and (_keeps(reading, case.topic) if operators else reading.query == case.sentence)


def known(people: dict[str, str]) -> Callable[[str], str | None]:
    """Accounts by name or handle, whatever the case and accents."""
    handles = {text.fold(name): handle for name, handle in people.items()} | {text.fold(handle): handle for handle in people.values()}
    return lambda name: handles.get(text.fold(name))


def run() -> list[Row]:
    """The table: each language and all, each half."""
    results = [(case, understood(case)) for case in cases()]
    halves = {"tuned": False, "held": True}
    return [
        _row(lang, half, [right for case, right in results if case.held is held and lang in ("all", case.lang)])
        for lang in (*LANGUAGES, "all")
        for half, held in halves.items()
    ]


def _row(lang: str, half: str, rights: list[bool]) -> Row:
    return Row(lang, half, sum(rights), len(rights), wilson(sum(rights), len(rights)))


def _keeps(reading: Reading, topic: Iterable[str]) -> bool:
    left = {token.exact for token in text.tokens(reading.query)}
    return all(token.exact in left for word in topic for token in text.tokens(word))


def main() -> None:
    """Print the table."""
    for row in run():
        print(
            f"{row.lang:4} {row.half:6} {row.correct:4} of {row.total:4}  {row.share.value:.3f}  ({row.share.low:.3f} to {row.share.high:.3f})"
        )


if __name__ == "__main__":
    main()
