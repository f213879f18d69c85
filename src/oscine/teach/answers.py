"""Examples of grounded answering: a question and posts, and what may be said from them with their numbers, or that they do not say.

The posts are those that search finds for the question, so a model learns among the same distractors that it will meet; what it is to say has
passed the same check that its own sentences will. It makes no use of a language model, and translates nothing.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import regex

from oscine import evidence, text
from oscine.ask import ask, fuller, phrases
from oscine.ask.answer import passage
from oscine.errors import InputError, NotFound
from oscine.safety.injection import cleaned, steers
from oscine.search.search import Search
from oscine.teach.example import Example
from oscine.view import SeenPost, View

Statement = Callable[[str, str], str | None]  # a question and its short answer → the two as one sentence, where that can be made
SEARCHED = 8  # posts looked at for each question
REFUSED = 0.22  # of questions, those whose post is left out
DIGESTS = 0.06  # and those that ask what all of the posts say
SHORT = 0.35  # of answers without a statement, how many are kept: a model should learn to say more than a word
_WORD = regex.compile(r"[\p{L}\p{N}#@][\p{L}\p{N}'’._-]*")
_BEGIN = regex.compile(r"(?<=[.!?:])\s+")


class Asked(NamedTuple):
    """A question about one post, with right answers; `source` says where it is from."""

    question: str
    answers: tuple[str, ...]
    post: str
    source: str


def read(path: Path) -> list[Asked]:
    """Questions from JSON lines of `question, answers, post_id`, the posts' ids. Raises `InputError`, naming the line."""
    found = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                told = json.loads(line)
                if not isinstance(told["answers"], list):
                    raise ValueError("its answers are no list")
                right = tuple(map(str, told["answers"]))
                found.append(Asked(str(told["question"]), right, str(told["post_id"]), str(told.get("source", f"line {number}"))))
            except (ValueError, KeyError, TypeError) as error:
                fix = 'A line is {"question": "…", "answers": ["…"], "post_id": "…"}.'
                raise InputError(f"Line {number} of {path} is no question ({error}).", fix) from None
    return found


class Teacher(NamedTuple):
    """What examples are made with. `known` are statements about posts, by the posts' ids."""

    search: Search
    view: View
    statement: Statement
    chance: random.Random
    known: dict[str, str]


def examples(asked: Sequence[Asked], search: Search, view: View, statement: Statement, seed: int = 0) -> Iterator[Example]:
    """An example for each question whose answer its post bears out, a part of them refusals and digests; posts that are gone, that `view` does not
    show or that steer a machine are in none."""
    teacher = Teacher(search, view, statement, random.Random(seed), {})
    posts = {one.post: seen for one in asked if (seen := _shown(one.post, view))}
    asked = [one for one in asked if one.post in posts]
    sayings = [said(one, posts[one.post], statement) for one in asked]
    for one, says in zip(asked, sayings, strict=True):
        if len(says) > 1:
            teacher.known.setdefault(one.post, says[1])
    for one, says in zip(asked, sayings, strict=True):
        if says and (example := _example(one, posts[one.post], says, teacher)):
            yield example


def said(asked: Asked, seen: SeenPost, statement: Statement) -> tuple[str, ...]:
    """The short answer as the post has it and, where one can be made that stands on the post, the statement; nothing where the post bears neither out."""
    words = html_free(seen)
    short = next((found for answer in asked.answers if (found := _in(answer.strip(" ."), words))), "")
    if not short:
        return ()
    long = statement(asked.question, short)
    cased = _cased(long, words) if long else ""
    return (short, cased) if cased and evidence.support(cased, [passage(seen)], "en").holds else (short,)


def html_free(seen: SeenPost) -> str:
    """A post's text as a model is shown it."""
    return " ".join(cleaned(seen.post.text).split())[: fuller.SHOWN]


def _shown(key: str, view: View) -> SeenPost | None:
    try:
        seen = view.post(key)
    except NotFound:
        return None
    return None if steers(seen.post.text) else seen


def _example(asked: Asked, seen: SeenPost, says: tuple[str, ...], teacher: Teacher) -> Example | None:
    chance = teacher.chance.random()
    others = [post for post in _found(asked.question, teacher) if post.number != seen.number]
    lang = text.language(asked.question) or "en"
    if chance < REFUSED:
        silent = [post for post in others if not any(_in(answer.strip(" ."), html_free(post)) for answer in asked.answers)]
        return _told(asked, asked.question, silent[:3], phrases.say("refusal", lang)) if silent else None
    known = [post for post in [seen, *others] if post.post.id in teacher.known]
    if chance < REFUSED + DIGESTS and len(known) > 1:
        shown = known[: fuller.SHORT_POSTS]
        told = " ".join(f"{teacher.known[post.post.id][:-1]} [{number}]." for number, post in enumerate(shown, 1))
        return _told(asked, "What do these posts say?", shown, told)
    if len(says) == 1 and lang == "en" and teacher.chance.random() > SHORT:
        return None
    shown = _shuffled(seen, others[: teacher.chance.choice((0, 1, 2, 2))], teacher.chance)
    number = shown.index(seen) + 1
    return _told(asked, asked.question, shown, " ".join(f"{words.rstrip('.')} [{number}]." for words in says))


def _found(question: str, teacher: Teacher) -> list[SeenPost]:
    found, _ = teacher.search.find(teacher.view, ask.searchable(question), SEARCHED, datetime.now(UTC), plainly=True)
    return [item.seen for item in found if not steers(item.seen.post.text)]


def _shuffled(seen: SeenPost, others: Sequence[SeenPost], chance: random.Random) -> list[SeenPost]:
    """The right post first as often as Ask puts it first, else anywhere."""
    shown = [seen, *others]
    if chance.random() > 0.5:
        chance.shuffle(shown)
    return shown


def _told(asked: Asked, question: str, shown: Sequence[SeenPost], words: str) -> Example:
    messages = fuller.prompt(question, shown, taught=True)
    return Example((*messages, {"role": "assistant", "content": words}), asked.source, "answers")


def _in(answer: str, words: str) -> str:
    """The answer as a post writes it; empty where the post has other words."""
    at = words.casefold().find(answer.casefold())
    return words[at : at + len(answer)] if answer and at >= 0 else ""


def _cased(statement: str, words: str) -> str:
    """The statement with its words in the post's own letters: names come back out of a question in lower case."""
    inside = [word for piece in _BEGIN.split(words) for word in _WORD.findall(piece)[1:]]  # any word is a capital where a sentence begins
    own = {word.casefold(): word for word in inside if not word.isupper()}
    told = _WORD.sub(lambda found: own.get(found[0].casefold(), found[0]), statement)
    return told[:1].upper() + told[1:]


def translated(lines: Iterable[dict[str, Any]], answers: dict[str, tuple[str, ...]], languages: Sequence[str]) -> Iterator[Asked]:
    """Questions that people translated: lines of `qid, post_id` and a question a language."""
    for line in lines:
        for lang in languages:
            if line["qid"] in answers and lang in line:
                yield Asked(line[lang], answers[line["qid"]], line["post_id"], f"TweetQA {line['qid']}, translated ({lang})")
