"""Trains an adapter that embeds questions near the passages that answer them, the passages' vectors staying as they are.

The softmax over similarities with one right passage is that of DPR (Karpukhin et al. 2020, "Dense Passage Retrieval"), over all passages instead of
the batch's: they are few and fixed. Texts that have nothing to do with them are held where they were, so that the rest of the space stays good.
It knows tokens and vectors, not texts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from oscine.model.encoder import Encoder, Pretrained
from oscine.model.fit import Log, Schedule, fit

AS_SHIPPED = Schedule(minutes=19, rise=20)
AT_ONCE = 64  # texts that are embedded together where nothing is learned

Tokens = Sequence[int]  # ids, with those that begin and end a text


class Question(NamedTuple):
    """Its tokens, and which passage answers it."""

    tokens: Tokens
    right: int


@dataclass(frozen=True)
class Config:
    """How questions are trained."""

    rank: int = 16
    questions: int = 48  # a step
    unrelated: int = 16  # a step
    rate: float = 1e-3
    temperature: float = 0.02
    held: float = 20.0  # weight of the squared distance that an unrelated text has moved
    precision: str = "bfloat16"
    seed: int = 0
    schedule: Schedule = AS_SHIPPED


Batch = tuple[list[Question], list[int]]  # questions, and places of unrelated texts


def train(given: Pretrained, passages: NDArray[np.float32], questions: Sequence[Question], unrelated: Sequence[Tokens],
          config: Config, log: Log) -> tuple[Encoder, list[float]]:  # fmt: skip
    """A trained encoder for questions, and the loss of every step; `passages` are unit vectors (n, width)."""
    torch.manual_seed(config.seed)
    encoder, chooser = Encoder(given, config.rank, precision=config.precision), random.Random(config.seed)
    there, before = torch.from_numpy(passages), vectors(encoder, unrelated)

    def loss(batch: Batch) -> Tensor:
        asked, places = batch
        made = encoder.vectors([each.tokens for each in asked] + [unrelated[place] for place in places])
        near = made[: len(asked)] @ there.T / config.temperature
        moved = (made[len(asked) :] - before[places]).square().sum(1).mean()
        return functional.cross_entropy(near, torch.tensor([each.right for each in asked])) + config.held * moved

    batches = _batches(questions, len(unrelated), config, chooser)
    losses = fit([(encoder.thin(), config.rate)], batches, loss, config.schedule, log)
    return encoder.eval(), losses


def vectors(encoder: Encoder, tokens: Sequence[Tokens]) -> Tensor:
    """Unit vectors (n, width) of many texts, nothing being learned of them."""
    with torch.no_grad():
        return torch.cat([encoder.vectors(tokens[start : start + AT_ONCE]) for start in range(0, len(tokens), AT_ONCE)])


def _batches(questions: Sequence[Question], unrelated: int, config: Config, chooser: random.Random) -> Iterator[Batch]:
    size = min(config.questions, len(questions))
    while True:
        order = chooser.sample(questions, len(questions))
        for start in range(0, len(order) - size + 1, size):
            yield order[start : start + size], [chooser.randrange(unrelated) for _ in range(config.unrelated)]
