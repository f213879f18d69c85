"""One table for all benchmarks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """A measured figure, what a peer gave in the same run, and what was aimed at."""

    what: str
    measured: str
    peer: str = ""
    aim: str = ""


def markdown(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    head = Row("what", "measured", "peer, same run", "aim")
    body = [head, Row("---", "---", "---", "---"), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in body)
