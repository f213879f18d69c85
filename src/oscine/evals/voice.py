"""Are answers better with a language model than without? Each model that comes by a package, beside the quoted answer, on the same questions.

The model is asked through Ask, as people ask it; what it says is looked at raw, before the check of sentences, and again as it is shown. It does
not judge how pleasant an answer reads, only whether a right one stands in a whole sentence.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from oscine.app import App
from oscine.ask import fuller, phrases
from oscine.ask.ask import Answer, Ask
from oscine.engines import registry
from oscine.engines.language import Form, LanguageModel, Message
from oscine.errors import EngineUnavailable
from oscine.evals import judge, metrics, report, sets
from oscine.evals.report import Measure
from oscine.records import ANONYMOUS
from oscine.view import SeenPost, View

MOST = 50  # questions, and as many with their post hidden
LANGUAGES = ("fr", "it", "de", "es", "pt", "nl")
_CITED = re.compile(r"\s*\[[\d, ]+\]")
_FIRST = re.compile(r"(?<=[.!?\]])\s+|\n+")
Hidden = Callable[[App, str], View]  # what everybody sees but for one post
Raw = Callable[[SeenPost], dict[str, str]]


class Heard:
    """A model that is listened to: the last thing it said, whole, and the seconds to its first sentence."""

    def __init__(self, model: LanguageModel) -> None:
        self.model, self.name, self.said, self.seconds = model, model.name, "", 0.0

    @property
    def form(self) -> Form:
        """As the model's."""
        return self.model.form

    def write(self, messages: Sequence[Message], max_tokens: int = 300) -> Iterator[str]:
        """As the model writes."""
        began, self.said, self.seconds = time.perf_counter(), "", 0.0
        for piece in self.model.write(messages, max_tokens):
            self.said += piece
            if not self.seconds and re.search(r"[.!?]\s|\]", self.said):
                self.seconds = time.perf_counter() - began
            yield piece
        self.seconds = self.seconds or time.perf_counter() - began

    def complete(self, prompt: Sequence[str], *, max_tokens: int = 120, temperature: float = 0.8, seed: int = 0) -> Iterator[str]:
        """As the model continues."""
        return self.model.complete(prompt, max_tokens=max_tokens, temperature=temperature, seed=seed)

    def close(self) -> None:
        """Let go of the model."""
        self.model.close()


class Told(NamedTuple):
    """What came of a question: the model's own words, the answer as it is shown, and the seconds to the model's first sentence."""

    raw: str
    answer: Answer
    seconds: float

    @property
    def first(self) -> str:
        """The first sentence that the model said, without its citations."""
        return _CITED.sub("", _FIRST.split(self.raw.strip())[0]).strip(" .")

    @property
    def refused(self) -> bool:
        """Whether the model said that the posts do not say, or nothing at all."""
        return not self.raw.strip() or phrases.refuses(self.raw)


def measures(app: App, questions: Sequence[sets.Line], hidden: Hidden, raw: Raw, log: Callable[[str], None]) -> list[Measure]:
    """All figures of each registered model that is installed; none where none is. `app` is the scratch network with the questions' posts."""
    found: list[Measure] = []
    for name in registry.MODELS:
        try:
            model = Heard(registry.load(name))
        except EngineUnavailable:
            continue
        log(f"{len(questions)} questions with {name}, and as many with their post hidden")
        try:
            found += _of(app, model, questions, hidden, raw)
        finally:
            model.close()
    return found


def _of(app: App, model: Heard, questions: Sequence[sets.Line], hidden: Hidden, raw: Raw) -> list[Measure]:
    view, name = app.view(ANONYMOUS), f"with {model.name}: "
    told = [_told(app, model, view, each["question"]) for each in questions]
    asked = [(one, each) for one, each in zip(told, questions, strict=True) if not one.answer.refused]
    scores = [
        0.0 if one.answer.refused else metrics.token_f1(one.first, each["answers"]) for one, each in zip(told, questions, strict=True)
    ]
    alone = [_alone(app, model, hidden(app, each["post_id"]), each["question"]).refused for each in questions]
    both = [(_complete(one.answer, each, True), _complete(one.answer, each, False)) for one, each in asked]
    whole = [(_whole(one.answer, each, True), _whole(one.answer, each, False)) for one, each in asked]
    written = [each for one in told for each in one.answer.sentences if each.stage == "written"]
    shown = [judge.Cited(each.text, [raw(seen) for seen in each.sources]) for each in written]
    judged = judge.citations([shown])
    spoke = [1000 * one.seconds for one, _ in asked]
    return [
        report.measure(f"{name}token F1 of its first sentence", metrics.bootstrap(scores), len(scores), unit="score"),
        report.measure(f"{name}it refuses by itself, the post hidden", metrics.wilson(sum(alone), len(alone)), len(alone), aim=0.8),
        report.measure(f"{name}answers with a sentence of its that passed the check", metrics.wilson(_with_written(asked), len(asked)), len(asked)),
        report.measure(f"{name}words of the right answer shown, more than without it", metrics.paired(*_apart(both)), len(both), unit="score"),
        report.measure(f"{name}right answers in a whole sentence of our own, more than without it", metrics.paired(*_apart(whole)), len(whole)),
        report.measure(f"{name}citation precision of its sentences", metrics.wilson(round(judged.precision * judged.cited), judged.cited),
                       judged.cited, aim=0.97),
        Measure(name=f"{name}time to its first sentence, median", value=metrics.percentile(spoke, 0.5) if spoke else 0.0, n=len(spoke), unit="ms",
                aim=3000, direction="at most"),
        _in_languages(app, model, view, name),
    ]  # fmt: skip


def _in_languages(app: App, model: Heard, view: View, name: str) -> Measure:
    """The F1 of its first sentence to questions in other languages about English posts of which nothing was learned."""
    answers = {each["qid"]: each["answers"] for each in sets.questions()}
    scores: dict[str, list[float]] = {lang: [] for lang in LANGUAGES}
    for number, line in enumerate(line for line in sets.translated() if line["qid"] in answers):
        for lang in (LANGUAGES[number % 6], LANGUAGES[(number + 3) % 6]):
            one = _told(app, model, view, line[lang])
            scores[lang].append(0.0 if one.answer.refused else metrics.token_f1(one.first, answers[line["qid"]]))
    every = [score for each in scores.values() for score in each]
    note = ", ".join(f"{lang} {metrics.mean(each):.2f}" for lang, each in scores.items())
    what = f"{name}token F1 of its first sentence, asked in six other languages"
    return report.measure(what, metrics.bootstrap(every), len(every), unit="score", note=note)


def _told(app: App, model: Heard, view: View, question: str) -> Told:
    """The answer by Ask with the model; where Ask refuses, the model is not asked."""
    model.said = ""
    given = Ask(app.search, lambda: (model, ""), app.reader).ask(view, [{"role": "user", "content": question}])
    return Told(model.said, given, model.seconds)


def _alone(app: App, model: Heard, view: View, question: str) -> Told:
    """What the model says of the posts that are found, whether or not Ask would ask it."""
    given = Ask(app.search, lambda: (None, ""), app.reader).ask(view, [{"role": "user", "content": question}])
    posts = given.posts
    model.said = ""
    for _ in fuller.write(model, question, given.lang, posts) if posts else ():
        pass
    return Told(model.said, given, model.seconds)


def _complete(answer: Answer, question: sets.Line, written: bool) -> float:
    """The share of the nearest right answer's words that stand in what is shown, with or without what a model wrote."""
    said = " ".join(each.text for each in answer.sentences if written or each.stage != "written")
    return max((metrics.recall(said, right) for right in question["answers"]), default=0.0)


def _whole(answer: Answer, question: sets.Line, written: bool) -> float:
    """Whether all words of a right answer stand in one sentence that is neither a quotation nor the short answer."""
    own = [each.text for each in answer.sentences if each.stage == "sides" or (written and each.stage == "written")]
    return float(any(metrics.recall(said, right) == 1.0 for said in own for right in question["answers"]))


def _with_written(asked: Sequence[tuple[Told, sets.Line]]) -> int:
    return sum(any(each.stage == "written" for each in one.answer.sentences) for one, _ in asked)


def _apart(pairs: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [first for first, _ in pairs], [second for _, second in pairs]
