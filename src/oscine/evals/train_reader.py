"""Trains the reader of posts, `engines/reader.npz`, on TweetQA; its card is `engines/reader.md`. Needs the extra `train`.

    python -m oscine.evals.train_reader --data FOLDER [--minutes 52] [--out FILE]

FOLDER holds `tweetqa/posts.jsonl.gz` and `tweetqa/questions.jsonl.gz`. A question learns from its post and from what search found beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from oscine.app import App, from_environment
from oscine.ask import worth
from oscine.engines import e5, e5_graph
from oscine.engines.reader import LONGEST_ANSWER, PASSAGE_TOKENS, QUESTION_TOKENS
from oscine.evals import metrics, sets, training
from oscine.evals.network import network
from oscine.model import reader
from oscine.model.reader import Config, Example, Reader
from oscine.records import ANONYMOUS
from oscine.view import SeenPost

FOUND = 12  # posts that search gives for a question
JUDGED = 150  # held-out questions
LONGEST_SPAN = 20  # words
TOLD_EVERY = 1_000  # questions


class Passage(NamedTuple):
    """A post as the reader reads it, its tokens, and which code points of the text each stands for."""

    text: str
    tokens: list[int]
    places: list[tuple[int, int]]


class Asked(NamedTuple):
    """A question, with the numbers of its passage and of those that search found, best first."""

    line: sets.Line
    tokens: list[int]
    right: int
    found: list[int]


class Collected:
    """Passages, each once, and the questions asked of them."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []
        self._numbers: dict[int, int] = {}

    def number(self, seen: SeenPost) -> int:
        """Which passage a post is."""
        if seen.number not in self._numbers:
            text = worth.readable(seen)
            self._numbers[seen.number] = len(self.passages)
            self.passages.append(Passage(text, *training.pieces(e5.PASSAGE_PREFIX, text, PASSAGE_TOKENS)))
        return self._numbers[seen.number]

    def ask(self, app: App, line: sets.Line, now: datetime) -> Asked:
        """A question, searched for."""
        view = app.view(ANONYMOUS)
        found, _ = app.search.find(view, line["question"], FOUND, now)
        tokens, _ = training.pieces(e5.QUERY_PREFIX, line["question"], QUESTION_TOKENS)
        return Asked(line, tokens, self.number(view.post(line["post_id"])), [self.number(each.seen) for each in found])


def collect(host: App, data: Path) -> tuple[list[Passage], list[Asked]]:
    """Every passage, and every question with what search finds for it."""
    collected, asked, now = Collected(), list[Asked](), datetime.now(UTC)
    posts = sets.posts(data / "tweetqa" / "posts.jsonl.gz")
    with network(host, posts, keep=host.settings.data / "evals" / "networks" / "tweetqa-training") as app:
        for line in training.questions(data):
            asked.append(collected.ask(app, line, now))
            if len(asked) % TOLD_EVERY == 0:
                print(f"{len(asked)} questions searched for", flush=True)
    return collected.passages, asked


def example(asked: Asked, passages: Sequence[Passage]) -> Example:
    """What is learned of a question; -1 for tokens where its best span lies beyond those that are read."""
    passage = passages[asked.right]
    start, end, near = best_span(passage.text, asked.line["answers"])
    within = [place for place, (a, z) in enumerate(passage.places) if z > start and a < end]
    first, last = (within[0], within[-1]) if within else (-1, -1)
    return Example(asked.tokens, asked.right, [place for place in asked.found if place != asked.right], first, last, near)


def best_span(passage: str, answers: Sequence[str]) -> tuple[int, int, float]:
    """The code points of the words that come nearest to an answer, the first and shortest of equals, and their F1 with it, as SQuAD's."""
    pieces = [(piece.start(), piece.end(), _words(piece[0])) for piece in re.finditer(r"\S+", passage)]
    right, best = [Counter(_words(answer)) for answer in answers], (0, 0, 0.0)
    for first, (start, _, _) in enumerate(pieces):
        said = Counter[str]()
        for _, end, words in pieces[first : first + LONGEST_SPAN]:
            said.update(words)
            near = max((_f1(said, each) for each in right), default=0.0)
            if near > best[2] + 1e-9:
                best = (start, end, near)
    return best


def _words(text: str) -> list[str]:
    plain = re.sub(r"['’]", "", text.lower())
    return [word for word in re.findall(r"\w+", plain) if word not in ("a", "an", "the")]


def _f1(said: Counter[str], right: Counter[str]) -> float:
    shared = (said & right).total()
    return 2 * shared / (said.total() + right.total()) if shared else 0.0


def judge(made: Reader, passages: Sequence[Passage], held: Sequence[Asked]) -> dict[str, float]:
    """Shares of questions of which the right post is first, and among five; and the mean F1 of the words read in the right post."""
    figures: dict[str, list[float]] = {
        "first, as found": [],
        "first, as read": [],
        "among five, as read": [],
        "F1 given the right post": [],
    }
    for each in held:
        numbers = [*each.found, *({each.right} - set(each.found))]
        read = made.read(each.tokens, [passages[number].tokens for number in numbers], LONGEST_ANSWER)
        order = sorted(range(len(each.found)), key=lambda place: -read[place].answers)
        ranked = [each.found[place] for place in order]
        places, right = passages[each.right].places, read[numbers.index(each.right)]
        said = passages[each.right].text[places[right.first][0] : places[right.last][1]]
        figures["first, as found"].append(each.right in each.found[:1])
        figures["first, as read"].append(each.right in ranked[:1])
        figures["among five, as read"].append(each.right in ranked[:5])
        figures["F1 given the right post"].append(metrics.token_f1(said, each.line["answers"]))
    return {name: metrics.mean(values) for name, values in figures.items()}


def main() -> None:
    """Collect, train, write, and tell how well it does on what was held out."""
    config = Config()
    chosen = training.arguments(__doc__, "reader", config.schedule.minutes)
    with from_environment() as host:
        passages, asked = collect(host, chosen.data)
    held = [each for each in asked if training.held_out(each.line["post_id"])]
    examples = [example(each, passages) for each in asked if not training.held_out(each.line["post_id"])]
    print(f"{len(examples)} questions to learn from, {len(held)} held out", flush=True)
    config = replace(config, schedule=replace(config.schedule, minutes=chosen.minutes))
    given, tokens = training.pretrained(e5_graph.Weights(e5.find_weights())), [each.tokens for each in passages]
    made, _ = reader.train(given, tokens, examples, config, lambda line: print(line, flush=True))
    training.write(made.adapter(), chosen.out)
    for name, figure in judge(made, passages, held[:JUDGED]).items():
        print(f"{name}: {figure:.3f}")


if __name__ == "__main__":
    main()
