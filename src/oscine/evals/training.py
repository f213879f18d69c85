"""What the commands that train adapters share: the encoder's weights as the trainer takes them, what is held out, and the file that is written."""

from __future__ import annotations

import argparse
import hashlib
from importlib import resources
from pathlib import Path

import numpy as np

from oscine.engines import e5, e5_graph
from oscine.evals import sets
from oscine.model.encoder import MATRICES, NORMS, Adapter, Pretrained

PARTS = {"qkv": "q k v"}  # of one matrix of the trainer's: several of the file's
HELD_OUT = 10  # one post in so many


def held_out(post: str) -> bool:
    """Whether nothing may be trained on questions about this post: one post in ten, by the hash of its id."""
    return int(hashlib.sha256(post.encode()).hexdigest(), 16) % HELD_OUT == 0


def questions(data: Path) -> list[sets.Line]:
    """All of TweetQA's questions in a folder of public sets: `qid, post_id, question, answers`."""
    return list(sets.lines(data / "tweetqa" / "questions.jsonl.gz"))


def pretrained(weights: e5_graph.Weights) -> Pretrained:
    """The encoder in the arrays that the trainer takes."""
    arrays = {"emb.pos": weights.floats("emb.pos").reshape(-1, weights.width) + weights.floats("emb.type")[: weights.width]}
    for layer in (f"l{number}" for number in range(weights.layers)):
        for part in MATRICES:
            names = [f"{layer}.{name}" for name in PARTS.get(part, part).split()]
            inputs = weights.inner if part == "fo" else weights.width
            arrays[f"{layer}.{part}.w"] = weights.matrix(*(f"{name}.w" for name in names), inputs=inputs)
            arrays[f"{layer}.{part}.b"] = weights.floats(*(f"{name}.b" for name in names))
    for norm in ("emb.ln", *(f"l{number}.{part}" for number in range(weights.layers) for part in NORMS)):
        arrays |= {f"{norm}.{short}": weights.floats(f"{norm}.{short}").copy() for short in ("w", "b")}
    table = weights.word_table()
    return Pretrained(arrays, lambda ids: e5_graph.unpack(table[ids], weights.width), weights.layers, weights.heads, weights.epsilon,
                      weights.bos, weights.eos, weights.pad)  # fmt: skip


def pieces(prefix: str, text: str, limit: int) -> tuple[list[int], list[tuple[int, int]]]:
    """Token ids of prefix and text, at most `limit`, and which code points of the text each stands for."""
    found = e5.tokenizer().encode(prefix + text, add_special_tokens=False)
    before = len(prefix)
    return found.ids[:limit], [(max(0, a - before), max(0, z - before)) for a, z in found.offsets[:limit]]


def arguments(about: str, name: str, minutes: float = 0, steps: int = 0) -> argparse.Namespace:
    """What is asked of the command: the folder of public sets, the minutes or the steps of training, the file to write."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    if steps:
        parser.add_argument("--steps", type=int, default=steps, help="of training")
    else:
        parser.add_argument("--minutes", type=float, default=minutes, help="of training, on this machine")
    parser.add_argument("--out", type=Path, default=Path(str(resources.files("oscine.engines").joinpath(f"{name}.npz"))))
    return parser.parse_args()


def write(adapter: Adapter, path: Path) -> None:
    """The adapter as a file."""
    with path.open("wb") as file:
        np.savez_compressed(file, **adapter)  # type: ignore[arg-type]
    print(f"{path}: SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}")
