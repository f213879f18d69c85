"""A language model looks things up before its answer is written: it calls functions, in at most four rounds, and its answer stands under the same check.

The functions, and who may call them, are the caller's. A model is shown posts through the viewer's own view, those that try to steer it not at
all; what it says besides its calls is not read. Where its server is away the answer stands as it was.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

from oscine import text
from oscine.ask import fuller
from oscine.ask.answer import Sentence, credit
from oscine.ask.ask import Answer, Step
from oscine.engines.language import HttpLanguageModel
from oscine.errors import EngineUnavailable, NotFound, OscineError
from oscine.safety.injection import cleaned, steers
from oscine.view import SeenPost, View

ROUNDS = 4
SECONDS = 30.0  # after which no further round begins
MOST_CALLS = 4  # a round
SHOWN = 10  # posts of a call
LONGEST = 600  # characters of a post
Run = Callable[[str, Mapping[str, Any]], Sequence[tuple[str, str]]]  # a function's name and arguments → posts, each by its id and network


def steps(made: Iterator[Step], model: HttpLanguageModel, view: View, functions: Sequence[Mapping[str, Any]], run: Run) -> Iterator[Step]:
    """The steps of an answer as they are made; before the last, the sentences that stand on what the model looked up."""
    for step in made:
        if isinstance(step, Answer):
            sentences = []
            for sentence in _written(model, step, looked_up(model, view, step.question, functions, run)):
                sentences.append(sentence)
                yield sentence
            yield _with(step, sentences, model.name)
        else:
            yield step


def looked_up(model: HttpLanguageModel, view: View, question: str, functions: Sequence[Mapping[str, Any]], run: Run) -> list[SeenPost]:
    """The posts that the model's calls found, the latest call's first."""
    rules = resources.files("oscine.ask").joinpath("prompts/consult.md").read_text(encoding="utf8")
    messages: list[dict[str, Any]] = [{"role": "system", "content": rules}, {"role": "user", "content": question}]
    found: dict[int, SeenPost] = {}
    end = time.monotonic() + SECONDS
    try:
        for _ in range(ROUNDS):
            if time.monotonic() > end:
                break
            calls = model.calls(messages, functions)[:MOST_CALLS]
            if not calls:
                break
            messages.append({"role": "assistant", "content": None, "tool_calls": [call.as_told() for call in calls]})
            for call in calls:
                posts, told = _run(run, view, call.name, call.arguments)
                found = {seen.number: seen for seen in posts} | found
                messages.append({"role": "tool", "tool_call_id": call.id, "content": told})
    except EngineUnavailable:
        pass
    return list(found.values())


def _run(run: Run, view: View, name: str, arguments: Mapping[str, Any]) -> tuple[list[SeenPost], str]:
    """The posts that a call gives, and what the model is told of them; of a call that fails, why."""
    try:
        keys = run(name, arguments)
    except OscineError as error:
        return [], str(error)
    posts = [seen for key, network in keys[:SHOWN] if (seen := _seen(view, key, network)) and not steers(seen.post.text)]
    told = [{"id": s.post.id, "by": cleaned(credit(s)), "text": cleaned(s.post.text)[:LONGEST]} for s in posts]
    return posts, json.dumps({"posts": told}, ensure_ascii=False)


def _seen(view: View, key: str, network: str) -> SeenPost | None:
    try:
        return view.post(key, network)
    except NotFound:  # deleted since
        return None


def _written(model: HttpLanguageModel, given: Answer, posts: Sequence[SeenPost]) -> Iterator[Sentence]:
    said = {sentence.text for sentence in given.sentences}
    try:
        for sentence in fuller.write(model, given.question, text.language(given.question), posts) if posts else ():
            if sentence.text not in said:
                yield sentence
    except EngineUnavailable:
        return


def _with(given: Answer, sentences: Sequence[Sentence], name: str) -> Answer:
    """The answer with more sentences; a refused one is none any more, and its posts are those that are cited."""
    if not sentences:
        return given
    cited = {seen.number: seen for sentence in (*given.sentences, *sentences) for seen in sentence.sources}
    return given._replace(sentences=(*given.sentences, *sentences), refused=False, posts=tuple(cited.values()), model=name)
