"""A training run from a corpus to a model that can be served: tokenizer, tokens, plan, pretraining, Hugging Face folder, baseline.

The run's folder holds all that it is: `config.json`, `tokenizer.json`, `tokens/`, `checkpoints/`, `log.jsonl`, `model/`, `result.json`.
Called again, it goes on where it was. It knows a corpus as a folder, and nothing of where that came from.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import math
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from oscine.errors import InputError
from oscine.model import bits, budget, export, parallel, pretrain, shards
from oscine.model import tokenizer as posts
from oscine.model.kneser_ney import KneserNey, flat, mixed, mixture
from oscine.model.parallel import Layout
from oscine.model.pretrain import Log, TrainConfig, Training

TRIED_STEPS, TRIED_DEPTH = 20, 4  # to see how fast these machines are
GUESS = 1e11  # FLOP/s, before that is seen; only the size of the steps tried depends on it
CORPUS = "corpus.json"  # as it was when the run began
LEDGER = ("ledger.jsonl", "ledger.sig")  # who was in it: what the model was exposed to can be told when the corpus has gone
TOKENIZER_BYTES = 200_000_000  # of text are enough to train a tokenizer on
COUNTED = 50_000_000  # tokens that the n-grams are fitted on; more would not fit in memory
SCORED = 2_000  # held posts that a run is judged by at its end
CHECKPOINTS = 10  # a run, at least; and one a `CHECKPOINT_SECONDS`
CHECKPOINT_SECONDS = 600.0


@dataclass(frozen=True)
class Wanted:
    """What is asked for. With a `begin_with`, an open-weights model's folder, training goes on from it, with its tokenizer."""

    corpus: Path
    run: Path
    budget: str = "20m"
    depth: int | None = None
    vocabulary: int | None = None
    begin_with: Path | None = None
    times: bool = False
    seed: int = 0
    layout: Layout = field(default_factory=Layout)


def train(wanted: Wanted, log: Log) -> dict[str, Any]:
    """Train, or go on training; what came of it, as `result.json` has it. All processes call it. Raises `InputError`."""
    if parallel.first():
        _check(wanted)
    with _alone(wanted.run):
        return _trained(wanted, log)


@contextlib.contextmanager
def _alone(run: Path) -> Iterator[None]:
    """The run is this command's until it ends, however it ends. Raises `InputError` where another trains it."""
    if not parallel.first():
        yield
        return
    run.mkdir(parents=True, exist_ok=True)
    with (run / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"The run {run.name} is being trained.", "Wait until that is done, or give another --name.") from None
        yield


def _trained(wanted: Wanted, log: Log) -> dict[str, Any]:
    prepare(wanted, log)
    config = TrainConfig.from_json(_told(wanted.run / "config.json")["train"])
    training = Training(wanted.run, config, log)
    training.go()
    weights = training.weights()
    if parallel.first():
        finish(wanted.run, config, weights, log)
    parallel.end()
    return _told(wanted.run / "result.json") if parallel.first() else {}


def prepare(wanted: Wanted, log: Log) -> None:
    """Make everything that training reads, where it is not there yet: tokenizer, tokens, plan."""
    if parallel.first() and not (wanted.run / "tokens" / "train.json").exists():
        encode(wanted, log)
    parallel.wait_for(wanted.run / "tokens" / "train.json")
    missing = float(not (wanted.run / "config.json").exists())
    if max(parallel.gathered(missing, parallel.begin(wanted.layout))):
        plan(wanted, log)
    elif parallel.first():
        log(
            f"the run {wanted.run.name} goes on as it was planned, for {_told(wanted.run / 'config.json')['budget']}; another --name begins anew"
        )
    parallel.wait_for(wanted.run / "config.json")


def _check(wanted: Wanted) -> None:
    """Raises `InputError` for what cannot be trained on, before anything is made, and for a run of another corpus or of what this one was."""
    budget.seconds(wanted.budget)
    if not (wanted.corpus / "corpus.json").exists():
        raise InputError(f"{wanted.corpus} is no corpus.", "Build one with `oscine corpus build`.")
    corpus = _told(wanted.corpus / "corpus.json")
    if (wanted.run / CORPUS).exists() and _told(wanted.run / CORPUS).get("parts") != corpus.get("parts"):
        raise InputError(
            f"The run {wanted.run.name} was begun on another corpus, or on this one before it was built again.",
            f"Give another --name, or remove {wanted.run} with the texts that are in it.",
        )


def encode(wanted: Wanted, log: Log) -> None:
    """Make the tokenizer, and the tokens of the corpus."""
    wanted.run.mkdir(parents=True, exist_ok=True)
    (wanted.run / CORPUS).write_text(json.dumps(_told(wanted.corpus / "corpus.json")))
    for name in LEDGER:
        if (wanted.corpus / name).exists():
            shutil.copy(wanted.corpus / name, wanted.run)
    tokenizer = _tokenizer(wanted, log)
    tokenizer.save(wanted.run / "tokenizer.json")
    counts = shards.encode(wanted.corpus, tokenizer, wanted.run / "tokens", "train", wanted.times)
    log(f"{counts.documents:,} documents, {counts.tokens:,} tokens of {counts.bytes / max(1, counts.tokens):.2f} bytes")


def plan(wanted: Wanted, log: Log) -> None:
    """Plan the run, on all machines together, and write it down."""
    counts = shards.Counts(**_told(wanted.run / "tokens" / "train.json"))
    config = planned(wanted, posts.load(wanted.run).size, counts, log if parallel.first() else _silent)
    if parallel.first():
        corpus = {"folder": str(wanted.corpus.resolve()), **_told(wanted.corpus / "corpus.json")}
        told = {"train": config.to_json(), "budget": wanted.budget, "corpus": corpus, "tokens": vars(counts)}
        held = wanted.run / "config.json.part"
        held.write_text(json.dumps(told, indent=2))
        held.replace(wanted.run / "config.json")


def _silent(_: str) -> None:
    pass


def _tokenizer(wanted: Wanted, log: Log) -> posts.Tokenizer:
    if wanted.begin_with:
        return posts.load(wanted.begin_with, extend=True)
    counted = _told(wanted.corpus / "corpus.json").get("bytes") or sum(len(text.encode()) for text in _texts(wanted.corpus))
    size = wanted.vocabulary or budget.vocabulary(counted)
    began = time.monotonic()
    tokenizer = posts.train(_texts(wanted.corpus), size)
    log(f"tokenizer of {tokenizer.size:,} tokens, {time.monotonic() - began:.0f} s")
    return tokenizer


def _texts(corpus: Path) -> Iterator[str]:
    """The texts that may be trained on, up to as many as a tokenizer needs."""
    seen = 0
    for part in shards.documents(corpus, "train"):
        for document in part:
            for turn in document.turns:
                yield turn.text
            seen += document.bytes
        if seen > TOKENIZER_BYTES:
            return


def planned(wanted: Wanted, size: int, counts: shards.Counts, log: Log) -> TrainConfig:
    """The plan of the run: by the dial, and by how fast the machines turn out to be together. `size` is the vocabulary's."""
    seconds, machines = budget.seconds(wanted.budget, wanted.layout.machines), wanted.layout.replicas * wanted.layout.shards
    tried = budget.plan(GUESS, seconds, size, counts.tokens, TRIED_DEPTH, machines)
    speed = tried.rows * tried.length * tried.model.flops(tried.length) / step_seconds(wanted, tried)
    chosen = budget.plan(speed, seconds, size, counts.tokens, wanted.depth, machines)
    if wanted.begin_with:
        shape = export.shape(wanted.begin_with)
        chosen = budget.going_on(chosen, replace(shape, vocabulary=max(shape.vocabulary, size)))
    a_step = step_seconds(wanted, chosen)
    most = budget.EPOCHS * counts.tokens / (chosen.rows * chosen.length)
    steps = max(1, round(min(seconds / a_step, most)))
    log(
        f"depth {chosen.model.depth}, width {chosen.model.width}: {chosen.model.parameters / 1e6:.1f} M parameters; "
        f"{steps:,} steps of {chosen.rows} × {chosen.length} tokens, about {steps * a_step / 60:.1f} minutes"
    )
    return replace(
        configured(wanted, chosen, steps),
        checkpoint_every=max(1, min(steps // CHECKPOINTS, round(CHECKPOINT_SECONDS / a_step))),
        bytes_a_token=counts.bytes / max(1, counts.tokens - counts.documents),
    )


def configured(wanted: Wanted, plan: budget.Plan, steps: int) -> TrainConfig:
    """A plan as a run's configuration."""
    begin_with = str(wanted.begin_with.resolve()) if wanted.begin_with else ""
    fitting = budget.micro(plan.model, plan.length, memory) if (memory := pretrain.memory()) else 0
    return TrainConfig(
        plan.model, plan.rates, plan.length, plan.rows, steps, wanted.seed, fitting, layout=wanted.layout, begin_with=begin_with
    )


def step_seconds(wanted: Wanted, plan: budget.Plan) -> float:
    """How long a step of a plan takes on these machines: some are made, and forgotten."""
    training, times = Training(wanted.run, configured(wanted, plan, steps=1_000_000), _silent), list[float]()
    for _ in range(TRIED_STEPS):
        began = time.monotonic()
        training.once()
        times.append(time.monotonic() - began)
    return max(parallel.gathered(float(np.mean(times[TRIED_STEPS // 4 :])), training.mesh))


def finish(run: Path, config: TrainConfig, weights: dict[str, Tensor], log: Log) -> None:
    """Write the Hugging Face folder, and what the network is worth beside counting words."""
    tokenizer, told = posts.load(run), _told(run / "config.json")
    made = {"form": "post", "run": run.name, "corpus": told["corpus"].get("sha256") or told["corpus"], "train": told["train"]}
    export.write(run / "model", config.model, weights, tokenizer, made)
    result: dict[str, Any] = {
        "parameters": config.model.parameters,
        "steps": config.steps,
        "tokens": config.steps * config.rows * config.length,
    }
    result |= judged(run, Path(told["corpus"]["folder"]))
    (run / "result.json").write_text(json.dumps(result, indent=2))
    for name, value in result.get("bits_per_byte", {}).items():
        log(f"{value:.3f} bits per byte on {result['held_posts']:,} held posts: {name}")


def judged(run: Path, corpus: Path) -> dict[str, Any]:
    """Bits per byte of held posts by the network, by a 5-gram model of the same tokens (`kneser_ney.npz`), and by their mixture.

    The mixture's weight is fitted on the first half of the posts, and all three are judged on the second.
    """
    turns = (turn.text for part in shards.documents(corpus, "held_time") for document in part for turn in document.turns)
    held = list(itertools.islice(turns, SCORED))
    if len(held) < 2:
        return {}
    network = bits.open_model(run / "model", dtype="bfloat16")
    scores, tokenizer = network.score(held), posts.load(run)
    ngrams = KneserNey.fit(*_first_tokens(run / "tokens", COUNTED), tokenizer.size)
    ngrams.save(run / "kneser_ney.npz")
    encoded = [tokenizer.document([posts.Turn(0, "")], [tokens]) for tokens in tokenizer.encode_texts(held)]
    counted, half = ngrams.log_probabilities(*flat(encoded)), len(held) // 2
    mine = np.concatenate(scores.logs)
    border = sum(len(document) - 1 for document in encoded[:half])
    weight = mixture(mine[:border], counted[:border])
    size = sum(len(text.encode()) for text in held[half:]) * math.log(2)
    logs = {"network": mine, "Kneser-Ney 5-gram": counted, "both": mixed(mine, counted, weight)}
    return {
        "held_posts": len(held) - half,
        "weight": weight,
        "bits_per_byte": {name: float(-log[border:].sum() / size) for name, log in logs.items()},
    }


def _first_tokens(folder: Path, most: int) -> tuple[Any, Any]:
    """Tokens and offsets of the first parts, as one: as many parts as it takes to have `most` tokens, or all."""
    offsets, tokens = list[Any](), list[Any]()
    for part in sorted(folder.glob("train-*.tokens.npy")):
        tokens.append(np.load(part))
        offsets.append(np.load(part.with_name(part.name.replace("tokens", "offsets"))))
        if sum(map(len, tokens)) >= most:
            break
    begins = np.cumsum([0, *(len(part) for part in tokens)])
    joined = [part[:-1] + begin for part, begin in zip(offsets, begins, strict=False)]
    return np.concatenate(tokens), np.concatenate([*joined, begins[-1:]])


def _told(path: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        raise InputError(f"{path} cannot be read.", "Build the corpus again, or start a new run.") from None
    return told
