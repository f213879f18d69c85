"""Tests of a table of weights on people: who is in which arm, what each arm did, and the guardrails by which a test that does harm ends itself.

A person counts once, when their time in the test is over (a week; a day for the guardrails), so that all of it may be looked at every day. People without
an account, and those who do not want to be known, are in no test. It makes no weights, and knows nobody but by pseudonym.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from math import inf, nan
from typing import Literal, NamedTuple

from oscine.experiments import means, sequential
from oscine.experiments.fixed import Counts, Interval
from oscine.experiments.means import Sample, sample
from oscine.feed.estimate import PAGES, Estimated, Vectors, estimate
from oscine.feed.weights import table
from oscine.recommendation import OUTCOMES, Outcome, Weights
from oscine.store.feed_measures import Measures, Person, Shown
from oscine.store.feed_tests import Test, Tests
from oscine.store.weights import Tables

WEEK = timedelta(days=7)  # of a person's time in a test, by which outcomes are judged
HARM = 1.0  # the relative change for which the guardrails on harm are quickest: twice as much of it
GUARDRAIL = "guardrail"  # who ended a test that ended itself

Arm = Literal["control", "treatment"]


class Line(NamedTuple):
    """How often people did something in their first week, in the mean, and the difference at any time."""

    outcome: Outcome
    control: float
    treatment: float
    difference: Interval


class Rail(NamedTuple):
    """A guardrail: each arm's figure, treatment over control at any time, and the bound that this may not cross."""

    name: str
    control: float
    treatment: float
    ratio: Interval
    bound: float

    @property
    def broken(self) -> bool:
        """Whether the evidence says that the bound is crossed: the whole interval lies beyond it."""
        return self.ratio.low > self.bound if self.bound > 1 else self.ratio.high < self.bound


class Judged(NamedTuple):
    """A test so far: people in each arm whose week is over, what they did, and the guardrails (by people whose first day is over)."""

    test: Test
    control: int
    treatment: int
    lines: tuple[Line, ...]
    rails: tuple[Rail, ...]


def arm(test: Test, person: str) -> Arm:
    """Which arm a pseudonym is in, always the same: by a hash, so that nothing is kept of who is where."""
    drawn = int.from_bytes(sha256(f"{test.id}\n{person}".encode()).digest()[:8]) / 2**64
    return "treatment" if drawn < test.share else "control"


class Judge:
    """Over the log of feeds, the tables of weights and the tests of a store."""

    def __init__(self, measures: Measures, tables: Tables, tests: Tests) -> None:
        self._measures, self._tables, self._tests = measures, tables, tests

    def table(self, person: str) -> tuple[Weights, int, Arm | Literal[""]]:
        """By which weights a page is made for a pseudonym, in which test and arm; for nobody by the live ones, in none."""
        test = self._tests.running() if person else None
        if test is None:
            return self._tables.live(), 0, ""
        drawn = arm(test, person)
        return self._tables.one(test.treatment if drawn == "treatment" else test.control), test.id, drawn

    def start(self, name: str, treatment: int, share: float, by: str, why: str) -> Test:
        """Test a version against the live one on a share of the people. Raises `NotFound`, `InputError` where another runs, or it is no test."""
        return self._tests.start(name, self._tables.live().version, self._tables.one(treatment).version, share, by, why)

    def estimate(self, version: int, vectors: Vectors) -> Estimated:
        """What a version would have brought, from pages of the live one. Raises `NotFound`, `InputError` where there are too few."""
        live, other = self._tables.live(), self._tables.one(version)
        return estimate(self._measures.dealt(live.version, PAGES), live, other, vectors)

    def judged(self, test: Test, now: datetime) -> Judged:
        """A test as it stands; one that was ended, as it stood then."""
        until = test.ended_at or now
        people = self._measures.done(test.id, WEEK, until)
        lines = tuple(_line(outcome, people) for outcome in OUTCOMES)
        return Judged(test, len(_of("control", people)), len(_of("treatment", people)), lines, tuple(self._rails(test, until)))

    def guard(self, now: datetime) -> Test | None:
        """End the test that runs if it breaks a guardrail; the test that was ended. Everybody is given the live table again."""
        test = self._tests.running()
        broken = [rail for rail in self._rails(test, now) if rail.broken] if test else []
        return self._tests.end(test.id, GUARDRAIL, " ".join(map(_said, broken))) if test and broken else None

    def _rails(self, test: Test, now: datetime) -> Iterable[Rail]:
        bounds = table("guardrails")
        window, level = timedelta(days=bounds["days"]), bounds["level"]
        people, shown = self._measures.done(test.id, window, now), self._measures.shown(test.id, window, now)
        yield from (_harm(name, people, 1 + more, test.share, level) for name, more in bounds["more"].items())
        yield from (_good(name, shown, 1 - less, level) for name, less in bounds["less"].items())


def _line(outcome: Outcome, people: Sequence[Person]) -> Line:
    treated, held = (sample([person.done.get(outcome, 0) for person in _of(arm, people)]) for arm in ("treatment", "control"))
    return Line(outcome, held.mean, treated.mean, means.difference(treated, held))


def _harm(name: str, people: Sequence[Person], bound: float, share: float, level: float) -> Rail:
    """People who did it at least once: exact, however few."""
    treated, held = (_counts(name, _of(arm, people)) for arm in ("treatment", "control"))
    return Rail(name, held.rate, treated.rate, sequential.ratio(treated, held, share, level, HARM), bound)


def _good(name: str, shown: Sequence[Shown], bound: float, level: float) -> Rail:
    """A mean over people; the interval is that of treatment less `bound` times control, as a share of the control's mean."""
    treated, held = (_known(name, [each for each in shown if each.arm == arm]) for arm in ("treatment", "control"))
    if not held.mean > 0:
        return Rail(name, held.mean, treated.mean, Interval(nan, -inf, inf), bound)
    found = means.difference(treated, held.times(bound), level)
    return Rail(name, held.mean, treated.mean, Interval(*(bound + end / held.mean for end in found)), bound)


def _of(arm: str, people: Sequence[Person]) -> list[Person]:
    return [person for person in people if person.arm == arm]


def _counts(name: str, people: Sequence[Person]) -> Counts:
    return Counts(sum(bool(person.done.get(name)) for person in people), len(people))


def _known(name: str, shown: Sequence[Shown]) -> Sample:
    return sample([value for each in shown if (value := getattr(each, name)) is not None])


def _said(rail: Rail) -> str:
    ratio = f"{rail.ratio.value:.2f} times the control's ({rail.ratio.low:.2f} to {rail.ratio.high:.2f})"
    return f"{rail.name}: {ratio}, beyond the bound of {rail.bound:.2f}."
