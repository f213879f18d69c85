"""Does Ask answer what it can, refuse what it cannot, and cite what it says? TweetQA questions that nothing was trained or tuned on.

A question whose post is hidden has no answer here: then a refusal is right. Citations are judged by `judge`, which shares nothing with the check
that the answers went through.
"""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from psycopg.sql import SQL, Composable, Literal

from oscine import __version__
from oscine.app import App
from oscine.ask.ask import Answer, Sources
from oscine.evals import judge, metrics, report, sets, voice
from oscine.evals.network import network
from oscine.evals.report import Failure, Measure, Report
from oscine.records import ANONYMOUS
from oscine.safety.visibility import LabelPolicy
from oscine.view import SeenPost, View

Log = Callable[[str], None]
FOUND = 16  # posts that Ask considers
TOLD = 12  # wrong answers that the report shows
METHOD = (
    "TweetQA questions about one post in twenty; nothing was trained, fitted or tuned on them. F1 is SQuAD's, with the nearest right answer, "
    "0 for none. A question's post is hidden to see whether Ask then refuses. Time is to the first sentence, one question after the other, without "
    "a language model. Citations: ALCE's precision and recall, by a judge of its own; a short answer is the statement that its post says so. With each model "
    "that is installed, on at most 50 of the questions: its own words raw, and what of them is shown beside the same answer without it."
)


class WithoutPost(View):
    """What everybody sees, but for one post."""

    def __init__(self, app: App, hidden: str) -> None:
        self._hidden = hidden
        super().__init__(app.database, ANONYMOUS, LabelPolicy())

    def _predicate(self) -> Composable:
        return SQL("({} AND p.key <> {})").format(super()._predicate(), Literal(self._hidden))


def run(app: App, _data: Path | None, sample: int, log: Log) -> Report:
    """All figures of answering."""
    questions = sets.spread(sets.questions(fit=False), sample)
    with network(app, sets.tweets(), keep=app.settings.data / "evals" / "networks" / "tweetqa") as tweets:
        log(f"{len(questions)} questions")
        view = tweets.view(ANONYMOUS)
        timed = [_timed(tweets, view, each["question"]) for each in questions]
        log("the same with their posts hidden")
        hidden = [tweets.ask.ask(WithoutPost(tweets, each["post_id"]), _asked(each["question"])).refused for each in questions]
        found = [_found(tweets, view, each) for each in questions]
        given = [_given_the_post(tweets, view, each) for each in questions]
        with_models = voice.measures(tweets, sets.spread(questions, voice.MOST)[: voice.MOST], WithoutPost, _raw, log)
    answers = [answer for answer, _ in timed]
    scores = [metrics.token_f1(_short(answer), each["answers"]) for answer, each in zip(answers, questions, strict=True)]
    answered = [not answer.refused for answer, there in zip(answers, found, strict=True) if there]
    measures = [
        report.measure("answered, of those whose post was found", metrics.wilson(sum(answered), len(answered)), len(answered), aim=0.85),
        report.measure("refused, with the post hidden", metrics.wilson(sum(hidden), len(hidden)), len(hidden), aim=0.85),
        report.measure("token F1 of the short answer, search included", metrics.bootstrap(scores), len(scores), unit="score", aim=0.35),
        report.measure("token F1 of the short answer, given the right post", metrics.bootstrap(given), len(given), unit="score", aim=0.55),
        _time([1000 * seconds for _, seconds in timed]),
        *_citations(answers),
        *with_models,
    ]
    wrong = [Failure(case=each["question"], what=f"said {_short(answer) or 'nothing'!r}; right: {each['answers'][0]!r}")
             for answer, each, score in zip(answers, questions, scores, strict=True) if score == 0][:TOLD]  # fmt: skip
    return Report(suite="ask", made_at=datetime.now(UTC), version=__version__, data="TweetQA's posts of the sample.", method=METHOD,
                  measures=tuple(measures), failures=tuple(wrong))  # fmt: skip


def _asked(question: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": question}]


def _timed(app: App, view: View, question: str) -> tuple[Answer, float]:
    """The answer, and the seconds to its first sentence."""
    began, first, step = time.perf_counter(), 0.0, None
    for step in app.ask.steps(view, _asked(question)):
        if not first and not isinstance(step, Sources):
            first = time.perf_counter() - began
    assert isinstance(step, Answer)
    return step, first


def _time(milliseconds: list[float]) -> Measure:
    return Measure(name="time to the first sentence, median", value=metrics.percentile(milliseconds, 0.5), n=len(milliseconds), unit="ms", aim=700,
                   direction="at most", note=f"p99 {metrics.percentile(milliseconds, 0.99):.0f} ms")  # fmt: skip


def _found(app: App, view: View, question: sets.Line) -> bool:
    found, _ = app.search.find(view, question["question"], FOUND, datetime.now(UTC), plainly=True)
    return question["post_id"] in [item.seen.post.id for item in found]


def _given_the_post(app: App, view: View, question: sets.Line) -> float:
    """F1 of what the reader finds in the right post."""
    said = app.ask.read(question["question"], view.post(question["post_id"]))
    return metrics.token_f1(said, question["answers"])


def _short(answer: Answer) -> str:
    return answer.short.text if answer.short else ""


def _citations(answers: list[Answer]) -> list[Measure]:
    judged = judge.citations([_cited(answer) for answer in answers])
    return [
        report.measure("citation precision", metrics.wilson(round(judged.precision * judged.cited), judged.cited), judged.cited, aim=0.97),
        report.measure("citation recall", metrics.wilson(round(judged.recall * judged.sentences), judged.sentences), judged.sentences, aim=0.9),
    ]


def _cited(answer: Answer) -> list[judge.Cited]:
    """An answer's statements: a short answer, and each side's, is the statement that a post says so."""
    told: list[judge.Cited] = []
    for sentence in answer.sentences:
        if sentence.stage == "sides":
            told += [_said(side.value, seen) for side in answer.sides for seen in side.posts]
        elif sentence.stage == "short":
            told.append(_said(sentence.text, sentence.sources[0]))
        else:
            told.append(judge.Cited(sentence.text, [_raw(seen) for seen in sentence.sources]))
    return told


def _said(words: str, seen: SeenPost) -> judge.Cited:
    """That a post says some words; where the words are its author's name or its date, they stand for themselves."""
    raw = _raw(seen)
    quoted = words.casefold() in html.unescape(seen.post.text).casefold()
    return judge.Cited(f"{raw['author_name'] or raw['author']}: “{words}”" if quoted else words, [raw])


def _raw(seen: SeenPost) -> dict[str, str]:
    handle, name = seen.author.handle, seen.author.name
    return {"text": seen.post.text, "author": handle, "author_name": name, "created_at": seen.post.created_at.isoformat()}
