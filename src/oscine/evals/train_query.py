"""Trains how questions are embedded, `engines/query.npz`, on TweetQA; its card is `engines/query.md`. Needs the extra `train`.

    python -m oscine.evals.train_query --data FOLDER [--minutes 18] [--out FILE]

FOLDER holds `tweetqa/posts.jsonl.gz`, `tweetqa/questions.jsonl.gz` and, as texts that are to stay where they were, `communities/posts.jsonl.gz`.
The posts' vectors do not change: no network need be embedded again.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oscine.app import App, from_environment
from oscine.engines import e5, e5_graph
from oscine.errors import EngineUnavailable
from oscine.evals import metrics, sets, training
from oscine.evals.network import network
from oscine.model import query
from oscine.model.encoder import Encoder
from oscine.model.query import Config, Question
from oscine.store import vectors

LANGUAGES = ("en", "fr", "it", "de", "es", "pt", "nl")
TRANSLATED = 4  # times that each translated question is in the set
JUDGED = 500  # held-out questions
UNRELATED, EVERY = 40_001, 20  # every 20th of so many posts
OPENING = (3, 4, 8)  # words of a post that are taken: about as many as a query has

Places = dict[str, int]  # of posts, by id


def tokens(text: str) -> list[int]:
    """A question as it is embedded."""
    ids: list[int] = e5.tokenizer().encode(e5.QUERY_PREFIX + text).ids
    return ids[: e5.QUERY_TOKENS]


def learned(data: Path, places: Places) -> list[Question]:
    """English questions and the tuning half of the translated ones, but none about a post that any evaluation asks about."""
    translated = sets.suite("cross_lingual.jsonl")
    asked_about = {line["post_id"] for line in translated if line["held"]}
    free = {post for post in places if not training.held_out(post) and post not in asked_about}
    english = [(line["question"], line["post_id"]) for line in training.questions(data)]
    others = [(line[lang], line["post_id"]) for line in translated if not line["held"] for lang in LANGUAGES[1:]]
    return [Question(tokens(text), places[post]) for text, post in english + others * TRANSLATED if post in free]


def judged(data: Path, places: Places) -> dict[str, list[Question]]:
    """Questions that nothing is learned from: TweetQA's, and the held half of the translated ones by language."""
    held = [line for line in training.questions(data) if training.held_out(line["post_id"])][:JUDGED]
    found = {"TweetQA": [Question(tokens(line["question"]), places[line["post_id"]]) for line in held]}
    for lang in LANGUAGES:
        found[lang] = [Question(tokens(line[lang]), places[line["post_id"]]) for line in sets.translated()]
    return found


def unrelated(data: Path, seed: int) -> list[list[int]]:
    """Openings of posts of communities."""
    chooser = random.Random(seed)
    posts = islice(sets.lines(data / "communities" / "posts.jsonl.gz"), 0, UNRELATED, EVERY)
    openings = [" ".join(post["text"].split()[: chooser.choice(OPENING)]) for post in posts]
    return [tokens(text) for text in openings if text]


def embedded(host: App, posts: Sequence[sets.Line]) -> NDArray[np.float32]:
    """The posts' vectors, shape (n, width), as the product makes them. Raises `EngineUnavailable` without the model."""
    with network(host, []) as app:
        embedder = app.embedder()
        if embedder is None:
            raise EngineUnavailable(app.embedding_problem)
        return embedder.embed_passages([vectors.passage(post.get("author_name", ""), post["text"]) for post in posts])


def recall(encoder: Encoder, passages: NDArray[np.float32], questions: Sequence[Question], depth: int) -> float:
    """The share of questions with their post among the `depth` nearest."""
    near = query.vectors(encoder, [each.tokens for each in questions]).numpy() @ passages.T
    right = near[np.arange(len(questions)), [each.right for each in questions]]
    return metrics.mean(((near > right[:, None]).sum(axis=1) < depth).tolist())


def tell(when: str, encoder: Encoder, passages: NDArray[np.float32], held: dict[str, list[Question]]) -> None:
    """The figures, first and among five."""
    for name, questions in held.items():
        first, five = (recall(encoder, passages, questions, depth) for depth in (1, 5))
        print(f"{when}, {name}: first {first:.3f}, among five {five:.3f}", flush=True)


def main() -> None:
    """Embed, train, write, and tell how well it does on what was held out, before and after."""
    config = Config()
    chosen = training.arguments(__doc__, "query", config.schedule.minutes)
    posts = sets.posts(chosen.data / "tweetqa" / "posts.jsonl.gz")
    with from_environment() as host:
        passages = embedded(host, posts)
    places = {post["id"]: place for place, post in enumerate(posts)}
    given, held = training.pretrained(e5_graph.Weights(e5.find_weights())), judged(chosen.data, places)
    tell("before", Encoder(given, config.rank, precision=config.precision), passages, held)
    config = replace(config, schedule=replace(config.schedule, minutes=chosen.minutes))
    examples, still = learned(chosen.data, places), unrelated(chosen.data, config.seed)
    made, _ = query.train(given, passages, examples, still, config, lambda line: print(line, flush=True))
    training.write(made.adapter(), chosen.out)
    tell("after", made, passages, held)


if __name__ == "__main__":
    main()
