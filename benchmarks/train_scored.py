"""Train on a corpus as `oscine train` does, on all cores, and score held posts on the way: `python -m benchmarks.train_scored FOLDER MINUTES`.

In FOLDER are `corpus/` and `held.json`, a list of texts; left there are `run/` and `along.json`, bits per byte at so many minutes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from oscine.model import bits, export, launch, parallel, run
from oscine.model import tokenizer as posts
from oscine.model.pretrain import TrainConfig, Training

MINUTES = (1, 2, 5, 10, 20)  # of training, at which the network is scored


def say(words: str) -> None:
    """Progress, to standard error."""
    print(words, file=sys.stderr, flush=True)


def train(folder: Path, minutes: float) -> None:
    """Train for so many minutes."""
    wanted = run.Wanted(folder / "corpus", folder / "run", budget=f"{60 * minutes:g}s", layout=parallel.started())
    run.prepare(wanted, say)
    config = TrainConfig.from_json(json.loads((wanted.run / "config.json").read_text())["train"])
    training, words, held = Training(wanted.run, config, say), bits.own_words(wanted.run), json.loads((folder / "held.json").read_text())
    due, along = [minute for minute in MINUTES if minute < minutes], list[dict[str, float]]()

    def look(now: Training) -> None:
        if not parallel.first() or not ((due and now.seconds >= 60 * due[0]) or now.step == config.steps):
            return
        del due[:1]
        found = bits.bits_per_byte(bits.score(now.model, words, held, config.length, config.model.vocabulary))
        tokens = now.step * config.rows * config.length
        along.append({"minutes": now.seconds / 60, "tokens": tokens, "bits_per_byte": found})
        say(f"{now.seconds / 60:.1f} minutes, {tokens:,} tokens: {found:.3f} bits per byte on {len(held)} held posts")

    training.go(look)
    weights = training.weights()
    if parallel.first():
        export.write(wanted.run / "model", config.model, weights, posts.load(wanted.run), {"form": "post"})
        (folder / "along.json").write_text(json.dumps({"seconds": training.seconds, "along": along}))
    parallel.end()


if __name__ == "__main__":
    launch.again("benchmarks.train_scored", sys.argv[1:])
    train(Path(sys.argv[1]), float(sys.argv[2]))
