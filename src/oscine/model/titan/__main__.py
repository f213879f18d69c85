"""A run's folder made ready for torchtitan, and what torchtitan leaves turned into the run's model.

    python -m oscine.model.titan prepare CORPUS RUN --depth 36 --length 4096 --rows 1024 --steps 20000 --untied
    python -m oscine.model.titan export RUN

Depth, rows and steps are what `oscine plan` comes to, or yours: torchtitan is given them, and measures no machine. It trains nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from oscine.errors import InputError, OscineError
from oscine.model import budget, export, run, shards
from oscine.model import tokenizer as posts
from oscine.model.gpt import GPTConfig
from oscine.model.optim import Rates
from oscine.model.pretrain import TrainConfig


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the arguments say; ends with 1 and a sentence where that cannot be done."""
    told = _options().parse_args(arguments)
    try:
        prepare(told) if told.what == "prepare" else exported(told.run)
    except OscineError as error:
        sys.exit(f"oscine: {error}")


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m oscine.model.titan", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    verbs = parser.add_subparsers(dest="what", required=True)
    ready = verbs.add_parser("prepare", help="write tokenizer, tokens and configuration into RUN")
    ready.add_argument("corpus", type=Path)
    ready.add_argument("run", type=Path)
    ready.add_argument("--depth", type=int, help="layers; needed without --begin-with")
    ready.add_argument("--begin-with", type=Path, help="go on from this Hugging Face folder of the Qwen3 family")
    ready.add_argument("--untied", action="store_true", help="a head of its own: torchtitan's pipelines cannot share the table of tokens")
    ready.add_argument("--vocabulary", type=int, help="tokens, in place of what the corpus comes to")
    ready.add_argument("--times", action="store_true", help="tell the model the month of each post")
    ready.add_argument("--length", type=int, default=2048, help="tokens a row")
    ready.add_argument("--rows", type=int, required=True, help="a step, of all GPUs")
    ready.add_argument("--steps", type=int, required=True)
    ready.add_argument("--rate", type=float, default=3e-4, help="AdamW's highest; 3e-4 is torchtitan's own for Qwen3 0.6B")
    ready.add_argument("--seed", type=int, default=0)
    verbs.add_parser("export", help="turn torchtitan's last checkpoint into RUN/model").add_argument("run", type=Path)
    return parser


def prepare(told: argparse.Namespace) -> None:
    """Tokenizer, tokens and configuration of a run. Raises `InputError` where it is one already, or nothing says how deep it is."""
    wanted = run.Wanted(told.corpus, told.run, vocabulary=told.vocabulary, begin_with=told.begin_with, times=told.times, seed=told.seed)
    if (told.run / "config.json").exists():
        raise InputError(f"{told.run} is a run already.", "Give another folder.")
    if not told.depth and not told.begin_with:
        raise InputError("Nothing says how deep the model is.", "Give --depth, or a model to --begin-with.")
    run.encode(wanted, print)
    tokenizer = posts.load(told.run)
    (told.run / "tokenizer_config.json").write_text(posts.settings(told.length))
    config = TrainConfig(
        shape(told, tokenizer.size), Rates(told.rate, told.rate, told.rate, 0.1, max(1, min(2000, told.steps // 50))), told.length, told.rows,
        told.steps, told.seed, begin_with=str(told.begin_with.resolve()) if told.begin_with else "",
    )  # fmt: skip
    counts = shards.Counts(**json.loads((told.run / "tokens" / "train.json").read_text()))
    corpus = {"folder": str(told.corpus.resolve()), **json.loads((told.run / run.CORPUS).read_text())}
    written = {"train": config.to_json(), "budget": f"{told.steps} steps by torchtitan", "corpus": corpus, "tokens": vars(counts)}
    (told.run / "config.json").write_text(json.dumps(written, indent=2))
    print(f"{config.model.parameters / 1e6:,.1f} M parameters, {config.steps:,} steps of {config.rows} × {config.length} tokens")


def shape(told: argparse.Namespace, vocabulary: int) -> GPTConfig:
    """The model's. Raises `InputError` where torchtitan could not begin with what is named: it adds no tokens to a table."""
    if not told.begin_with:
        return replace(budget.shape(told.depth, vocabulary, told.length), tied=not told.untied)
    known = export.shape(told.begin_with)
    if vocabulary > known.vocabulary:
        raise InputError(
            f"{told.begin_with} has no room for our special tokens.", "Begin with a run of `oscine train --begin-with`, which makes room."
        )
    return known


def exported(folder: Path) -> None:
    """The run's model, from torchtitan's last checkpoint, and how good it is. Raises `InputError` where there is none."""
    config = TrainConfig.from_json(json.loads((folder / "config.json").read_text())["train"])
    run.finish(folder, config, last(folder / "titan" / "checkpoint"), print)


def last(checkpoints: Path) -> dict[str, Tensor]:
    """The weights of the newest checkpoint that torchtitan wrote as Hugging Face does, by our names."""
    from safetensors.torch import load_file

    steps = sorted(checkpoints.glob("step-*"), key=lambda step: int(step.name.removeprefix("step-")))
    finished = [files for step in steps if (files := sorted(step.glob("*.safetensors")))]
    if not finished:
        raise InputError(f"{checkpoints} holds no finished run.", "torchtitan writes model.safetensors after the last step.")
    return {name: weight for file in finished[-1] for name, weight in load_file(file).items()}


if __name__ == "__main__":
    main()
