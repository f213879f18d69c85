"""Robust: slips in a question change nothing that matters, and no input breaks a route. Questions of this installation, routes over the scratch network."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from oscine.evals import metrics, report
from oscine.evals.report import Measure
from oscine.evals.trust.bench import Bench
from oscine.evals.trust.questions import plain
from oscine.records import ANONYMOUS
from oscine.view import View

REQUESTS = 10  # for each question asked
LEFT_OUT = ("/v1/models", "/v1/audio", "/v1/images", "/v1/ads/drafts")  # which load a model, or draw for seconds

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


NASTY: tuple[Any, ...] = (
    "", " ", "\x00", "\ud800", "a" * 10_000, "'; DROP TABLE posts; --", "%", "%00", "../../etc/passwd", "{{7*7}}", "<script>", "\u202e\u200b\ufeff", "𝕬" * 300,
    '"', "((((((((((", "NOT NOT OR AND", "from:", "since:99999-99-99", "-1", "0", "1e400", "NaN",
    str(2**63), str(-(2**63) - 1), "9" * 400, "null", "[]", "{}", "\\",
    None, True, 0, -1, 2**63, 1e308, [], {}, [[]], {"": ""}, ["\x00"], {"a": {"b": {"c": []}}},
)  # fmt: skip
BODIES: tuple[bytes, ...] = (
    b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}", b'{"a":1e999}', b'"\\ud800"', b"[" * 2_000, b'{"model": 1}', b"\x00", b'{"' + b"a" * 5_000 + b'": 1}',
)  # fmt: skip


def _broken(bench: Bench) -> Measure:
    """So many requests with what nobody should send, drawn with a fixed seed over every route that is described."""
    drawn, broken, total = random.Random(10), 0, bench.asked * REQUESTS
    doors = [
        (method.upper(), path, told) for path, methods in bench.here.described["paths"].items() for method, told in methods.items()
        if path.startswith("/v1/") and not path.startswith(LEFT_OUT) and "stream" not in path
    ]  # fmt: skip
    for number in range(total):
        method, path, told = doors[number % len(doors)]
        if _send(bench, drawn, method, path, told) >= 500:
            broken += 1
            bench.failed("robust, a request", f"{method} {path} answered with an error of its own")
    return Measure(
        name="robust: malformed requests that break a route", value=broken, n=total, unit="count", aim=0, direction="at most",
        note=f"{len(doors)} routes with values that nobody should send, in paths, queries and bodies; broken is a reply of 500 or none, 503 for a part"
        " that is not installed aside.",
    )  # fmt: skip


def _send(bench: Bench, drawn: random.Random, method: str, path: str, told: dict[str, Any]) -> int:
    """The status of one such request; 0 where it could not even be written."""
    params: dict[str, str] = {}
    for each in told.get("parameters", []):
        value = _text(drawn.choice(NASTY))
        if each["in"] == "path":
            path = path.replace("{" + each["name"] + "}", _encoded(value) or "x")
        elif each["in"] == "query":
            params[each["name"]] = value
    body = _body(drawn, told) if "requestBody" in told else None
    try:
        options: dict[str, Any] = {"content": body, "headers": {"content-type": "application/json"}} if body is not None else {}
        query = "&".join(f"{name}={_encoded(value)}" for name, value in params.items())
        status = bench.here.call(method, f"{path}?{query}" if query else path, **options).status
    except (UnicodeError, ValueError):
        return 0
    return 0 if status == 503 else status


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _encoded(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass")[:2_000], safe="")


def _body(drawn: random.Random, told: dict[str, Any]) -> bytes:
    """What is no JSON, or an object with the route's own names and values that do not belong there."""
    if drawn.random() < 0.3:
        return drawn.choice(BODIES)
    names = [
        "messages",
        "posts",
        "texts",
        "text",
        "q",
        "query",
        "name",
        "why",
        "input",
        "network",
        "post",
        "label",
        "advertiser",
        "page",
        "kind",
        "steering",
    ]
    return json.dumps({name: drawn.choice(NASTY) for name in drawn.sample(names, 4)}).encode()
