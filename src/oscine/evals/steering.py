"""How well a sentence steers a feed: `python -m oscine.evals.steering` compiles the sentences of `suites/steering.jsonl` and counts.

A sentence counts where all that it means comes of it, and nothing else: every wish with its sign, kind and value, every rule with its mode, kind and value,
every dial with its sign, and each degree within its band ("a bit" from .25 to under .5, "more" from .5 to under .75, "much" from .75). Languages, tones, forms,
authors, tags and dials must be the very ones; a topic or a word must hold every word meant, by its stem, and be at most twice as long. The sentence's
language is not told. Failures are only counted, by what was meant, so that nobody tunes on them; `--show` ends that.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import NamedTuple

import msgspec

from oscine import text
from oscine.evals.metrics import Interval, wilson
from oscine.feed.sentence import apply, compile
from oscine.recommendation import UNSTEERED, Steering

Compile = Callable[[str], Steering]  # what a sentence makes of an unsteered feed
BANDS = {"~": (0.25, 0.5), "": (0.5, 0.75), "+": (0.75, 1.0001), "-": (0.75, 1.0001)}  # of a weight, without its sign
OPEN = ("topic", "word")  # kinds whose values people put in their own words


class Case(msgspec.Struct, frozen=True):
    """A sentence and all that it means; ` | ` stands between two meanings that are both right.

    A meaning is `+ topic X`, `- lang X`, `++ dial X` and so on ("~" a bit, doubled much), `never tag X`, `only lang X`, `newest` or `not personal`.
    """

    lang: str
    sentence: str
    means: list[str]


class Said(NamedTuple):
    """One thing that a steering says: `how` is a rule's mode, or empty; `weight` is a wish's or a dial's."""

    how: str
    kind: str
    value: str
    weight: float = 0.0


class Row(NamedTuple):
    """A line of the table: a language or "all", and how many of its sentences came out as meant."""

    lang: str
    right: int
    total: int
    share: Interval


def cases() -> list[Case]:
    """The sentences of the suite."""
    lines = (files("oscine.evals") / "suites/steering.jsonl").read_text(encoding="utf8").splitlines()
    return [msgspec.json.decode(line, type=Case) for line in lines]


def said(steering: Steering) -> list[Said]:
    """All that a steering says, one by one."""
    wishes = [Said("", wish.kind, wish.value, wish.weight) for wish in steering.wishes]
    rules = [Said(rule.mode, rule.kind, rule.value) for rule in steering.rules]
    dials = [Said("", "dial", name, weight) for name, weight in steering.dials.items() if weight]
    newest = [Said("newest", "", "")] if steering.order == "newest" else []
    return [*wishes, *rules, *dials, *newest, *([] if steering.personal else [Said("not", "", "personal")])]


def apart(means: Sequence[str], found: Sequence[Said]) -> list[str]:
    """What a sentence means and a steering does not say, and `too much` for what it says beyond; empty where it is as meant."""
    left = list(found)
    missing = []
    for meaning in means:
        match = next((one for one in left if any(agrees(each, one) for each in meaning.split(" | "))), None)
        if match is None:
            missing.append(meaning)
        else:
            left.remove(match)
    return missing or ["too much"] * bool(left)


def agrees(meaning: str, one: Said) -> bool:
    """Whether one thing said is what is meant."""
    how, kind, value = (*meaning.split(" ", 2), "", "")[:3]
    if how in ("newest", "not"):
        return one.how == how
    if one.kind != kind or not _same(kind, value, one.value):
        return False
    return one.how == how if how in ("never", "only") else not one.how and _within(how, one.weight)


def _within(degree: str, weight: float) -> bool:
    low, high = BANDS[degree[:-1]]
    return low <= (weight if degree[-1] == "+" else -weight) < high


def _same(kind: str, meant: str, value: str) -> bool:
    meant, value = text.fold(meant), text.fold(value)
    if kind not in OPEN:
        return meant == value.rsplit("/", 1)[-1].lstrip("@#")
    return _stems(meant) <= _stems(value) and len(value) <= 2 * len(meant)


def _stems(value: str) -> set[str]:
    return {token.stem for token in text.tokens(value)}


def run(compiled: Compile) -> tuple[list[Row], list[tuple[Case, list[str]]]]:
    """The table, all first, and what went wrong where."""
    results = [(case, apart(case.means, said(compiled(case.sentence)))) for case in cases()]
    langs = ["all", *dict.fromkeys(case.lang for case, _ in results)]
    return [_row(lang, [not wrong for case, wrong in results if lang in ("all", case.lang)]) for lang in langs], [
        (case, wrong) for case, wrong in results if wrong
    ]


def _row(lang: str, rights: Sequence[bool]) -> Row:
    return Row(lang, sum(rights), len(rights), wilson(sum(rights), len(rights)))


def _kind(meaning: str) -> str:
    """Of a meaning its kind: "never tag", "+ dial", "newest"."""
    return " ".join(meaning.split()[:2])


def compiled(sentence: str) -> Steering:
    """What the feed makes of a sentence alone."""
    return apply(UNSTEERED, compile(sentence))


def main() -> None:
    """Print the table, and how often what was meant failed to come out."""
    parser = argparse.ArgumentParser(prog="python -m oscine.evals.steering", description="How well a sentence steers a feed.")
    parser.add_argument("--show", action="store_true", help="print the sentences that fail")
    show = parser.parse_args().show
    rows, wrong = run(compiled)
    for row in rows:
        print(f"{row.lang:4} {row.right:4} of {row.total:4}  {row.share.value:.3f}  ({row.share.low:.3f} to {row.share.high:.3f})")
    for what, times in Counter(_kind(meaning) for _, missing in wrong for meaning in missing).most_common():
        print(f"     {times:4} {what}")
    for case, missing in wrong if show else ():
        print(case.lang, case.sentence, "→", ", ".join(missing))


if __name__ == "__main__":
    main()
