"""A sentence as clauses: each a thing that is spoken of, and in what degree it is wanted.

A degree stands before what it is said of ("more cats"), or after it ("cats only"); it goes on over commas and "and" ("less sport and politics") until another
is said, "but", or a full stop. What the thing is, it does not know.
"""

from __future__ import annotations

from typing import NamedTuple

from oscine.feed.sentence.lexicon import Lexicon, Mark, marks
from oscine.feed.sentence.peeled import core

WANT = "want"


class Clause(NamedTuple):
    """`begin` to `end` is the thing, `start` to `stop` all that was said of it. `degree` is empty where none is said; `own` tells that it was said here."""

    start: int
    begin: int
    end: int
    stop: int
    degree: str
    own: bool = False
    means: str = ""  # of a whole phrase: what it says


def clauses(lexicon: Lexicon, folded: str) -> list[Clause]:
    """All clauses, in order."""
    scan = _Scan(lexicon, folded)
    for mark in marks(lexicon, folded):
        scan.take(mark)
    scan.close(len(folded))
    return scan.found


class _Scan:
    """Goes over the marks once; `_said` is the degree that stands before what comes, `_begin` where that begins."""

    def __init__(self, lexicon: Lexicon, folded: str) -> None:
        self.found: list[Clause] = []
        self._lexicon = lexicon
        self._folded = folded
        self._begin = 0
        self._said: Mark | None = None
        self._own = False

    def take(self, mark: Mark) -> None:
        """One more mark."""
        pending = self._pending(mark.start)
        if mark.sort == "after" and pending and self._may_close():
            self._after(mark)
        elif mark.sort == "before" or (mark.sort == "after" and not pending):
            self._before(mark, pending)
        elif mark.sort in ("and", "but", "stop", "means"):
            self.close(mark.start)
            self._begin = mark.end
            self._own = self._own and not pending and mark.sort == "and"
            if mark.sort != "and":
                self._said = None
            if mark.sort == "means":
                self.found.append(Clause(mark.start, mark.start, mark.end, mark.end, "", True, mark.says))

    def close(self, end: int) -> None:
        """The clause ends here, if there is one; a degree of nothing is one that says nothing."""
        if self._pending(end) or (self._said and self._own and self._said.says != WANT and end > self._begin):
            start = self._said.start if self._said and self._own else self._begin
            degree = self._said.says if self._said else ""
            self.found.append(Clause(start, self._begin, end, end, degree, self._own and bool(degree)))

    def _may_close(self) -> bool:
        """Whether a degree may still follow: one that stands before it counts, but in Japanese, where that may only say how much."""
        return not (self._said and self._own and self._said.says != WANT) or not self._lexicon.spaced

    def _pending(self, end: int) -> bool:
        begin, stop = core(self._lexicon, self._folded, self._begin, end)
        return begin < stop

    def _before(self, mark: Mark, pending: bool) -> None:
        if pending:
            self.close(mark.start)
        elif self._own and self._said and self._said.says != WANT and mark.says == WANT:
            self._begin = mark.end  # "more of what I like": the stronger stays
            return
        self._said, self._own, self._begin = mark, True, mark.end

    def _after(self, mark: Mark) -> None:
        start = self._said.start if self._said and self._own else self._begin
        first = len(self.found)
        while first and not self.found[first - 1].degree and not self.found[first - 1].means:
            first -= 1  # "cats, dogs and birds only"
        degree = _joined(self._said.says, mark.says) if self._said and self._own else mark.says
        self.found[first:] = [clause._replace(degree=degree) for clause in self.found[first:]]
        self.found.append(Clause(start, self._begin, mark.start, mark.end, degree, True))
        self._said, self._own, self._begin = None, False, mark.end


def _joined(before: str, after: str) -> str:
    """What two degrees of one thing say: "a bit" before and "less" after is a bit less."""
    size, _, _ = before.rpartition(" ")
    return f"{size} {after}" if size and after in ("more", "less") else after
