"""Teaches SmolLM2-135M-Instruct to answer from posts: `engines/voice.gguf`, an adapter; its card is `engines/voice.md`.

    python -m oscine.evals.train_voice --data FOLDER [--minutes 60] [--out FOLDER]

FOLDER holds `tweetqa/posts.jsonl.gz` and `tweetqa/questions.jsonl.gz`. Nothing is learned from questions about one post in ten, on which Ask is
measured. On a GPU the same command with `--epochs 3` finishes what two cores begin.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from oscine.app import App, from_environment
from oscine.evals import sets, training
from oscine.evals.network import network
from oscine.records import ANONYMOUS
from oscine.teach import answers, example, statements

LANGUAGES = ("fr", "it", "de", "es", "pt", "nl")


def asked(data: Path) -> list[answers.Asked]:
    """The questions to learn from, in an order of chance: TweetQA's, and those that were translated and may be tuned on."""
    lines = [line for line in training.questions(data) if not training.held_out(line["post_id"])]
    english = [answers.Asked(line["question"], tuple(line["answers"]), line["post_id"], f"TweetQA {line['qid']}") for line in lines]
    by_id = {line["qid"]: tuple(line["answers"]) for line in lines}
    open_lines = [line for line in sets.suite("cross_lingual.jsonl") if not line["held"]]
    questions = [*english, *answers.translated(open_lines, by_id, LANGUAGES)]
    random.Random(0).shuffle(questions)
    return questions


def collect(host: App, data: Path, out: Path) -> int:
    """Write the examples; how many."""
    posts = sets.posts(data / "tweetqa" / "posts.jsonl.gz")
    with network(host, posts, keep=host.settings.data / "evals" / "networks" / "tweetqa-training") as app:
        made = answers.examples(asked(data), app.search, app.view(ANONYMOUS), statements.statement)
        return example.write(made, out)


if __name__ == "__main__":
    with from_environment() as host:
        print(collect(host, Path(sys.argv[1]), Path(sys.argv[2])))
