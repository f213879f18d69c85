"""Is the network's own model good for its size? Bits per byte of held posts, beside everything else that can be had on the same bytes.

    python -m benchmarks.pretraining --data FOLDER --minutes 20 --json OUT [--without-gpt2]

On a fixed slice of 13 MB of `communities` and of `stocknet`, split by author and time: our network after so many minutes on this machine, a modified
Kneser–Ney 5-gram over the same tokens, their mixture, GPT-2 by nanoGPT's recipe with as many parameters and tokens, `xz -9e` and PPMd. Every post is
scored alone with its end. The compressors are given the training text first, and see held posts before each other, which the models do not.
"""

from __future__ import annotations

import argparse
import json
import lzma
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import gpt2, slices
from benchmarks.slices import Slice
from oscine.evals.model import held
from oscine.evals.model.subjects import Ngrams
from oscine.model import bits, export
from oscine.model.bits import Scores
from oscine.model.gpt import GPT
from oscine.model.kneser_ney import KneserNey, flat
from oscine.model.pretrain import TrainConfig

SETS = {"communities": "communities/posts.jsonl.gz", "stocknet": "stocknet/posts.jsonl.gz"}
BYTES = 13_000_000
ROOT = Path(__file__).parent.parent
ALONG = 600  # held posts that it is scored on meanwhile
PPMD_ORDERS, PPMD_MEMORY = (6, 8), 1 << 29
AIMS = {"mixture": 0.96, "GPT-2": 1 / 0.97}  # bits, as ratios: to Kneser–Ney, at most; to our network, at least


def say(words: str) -> None:
    """Progress, to standard error."""
    print(words, file=sys.stderr, flush=True)


def compare(given: Slice, folder: Path, minutes: float, peer: bool) -> dict[str, Any]:
    """Everything on one slice; GPT-2, which takes longest, only as a `peer`."""
    network, config, along = trained(given, folder, minutes)
    words = bits.own_words(folder / "run")
    found = {"network": scored(network, words, given.held, config), "Kneser-Ney 5-gram": counted(given, words)}
    tokens = config.steps * config.rows * config.length
    compared = {
        "train": {"posts": len(given.train), "bytes": sum(len(post.text.encode()) for post in given.train)},
        "held": {"posts": len(given.held), "bytes": int(found["network"].bytes.sum())},
        "network": {"parameters": _size(network), "tokens": tokens, "seconds": along["seconds"], "shape": config.to_json()},
        "mixture": held.mixture(found["network"], found["Kneser-Ney 5-gram"]),
        "network_to_kneser_ney": held.compared(found["network"], found["Kneser-Ney 5-gram"])["ratio"],
        "compressors": compressed([post.text for post in given.train], given.held),
        "by_minutes": along["along"],
    }
    if peer:
        other, seconds = beside(given, words, config)
        found["GPT-2"] = scored(other, words, given.held, config)
        compared["GPT-2"] = {"parameters": _size(other), "tokens": tokens, "seconds": seconds}
        compared["gpt2_to_network"] = held.compared(found["GPT-2"], found["network"])["ratio"]
    return {**compared, "bits_per_byte": {name: told(given, scores) for name, scores in found.items()}}


def trained(given: Slice, folder: Path, minutes: float) -> tuple[GPT, TrainConfig, dict[str, Any]]:
    """Our network, as `oscine train` makes it on all cores, and its bits per byte on the way."""
    slices.write(given, folder / "corpus")
    (folder / "held.json").write_text(json.dumps(given.held[:: max(1, len(given.held) // ALONG)]))
    subprocess.run([sys.executable, "-m", "benchmarks.train_scored", str(folder), str(minutes)], check=True, cwd=ROOT)
    told = json.loads((folder / "run" / "config.json").read_text())
    return (
        export.read(folder / "run" / "model").eval(),
        TrainConfig.from_json(told["train"]),
        json.loads((folder / "along.json").read_text()),
    )


def scored(model: Any, words: bits.Words, texts: Sequence[str], config: TrainConfig) -> Scores:
    """Held posts by a network, ours or transformers'."""

    def logits(tokens: torch.Tensor) -> torch.Tensor:
        given = model(tokens)
        return given if isinstance(given, torch.Tensor) else given.logits

    return bits.score(logits, words, texts, config.length, config.model.vocabulary)


def counted(given: Slice, words: bits.Words) -> Scores:
    """Held posts by n-grams fitted on the same tokens."""
    began = time.monotonic()
    tokens, offsets = flat(words.posts([post.text for post in given.train]))
    model = KneserNey.fit(tokens, offsets, words.inner.get_vocab_size())
    say(f"Kneser–Ney on {len(tokens):,} tokens: {time.monotonic() - began:.1f} s")
    return Ngrams(words, model).score(given.held)


def beside(given: Slice, words: bits.Words, config: TrainConfig) -> tuple[Any, float]:
    """GPT-2 of the same depth and width, on as many tokens; how long it took."""
    shape = config.model
    stream = np.concatenate([np.array(post) for post in words.posts([post.text for post in given.train])])
    other = gpt2.model(shape.vocabulary, shape.depth, shape.width, shape.heads, config.length)
    seconds = gpt2.train(other.train(), stream, config.rows, config.length, config.steps, config.seed, say)
    return other.eval(), seconds


def told(given: Slice, scores: Scores) -> dict[str, Any]:
    """Bits per byte in all, and of each kind of held posts."""
    kinds = np.array(given.kinds)
    return {"all": held.rate(scores.bits, scores.bytes)} | {
        kind: held.rate(scores.bits[kinds == kind], scores.bytes[kinds == kind]) for kind in slices.KINDS
    }


def compressed(train: Sequence[str], texts: Sequence[str]) -> dict[str, float]:
    """Bits per byte by which training text and held posts together are longer than training text alone; a post ends with a line break."""
    before, after = ("".join(f"{text}\n" for text in part).encode() for part in (train, texts))
    size = sum(len(text.encode()) for text in texts)
    found = {"xz -9e": 8 * (_xz(before + after) - _xz(before)) / size}
    try:
        import pyppmd
    except ImportError:
        say("PPMd is left out: run `pip install pyppmd`.")
        return found

    def ppmd(data: bytes, order: int) -> int:
        encoder = pyppmd.Ppmd7Encoder(order, PPMD_MEMORY)
        return len(encoder.encode(data)) + len(encoder.flush())

    return found | {f"PPMd, order {order}": 8 * (ppmd(before + after, order) - ppmd(before, order)) / size for order in PPMD_ORDERS}


def _xz(data: bytes) -> int:
    return len(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))


def _size(model: Any) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def markdown(name: str, found: dict[str, Any]) -> str:
    """The tables of one slice."""
    rows = [
        f"**{name}**: {found['train']['bytes']:,} bytes of training text, {found['held']['posts']:,} held posts of {found['held']['bytes']:,} bytes",
        "",
    ]
    rows += ["| bits per byte | all held posts | " + " | ".join(slices.KINDS) + " |", "| --- " * (2 + len(slices.KINDS)) + "|"]
    for model, groups in found["bits_per_byte"].items():
        rows.append(f"| {model} | " + " | ".join(_shown(each) for each in groups.values()) + " |")
    mixture = found["mixture"]
    rows.append(
        f"| mixture, the network weighs {mixture['network_weight']:.2f} | {_shown(mixture['bits_per_byte'])} |" + " |" * len(slices.KINDS)
    )
    rows += [f"| {each} | {value:.3f} |" + " |" * len(slices.KINDS) for each, value in found["compressors"].items()]
    rows += ["", "| what | ratio of bits | 95% interval | aim |", "| --- | --- | --- | --- |"]
    rows += [
        _ratio("network to Kneser–Ney", found["network_to_kneser_ney"], "below 1", 1.0, below=True),
        _ratio("mixture to Kneser–Ney", mixture["ratio_to_kneser_ney"], f"at most {AIMS['mixture']:.2f}", AIMS["mixture"], below=True),
    ]
    if "gpt2_to_network" in found:
        rows.append(_ratio("GPT-2 to network", found["gpt2_to_network"], f"at least {AIMS['GPT-2']:.3f}", AIMS["GPT-2"], below=False))
    rows += ["", "| minutes | tokens | bits per byte |", "| --- | --- | --- |"]
    rows += [f"| {each['minutes']:.1f} | {each['tokens']:,} | {each['bits_per_byte']:.3f} |" for each in found["by_minutes"]]
    seen = (
        f"{model}: {found[model]['parameters']:,} parameters, {found[model]['tokens']:,} tokens, {found[model]['seconds']:.0f} s"
        for model in ("network", "GPT-2")
        if model in found
    )
    return "\n".join([*rows, "", ". ".join(seen) + "."])


def _shown(each: dict[str, Any]) -> str:
    return "" if each["value"] is None else f"{each['value']:.3f} ({each['low']:.3f} to {each['high']:.3f})"


def _ratio(name: str, given: dict[str, float], aim: str, bound: float, *, below: bool) -> str:
    met = given["value"] < bound if below else given["value"] >= bound
    return f"| {name} | {given['value']:.3f} | {given['low']:.3f} to {given['high']:.3f} | {aim}{'' if met else ': **missed**'} |"


def main() -> None:
    """Compare on each set, print the tables, write the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pretraining", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    parser.add_argument("--minutes", type=float, default=20, help="that our network is trained for")
    parser.add_argument("--json", type=Path, help="where the figures go")
    parser.add_argument("--sets", default=",".join(SETS), help="which sets, with commas between")
    parser.add_argument("--bytes", type=int, default=BYTES, help="of training text, at most")
    parser.add_argument("--without-gpt2", action="store_true", help="leave out GPT-2, whose training takes longer than ours")
    chosen = parser.parse_args()
    found: dict[str, Any] = {}
    for name in chosen.sets.split(","):
        given = slices.split(slices.read(chosen.data / SETS[name]), chosen.bytes)
        with tempfile.TemporaryDirectory(prefix="oscine-pretraining-") as folder:
            found[name] = compare(given, Path(folder), chosen.minutes, not chosen.without_gpt2)
        print(markdown(name, found[name]), end="\n\n", flush=True)
        if chosen.json:
            chosen.json.write_text(json.dumps({"machine": platform.machine(), "threads": torch.get_num_threads(), "sets": found}, indent=2))


if __name__ == "__main__":
    main()
