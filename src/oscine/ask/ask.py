"""The whole of Ask: a conversation in, steps of an answer out — the posts found, then sentence after sentence, then the answer complete.

The quoted answer comes first; where a language model is in use, its sentences follow under the same check. It reads posts only through
the asker's view, at the moment of asking: nothing is cached, so what is deleted is in no answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, zip_longest
from typing import NamedTuple

from psycopg.sql import SQL, Literal

from oscine import text
from oscine.ask import answer, fuller, phrases, plan, thread, worth
from oscine.ask.answer import Sentence
from oscine.ask.disagreement import Side
from oscine.engines.language import LanguageModel, Message
from oscine.engines.reader import Reader
from oscine.errors import EngineUnavailable, InputError
from oscine.search import questions
from oscine.search.search import Found, Search
from oscine.view import SeenPost, View

CONSIDERED = 16  # posts that an answer is composed from
NEAREST = 3  # posts shown where the posts do not say
COMMON = 2_000  # a word in more posts than this is as common as any


class Sources(NamedTuple):
    """The posts that the answer is being made from, and what was searched."""

    posts: tuple[SeenPost, ...]
    search: str


class Answer(NamedTuple):
    """The answer complete: `posts` are those it cites or, where it was refused, the nearest; `sides` who says what where posts disagree."""

    question: str
    search: str
    sentences: tuple[Sentence, ...]
    refused: bool
    posts: tuple[SeenPost, ...]
    model: str
    why: str
    lang: str | None = None
    sides: tuple[Side, ...] = ()

    @property
    def text(self) -> str:
        """What is said, in one piece."""
        return "\n\n".join(sentence.text for sentence in self.sentences) if self.sentences else phrases.say("refusal", self.lang)

    @property
    def short(self) -> Sentence | None:
        """The short answer, if the question has one."""
        return next((sentence for sentence in self.sentences if sentence.stage == "short"), None)


Step = Sources | Sentence | Answer


class Ask:
    """Answers from posts. `writer` tells which model writes, or None, and why; without a `reader` there are no short answers."""

    def __init__(self, search: Search, writer: Callable[[], tuple[LanguageModel | None, str]], reader: Reader | None = None) -> None:
        self._search = search
        self._reader = reader
        self._writer = writer

    def ask(self, view: View, messages: Sequence[Message], now: datetime | None = None) -> Answer:
        """The answer complete. Raises `InputError` where nothing is asked."""
        *_, last = self.steps(view, messages, now)
        assert isinstance(last, Answer)
        return last

    def steps(self, view: View, messages: Sequence[Message], now: datetime | None = None) -> Iterator[Step]:
        """The answer as it is made: `Sources`, then each `Sentence`, then the `Answer`."""
        question, search = thread.standalone(messages)
        if not question:
            raise InputError("Nothing was asked.", "Send a message of role `user` with a question in it.")
        lang = text.language(question)
        found = self._found(view, search, lang, now or datetime.now(UTC))
        yield Sources(tuple(item.seen for item in found[:CONSIDERED]), search)
        readings = self._reader.read(search, [worth.readable(item.seen) for item in found]) if self._reader else []
        judged = worth.judge(search, lang, found, rarity(view, search, lang), readings)
        sentences, sides = answer.compose(search, lang, judged, short=questions.kind(question) == "question")
        yield from sentences
        model, why = self._writer()
        if sentences and model:
            for sentence in _written(model, question, lang, [item.seen for item in found], tuple(sentences)):
                sentences.append(sentence)
                yield sentence
        cited = {seen.number: seen for sentence in sentences for seen in sentence.sources}
        chosen = tuple(cited.values()) if sentences else tuple(item.seen for item in found[:NEAREST])
        name = model.name if model and any(s.stage == "written" for s in sentences) else "extractive"
        yield Answer(question, search, tuple(sentences), not sentences, chosen, name, why, lang, sides)

    def read(self, question: str, seen: SeenPost) -> str:
        """The short answer that one post gives to a question, whether or not it is enough; empty without a reader."""
        readings = self._reader.read(question, [worth.readable(seen)]) if self._reader else []
        claims = [answer.claimed(worth.Judged(Found(seen, 0.0, None), 1.0, 1.0, reading)) for reading in readings]
        return claims[0].value if claims and claims[0] else ""

    def _found(self, view: View, search: str, lang: str | None, now: datetime) -> list[Found]:
        """The posts of every search that the question takes, the first of each before the second of any, each once."""
        searches = plan.searches(search, lang)
        pages = [self._search.find(view, searchable(each), CONSIDERED, now, plainly=True)[0] for each in searches]
        once: dict[int, Found] = {}
        for item in filter(None, chain.from_iterable(zip_longest(*pages))):
            once.setdefault(item.seen.number, item)
        return list(once.values())[:CONSIDERED]


def _written(
    model: LanguageModel, question: str, lang: str | None, posts: Sequence[SeenPost], quoted: Sequence[Sentence]
) -> Iterator[Sentence]:
    """The model's sentences; where it cannot be reached the quoted answer stands alone."""
    first = {seen.number for sentence in quoted for seen in sentence.sources}
    ordered = sorted(posts, key=lambda seen: seen.number not in first)
    try:
        yield from fuller.write(model, question, lang, ordered)
    except EngineUnavailable:
        return


def searchable(question: str) -> str:
    """A question as a query: its signs are not meant as operators, except those that can be meant for nothing else."""
    return question.replace('"', " ").replace("(", " ").replace(")", " ").replace(" -", " ").replace("@", " ").lstrip("-")


def rarity(view: View, question: str, lang: str | None) -> dict[str, float]:
    """For each stem of a question, how telling it is: from about 1, for one in thousands of posts, to about 8, for one in none."""
    stems = {token.stem for token in text.content_words(question, lang)}
    return {stem: math.log((4 * COMMON) / (1 + _posts_with(view, stem))) for stem in stems}


def _posts_with(view: View, stem: str) -> int:
    return view.count(SQL("p.lexemes @@ {}::tsquery").format(Literal(text.quote(stem))), COMMON)
