"""Robust: slips in a question change nothing that matters, and no input breaks a route. Questions of this installation, routes over the scratch network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from oscine.evals import metrics, report
from oscine.evals.report import Measure
from oscine.evals.trust import malformed
from oscine.evals.trust.bench import Bench
from oscine.evals.trust.questions import plain
from oscine.records import ANONYMOUS
from oscine.view import View

REQUESTS = 12  # for each question asked

Slip = Callable[[str], str]


def misspelt(question: str) -> str:
    """The longest word with two letters in its middle changed round."""
    longest = max(question.split(), key=len)
    middle = len(longest) // 2
    return question.replace(longest, longest[: middle - 1] + longest[middle] + longest[middle - 1] + longest[middle + 1 :], 1)


HARMLESS: dict[str, Slip] = {
    "in small letters": str.lower,
    "with spaces": lambda question: f"  {question.replace(' ', '   ')} ",
    "without its mark": lambda question: question.rstrip(" ?"),
    "without accents": plain,
}
MISSPELT: dict[str, Slip] = {"misspelt": misspelt}


def measures(bench: Bench) -> Iterator[Measure]:
    """Questions with slips, then whatever else may be sent."""
    view = bench.host.view(ANONYMOUS)
    first = {each.text: _answer(bench, view, each.text) for each in bench.questions}
    found = {each.words: _search(bench, view, each.words) for each in bench.questions}
    yield _same(
        bench, "first source", HARMLESS, first, lambda words: _answer(bench, view, words), 0.95, "case, spaces, the question mark, accents"
    )
    yield _same(
        bench,
        "first source",
        MISSPELT,
        first,
        lambda words: _answer(bench, view, words),
        0.8,
        "two letters of the longest word changed round",
    )
    yield _same(bench, "first result", HARMLESS, found, lambda words: _search(bench, view, words), 0.95, "case, spaces, accents")
    yield _same(
        bench,
        "first result",
        MISSPELT,
        found,
        lambda words: _search(bench, view, words),
        0.8,
        "two letters of the longest word changed round",
    )
    yield _broken(bench)


def _same(
    bench: Bench, what: str, slips: dict[str, Slip], before: dict[str, int], again: Callable[[str], int], aim: float, how: str
) -> Measure:
    asked = [(name, words, changed) for words in before for name, slip in slips.items() if (changed := slip(words)) != words]
    same = [again(changed) == before[words] for _, words, changed in asked]
    for name, lost in Counter(name for (name, *_), held in zip(asked, same, strict=True) if not held).items():
        bench.failed(f"robust, {what}", f"another one {lost} times {name}")
    name = "with harmless slips" if slips is HARMLESS else "misspelt"
    return report.measure(f"robust: same {what}, {name}", metrics.wilson(sum(same), len(same)), len(same), aim=aim, note=f"Changed: {how}.")


def _answer(bench: Bench, view: View, question: str) -> int:
    """The post that an answer rests on first; 0 for a refusal."""
    given = bench.answers.ask(view, [{"role": "user", "content": question}])
    return 0 if given.refused else given.posts[0].number


def _search(bench: Bench, view: View, words: str) -> int:
    found = bench.host.search.search(view, words, limit=1).results
    return found[0].seen.number if found else 0


def _broken(bench: Bench) -> Measure:
    """So many requests with what nobody should send, over every route that is described."""
    doors, broken, total = malformed.routes(bench.here.described), 0, bench.asked * REQUESTS
    for sent in malformed.requests(bench.here.described, doors, total):
        status = bench.here.call(sent.method, sent.path, content=sent.body, headers=sent.headers).status
        if status >= 500 and status != malformed.NOT_INSTALLED:
            broken += 1
            bench.failed("robust, a request", f"{sent.method} {sent.route} answered {status}")
    return Measure(
        name="robust: malformed requests that break a route", value=broken, n=total, unit="count", aim=0, direction="at most",
        note=f"{len(doors)} routes, asked for plausible things with one value that nobody should send; broken is 500 or above, but for the 503 of what is"
        " not installed.",
    )  # fmt: skip
