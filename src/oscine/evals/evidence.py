"""Does the check catch what is false, and let pass what is true? Over posts with paraphrases and alterations written by hand.

    python -m oscine.evals.evidence [--wrong] [--fit]

`suites/evidence.jsonl` holds posts and sentences about them; `{true|altered:kind}` in a sentence is a place where it can be altered, and one alteration is
made at a time. Every other post is held back: nothing was tuned on it. It measures the check alone, not how answers are found.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import regex
from numpy.typing import NDArray

from oscine.engines.e5 import E5Embedder
from oscine.engines.embedding import Embedder
from oscine.evals import judge
from oscine.evals.metrics import Interval, wilson
from oscine.evidence import Near, Passage, calibrated, support
from oscine.evidence.meaning import coverage

SEED = 7
RIDGE = 0.5  # how much large weights cost
MADE_KINDS = ("number", "date", "name", "negation", "speaker", "order", "meaning", "swapped", "quoted", "other post")
_PLACE = regex.compile(r"\{([^|{}]*)\|([^{}]*):([a-z]+)\}")

Post = dict[str, Any]  # a line of the suite
Checker = Callable[["Case"], bool]


@dataclass(frozen=True)
class Case:
    """A sentence about a post: true, or false in the one way that `kind` names."""

    post: str
    passage: Passage
    raw: judge.RawPost
    sentence: str
    lang: str
    true: bool
    kind: str
    held: bool


@dataclass(frozen=True)
class Row:
    """One line of the table: how many cases, and the share that was judged right."""

    half: str
    label: str
    cases: int
    right: Interval


def cases() -> list[Case]:
    """All cases of the suite; those that are made from others (`swapped`, `quoted`, `other post`) are drawn with a fixed seed."""
    lines = resources.files("oscine.evals").joinpath("suites/evidence.jsonl").read_text(encoding="utf8").splitlines()
    posts = [json.loads(line) for line in lines]
    draw = random.Random(SEED)
    return [case for index, post in enumerate(posts) for case in _of_post(post, _another(index, posts), draw)]


def _another(index: int, posts: Sequence[Post]) -> Post:
    """Another post: by the same author where there is one, so that the name of who said it does not give it away."""
    post = posts[index]
    same = [other for other in [*posts[index + 1 :], *posts[:index]] if other["author"] == post["author"]]
    return (same or [posts[index - 2]])[0]


def _of_post(post: Post, other: Post, draw: random.Random) -> Iterator[Case]:
    def case(sentence: str, lang: str, true: bool, kind: str, where: Post = post) -> Case:
        return Case(post["post"], _passage(where), _raw(where), sentence, lang, true, kind, post["held"])

    yield case(f"{_credit(post)}: “{post['text']}”", "en", True, "quotation")
    for told in post["sentences"]:
        marked, lang = told["text"], told["lang"]
        plain = _PLACE.sub(r"\1", marked)
        yield case(plain, lang, True, f"paraphrase, {told['weight']}, {'English' if lang == 'en' else 'other language'}")
        yield case(plain, lang, False, "other post", other)
        for place in _PLACE.finditer(marked):
            yield case(
                _tidy(_PLACE.sub(r"\1", marked[: place.start()]) + place[2] + _PLACE.sub(r"\1", marked[place.end() :])),
                lang,
                False,
                place[3],
            )
        places = list(_PLACE.finditer(marked))
        if swapped := _swapped(marked, places):
            yield case(swapped, lang, False, "swapped")
        if quoted := _altered_quotation(post, places, draw):
            yield case(quoted, "en", False, "quoted")


def _passage(post: Post) -> Passage:
    return Passage(f"{_credit(post)} {post['name']}", str(post["text"]), str(post["lang"] or "en"), date.fromisoformat(str(post["day"])))


def _raw(post: Post) -> judge.RawPost:
    """The post as a line of Oscine JSONL."""
    return {"text": post["text"], "author": post["author"], "author_name": post["name"], "created_at": post["day"]}


def _credit(post: Post) -> str:
    day = date.fromisoformat(str(post["day"]))
    return f"{post['name']} (@{post['author']}, {day.day} {day:%B %Y})"


def _swapped(marked: str, places: Sequence[regex.Match[str]]) -> str:
    """The sentence with its speaker and a name in each other's place; empty where it has not both."""
    speaker = next((place for place in places if place[3] == "speaker"), None)
    name = next((place for place in places if place[3] == "name"), None)
    if not speaker or not name:
        return ""
    changed = {speaker.start(): name[1], name.start(): speaker[1]}
    return _tidy(_PLACE.sub(lambda place: changed.get(place.start(), place[1]), marked))


def _altered_quotation(post: Post, places: Sequence[regex.Match[str]], draw: random.Random) -> str:
    """The post quoted with a name, number or date of it altered, or its author; empty where no place stands in it word for word."""
    text = str(post["text"])
    there = [place for place in places if place[3] in ("name", "number", "date") and regex.search(rf"\b{regex.escape(place[1])}\b", text)]
    others = [place for place in places if place[3] == "speaker"]
    if not there and not others:
        return ""
    place = draw.choice(there or others)
    if place[3] == "speaker":
        return f"{place[2]}: “{text}”"
    altered = regex.sub(rf"\b{regex.escape(place[1])}\b", lambda _: place[2], text)
    return f"{_credit(post)}: “{altered}”"


def _tidy(sentence: str) -> str:
    return " ".join(sentence.split()).replace(" ,", ",")


def near_by(embedder: Embedder) -> Near:
    """How alike two texts are by an embedder, each text embedded once."""
    vector = lru_cache(maxsize=10_000)(lambda content: embedder.embed_passages([content])[0])
    return lambda one, other: calibrated(float(vector(one) @ vector(other)))


def measure(of: Sequence[Case], holds: Checker) -> list[Row]:
    """For each half and kind, the share judged right."""
    judged = [(case, holds(case) == case.true) for case in of]
    rows = []
    for half, held in (("tuned", False), ("held", True)):
        mine = [(case, right) for case, right in judged if case.held == held]
        rows += [_row(half, "true paraphrases kept", [right for case, right in mine if case.kind.startswith("paraphrase")])]
        rows += [_row(half, "altered, hand-marked kinds, caught", [right for case, right in mine if case.kind in MADE_KINDS[:6]])]
        for kind in sorted({case.kind for case, _ in mine}, key=lambda kind: (MADE_KINDS.index(kind) if kind in MADE_KINDS else -1, kind)):
            rows.append(_row(half, kind, [right for case, right in mine if case.kind == kind]))
    return rows


def _row(half: str, label: str, right: Sequence[bool]) -> Row:
    return Row(half, label, len(right), wilson(sum(right), len(right)))


def checker(near: Near | None) -> Checker:
    """The check as ask uses it, with or without nearness."""
    return lambda case: support(case.sentence, [case.passage], case.lang, near).holds


def markdown(columns: dict[str, list[Row]]) -> str:
    """Rows of equal labels side by side, one column for each way to check."""
    first = next(iter(columns.values()))
    lines = ["| half | kind | cases | " + " | ".join(columns) + " |", "|---|---|---|" + "---|" * len(columns)]
    for index, row in enumerate(first):
        cells = [_percent(found[index].right) for found in columns.values()]
        lines.append(f"| {row.half} | {row.label} | {row.cases} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _percent(share: Interval) -> str:
    return f"{100 * share.value:.1f}% ({100 * share.low:.0f}–{100 * share.high:.0f})"


def fit(of: Sequence[Case], embedder: Embedder) -> dict[str, float]:
    """The weights of `oscine.evidence.meaning.ENOUGH`: a logistic regression over the tuned half that tells a paraphrase's own post from another.

    Of the other posts each paraphrase is beside its nearest and its 20th nearest. Every call gives the same weights.
    """
    told = [case for case in of if case.kind.startswith("paraphrase") and not case.held]
    texts = sorted({case.passage.text for case in told})
    vectors, near = np.array(embedder.embed_passages(texts)), near_by(embedder)
    facts, own = [], []
    for case in told:
        order = np.argsort(-vectors @ embedder.embed_passages([case.sentence])[0])
        others = [texts[place] for place in order if texts[place] != case.passage.text]
        for content in (case.passage.text, others[0], others[20]):
            covered = coverage(case.sentence, case.lang, case.passage.author, [(content, "en")])
            facts.append([1.0, 0.5 if covered is None else covered, near(case.sentence, content), float(case.lang != "en")])
            own.append(content == case.passage.text)
    return dict(zip(("bias", "coverage", "near", "foreign"), _logistic(np.array(facts), np.array(own, float)), strict=True))


def _logistic(facts: NDArray[np.float64], own: NDArray[np.float64]) -> list[float]:
    """Logistic regression by Newton's method, lightly regularised."""
    weights = np.zeros(facts.shape[1])
    for _ in range(30):
        likely = 1 / (1 + np.exp(-facts @ weights))
        slope = facts.T @ (likely - own) + RIDGE * weights
        bend = (facts * (likely * (1 - likely))[:, None]).T @ facts + RIDGE * np.eye(len(weights))
        weights = weights - np.linalg.solve(bend, slope)
    return [round(float(weight), 2) for weight in weights]


def judged(case: Case) -> bool:
    """What the independent judge of citations says of a case."""
    return judge.supports(case.sentence, [case.raw])


def main() -> None:
    """Print the table for both halves: the check with nearness and without, and the judge of citations."""
    options = argparse.ArgumentParser(description="How well sentences are checked against posts.")
    options.add_argument("--wrong", action="store_true", help="also print what was judged wrong in the half that may be tuned on")
    options.add_argument(
        "--cache", type=Path, default=Path("~/.cache/oscine").expanduser(), help="where the converted embedding model lies"
    )
    options.add_argument("--fit", action="store_true", help="print the weights of nearness and shared words, fitted to that half, instead")
    chosen = options.parse_args()
    embedder, all_cases = E5Embedder(chosen.cache), cases()
    near = near_by(embedder)
    if chosen.fit:
        print(fit(all_cases, embedder))
        return
    checks = {"with nearness": checker(near), "words only": checker(None), "the judge of citations": judged}
    print(markdown({name: measure(all_cases, holds) for name, holds in checks.items()}))
    for case in all_cases if chosen.wrong else ():
        found = support(case.sentence, [case.passage], case.lang, near)
        if not case.held and found.holds != case.true:
            print(
                f"\n{case.kind} [{case.lang}] {'kept' if found.holds else 'dropped: ' + found.reason}\n  {case.sentence}\n  {case.passage.text}"
            )


if __name__ == "__main__":
    main()
