"""Accurate: what an answer says stands in the posts that it names, and what nobody wrote of is refused. Measured on the installation's own posts."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

from oscine.ask.answer import Sentence
from oscine.ask.ask import Answer
from oscine.evals import judge, metrics, report
from oscine.evals.report import Measure
from oscine.evals.trust.bench import Bench
from oscine.evals.trust.questions import unanswerable
from oscine.records import ANONYMOUS
from oscine.view import SeenPost

PARTS = re.compile(r"\s*(?:…|\[…\]|\.\.\.)\s*")  # where a quotation leaves something out
QUOTED = re.compile(r":\s*[“\"«](?P<words>.+)[”\"»]\W*$", re.DOTALL)
LINK = re.compile(r"(?:https?://|www\.|pic\.twitter\.com/)\S+")  # which quotations leave out
SHORTEST = 3  # letters of a piece that must be found


def measures(bench: Bench) -> Iterator[Measure]:
    """Questions that the installation's posts answer, and questions that they do not."""
    view = bench.host.view(ANONYMOUS)
    answers = [bench.answers.ask(view, [{"role": "user", "content": each.text}]) for each in bench.questions]
    given = [answer for answer in answers if not answer.refused]
    sentences = [said for answer in given for said in answer.sentences if said.stage in ("short", "quoted")]
    word_for_word = [verbatim(said) for said in sentences]
    for number in [number for number, stands in enumerate(word_for_word) if not stands]:
        bench.failed(f"accurate, sentence {number + 1}", "it does not stand word for word in the post that it names")
    yield report.measure(
        "accurate: quoted words that stand word for word in the post named", metrics.wilson(sum(word_for_word), len(sentences)), len(sentences), aim=1.0,
        note="Each stretch between quotation marks, and each short answer, is looked for in the post's text by code.",
    )  # fmt: skip
    yield from _citations(given)
    own = [
        each.seen.number in {seen.number for seen in answer.posts} and not answer.refused
        for each, answer in zip(bench.questions, answers, strict=True)
    ]
    yield report.measure(
        "accurate: questions made from a post that are answered with it", metrics.wilson(sum(own), len(own)), len(own),
        note="“What is said about …”, with the three rarest words of the post. Another post may answer as well, so there is no aim.",
    )  # fmt: skip
    yield _refused(bench)


def _refused(bench: Bench) -> Measure:
    view = bench.host.view(ANONYMOUS)
    asked = unanswerable(view, bench.asked)
    refused = [bench.answers.ask(view, [{"role": "user", "content": question}]).refused for question in asked]
    return report.measure(
        "accurate: questions about what nobody wrote of that are refused", metrics.wilson(sum(refused), len(refused)), len(refused), aim=0.95,
        note="Made-up names that stand in no post.",
    )  # fmt: skip


def _citations(given: list[Answer]) -> Iterator[Measure]:
    cited = [[_cited(said) for said in answer.sentences if said.stage in ("short", "quoted")] for answer in given]
    judged = judge.citations(cited)
    how = "ALCE's, by a judge that shares nothing with the check that answers went through."
    yield report.measure(
        "accurate: citation precision",
        metrics.wilson(round(judged.precision * judged.cited), judged.cited),
        judged.cited,
        aim=0.97,
        note=how,
    )
    yield report.measure(
        "accurate: citation recall",
        metrics.wilson(round(judged.recall * judged.sentences), judged.sentences),
        judged.sentences,
        aim=0.9,
        note=how,
    )


def _cited(said: Sentence) -> judge.Cited:
    raw = [_raw(seen) for seen in said.sources]
    credit = raw[0]["author_name"] or raw[0]["author"] if raw else ""
    return judge.Cited(f"{credit}: “{said.text}”" if said.stage == "short" else said.text, raw)


def _raw(seen: SeenPost) -> dict[str, str]:
    return {
        "text": seen.post.text,
        "author": seen.author.handle,
        "author_name": seen.author.name,
        "created_at": seen.post.created_at.isoformat(),
    }


def verbatim(said: Sentence) -> bool:
    """Whether a sentence's own words stand in a post that it names, but for white space, quotation marks, links and entities of HTML."""
    found = QUOTED.search(said.text) if said.stage == "quoted" else None
    words = found["words"] if found else said.text
    pieces = [_even(piece) for piece in PARTS.split(words)]
    credit = said.stage == "short"  # which may be an author's name or a date
    return any(all(piece in _post(seen, credit) for piece in pieces if len(piece) >= SHORTEST) for seen in said.sources)


def _post(seen: SeenPost, credit: bool) -> str:
    by = f" {seen.author.name} {seen.author.handle} {seen.post.created_at:%Y-%m-%d %Y}" if credit else ""
    return _even(seen.post.text + by)


def _even(words: str) -> str:
    """Letters and figures with single spaces between: quotation marks, white space and marks that cannot be seen aside."""
    plain = unicodedata.normalize("NFKC", LINK.sub(" ", html.unescape(html.unescape(words))))
    return " ".join("".join(c if c.isalnum() or unicodedata.category(c) in ("Mn", "Mc") else " " for c in plain).split()).casefold()
