"""Teaches SmolLM2-135M-Instruct to answer from posts: `engines/voice.gguf`, an adapter; its card is `engines/voice.md`. Needs the extras
`train`, `llm` and `teach`.

    python -m oscine.evals.train_voice --data FOLDER [--minutes 48] [--epochs 1] [--out FOLDER]

FOLDER holds `tweetqa/posts.jsonl.gz` and `tweetqa/questions.jsonl.gz`. Nothing is learned from questions about one post in ten, on which Ask is
measured. On a GPU the same command with `--epochs 3 --minutes 600` finishes what two cores begin.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from importlib import resources
from pathlib import Path

from oscine.access import licences
from oscine.app import App, from_environment
from oscine.engines import registry
from oscine.evals import sets, training
from oscine.evals.network import network
from oscine.model import base, finetune, gguf, launch, lora_gguf
from oscine.records import ANONYMOUS
from oscine.teach import answers, example, statements

BASE = "smollm2-135m"
LANGUAGES = ("fr", "it", "de", "es", "pt", "nl")


def asked(data: Path) -> list[answers.Asked]:
    """The questions to learn from, in an order of chance: TweetQA's, and those of its translations that may be tuned on."""
    lines = [line for line in training.questions(data) if not training.held_out(line["post_id"])]
    english = [answers.Asked(line["question"], tuple(line["answers"]), line["post_id"], f"TweetQA {line['qid']}") for line in lines]
    by_id = {line["qid"]: tuple(line["answers"]) for line in lines}
    open_lines = [line for line in sets.suite("cross_lingual.jsonl") if not line["held"]]
    questions = [*english, *answers.translated(open_lines, by_id, LANGUAGES)]
    random.Random(0).shuffle(questions)
    return questions


def collect(host: App, data: Path, out: Path) -> int:
    """Write the examples; how many. The posts are searched as Ask does, in a scratch network."""
    posts = sets.posts(data / "tweetqa" / "posts.jsonl.gz")
    with network(host, posts, keep=host.settings.data / "evals" / "networks" / "tweetqa-training") as app:
        view = app.view(ANONYMOUS).under(licences.own("training", "search"))
        return example.write(answers.examples(asked(data), app.search, view, statements.statement), out)


def main() -> None:
    """Make the examples, unless they are there; learn; write the adapter and tell its hash."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    parser.add_argument("--minutes", type=float, default=48.0, help="of learning, on this machine")
    parser.add_argument("--epochs", type=float, default=1.0, help="passes, if they come before the minutes are over")
    parser.add_argument("--out", type=Path, default=Path("voice"), help="folder for the examples, the adapter and its curve")
    chosen = parser.parse_args()
    launch.again("oscine.evals.train_voice", sys.argv[1:], 1)
    chosen.out.mkdir(parents=True, exist_ok=True)
    lines = chosen.out / "answers.jsonl"
    if not lines.exists():
        with from_environment() as host:
            print(f"{collect(host, chosen.data, lines)} examples", flush=True)
    path = registry.find(registry.MODELS[BASE])
    given = [each.messages for each in finetune.read(lines)]
    config = finetune.Config(minutes=chosen.minutes, epochs=chosen.epochs)
    curve = finetune.learn(base.open_base(path), given, chosen.out / "adapter", config, lambda line: print(line, flush=True))
    (chosen.out / "curve.json").write_text(json.dumps([point._asdict() for point in curve]))
    made = Path(str(resources.files("oscine.engines").joinpath("voice.gguf")))
    lora_gguf.export(chosen.out / "adapter", made, gguf.about(path), half=True)
    print(f"{made}: SHA-256 {hashlib.sha256(made.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
