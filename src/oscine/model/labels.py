"""Trains what labels texts: the upper layers of an encoder by thin matrices (LoRA), and a linear head on the means of its tokens after several layers.

The lower layers stay as they are, so that what they make of every text is computed once. Each text says of each label yes, no, or nothing: what nobody
judged costs nothing (a masked cross-entropy). As the head is linear on means, a text's logit is the mean of what its tokens say: serving tells by that
which words a label rests on. It knows tokens and numbers, neither texts nor what a label means.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from oscine.model.encoder import Adapter, Encoder, Pretrained, half, padded
from oscine.model.fit import Log, Schedule, fit

AS_SHIPPED = Schedule(minutes=0, rise=50, steps=2_400)  # two passes over the sets that were learned from
AT_ONCE = 64  # texts whose lower layers are computed together
FIRST = 12_000  # texts that the head begins with, before the upper layers learn
RIDGE = 0.05  # of the head's beginning, on features of standard form


class Text(NamedTuple):
    """Its tokens and the places of its n-grams; for each label 1, 0 or NaN where nobody judged it; and how much each of these counts."""

    tokens: Sequence[int]
    places: NDArray[np.int64]
    said: NDArray[np.float32]
    counts: NDArray[np.float32]


@dataclass(frozen=True)
class Config:
    """How labels are trained. `layers` are those whose means the head reads; those above `frozen` are adapted."""

    layers: tuple[int, ...] = (2, 5, 8, 12)
    frozen: int = 8
    rank: int = 16
    tokens: int = 2048  # a step, padding included
    rate: float = 1e-3
    head_rate: float = 1e-3
    precision: str = "bfloat16"
    dropout: float = 0.1
    seed: int = 0
    schedule: Schedule = AS_SHIPPED


class Lower(NamedTuple):
    """What the frozen layers make of a text: its tokens (t, width), and the means after the frozen ones of `layers` (layers * width)."""

    states: Tensor
    means: Tensor


class Labeller(nn.Module):
    """The adapted encoder with its head; `centre` and `scale` are of what the head reads."""

    def __init__(self, given: Pretrained, labels: int, config: Config) -> None:
        super().__init__()
        self.encoder, self.config = Encoder(given, config.rank, precision=config.precision), config
        width = given.width * len(config.layers)
        self.head = nn.Linear(width, labels)
        self.dropout = nn.Dropout(config.dropout)
        self.centre, self.scale = torch.zeros(width), torch.ones(width)
        nn.init.zeros_(self.head.weight)

    def lower(self, tokens: Sequence[Sequence[int]]) -> list[Lower]:
        """What the frozen layers make of texts, nothing being learned."""
        ids, mask = padded(tokens, self.encoder.given.padding)
        seen, share = torch.from_numpy(mask)[:, None, None], _shares(mask)
        with torch.no_grad():
            words = torch.from_numpy(self.encoder.given.embed(ids)).to(self.encoder.kind)
            x, means = self.encoder.norm(words + self.encoder.positions[: ids.shape[1]]), list[Tensor]()
            for number, layer in enumerate(self.encoder.layers[: self.config.frozen], 1):
                x = layer(x, seen)
                if number in self.config.layers:
                    means.append((share @ x.float()).squeeze(1))
        joined = torch.cat(means, dim=-1)
        return [Lower(x[row, : len(each)].clone(), joined[row]) for row, each in enumerate(tokens)]

    def features(self, texts: Sequence[Lower]) -> Tensor:
        """What the head reads of each text, (n, layers * width), as it comes."""
        x = nn.utils.rnn.pad_sequence([text.states for text in texts], batch_first=True)
        mask = np.arange(x.shape[1]) < np.array([[len(text.states)] for text in texts])
        for layer in self.encoder.layers[self.config.frozen :]:
            x = layer(x, torch.from_numpy(mask)[:, None, None])
        return torch.cat([torch.stack([text.means for text in texts]), (_shares(mask) @ x.float()).squeeze(1)], dim=-1)

    def forward(self, texts: Sequence[Lower]) -> Tensor:
        """Logits (n, labels)."""
        logits: Tensor = self.head(self.dropout((self.features(texts) - self.centre) * self.scale))
        return logits

    def adapter(self) -> Adapter:
        """What was learned, by name: the thin matrices of the upper layers, `head.w` (labels, layers * width) and `head.b`, the standard form folded in."""
        made = {name: values for name, values in self.encoder.adapter().items() if int(name[1:].partition(".")[0]) >= self.config.frozen}
        weight = self.head.weight * self.scale
        return made | {"head.w": half(weight), "head.b": half(self.head.bias - weight @ self.centre)}


def train(given: Pretrained, texts: Sequence[Text], config: Config, log: Log) -> Labeller:
    """A labeller that has learned from texts."""
    torch.manual_seed(config.seed)
    made = Labeller(given, len(texts[0].said), config)
    lower = _passed(made, texts)
    log(f"{len(lower):,} texts have passed the frozen layers")
    _begin(made, lower, texts, random.Random(config.seed))
    log("the head has begun")

    def loss(rows: Sequence[int]) -> Tensor:
        said = torch.from_numpy(np.stack([texts[row].said for row in rows]))
        counts = torch.from_numpy(np.stack([texts[row].counts for row in rows])) * ~said.isnan()
        each = functional.binary_cross_entropy_with_logits(made([lower[row] for row in rows]), said.nan_to_num(), reduction="none")
        return (each * counts).sum() / counts.sum().clamp(min=1)

    upper = [each for layer in made.encoder.layers[config.frozen :] for each in layer.parameters() if each.requires_grad]
    batches = _batches([len(text.tokens) for text in texts], config)
    fit([(upper, config.rate), (list(made.head.parameters()), config.head_rate)], batches, loss, config.schedule, log)
    made.eval()
    return made


def platt(scores: NDArray[np.float64], said: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slopes and, last, the offset that make a label's scores (n, k) probabilities, (k + 1,); `said` is 1 or 0.

    Platt (1999) by Newton's method, towards his targets, which are a little less than sure so that few texts do not make certainty. A score that would
    count against what it was made to tell is left out, its slope nothing.
    """
    yes, no = counts[said == 1].sum(), counts[said == 0].sum()
    target = np.where(said == 1, (yes + 1) / (yes + 2), 1 / (no + 2))
    plane, used = np.zeros(scores.shape[1] + 1), np.ones(scores.shape[1], bool)
    while True:
        at = np.append(used, True)
        plane[:] = 0
        plane[at] = _newton(np.column_stack([scores[:, used], np.ones(len(scores))]), target, counts)
        if not (plane[:-1] < 0).any():
            return plane
        used &= plane[:-1] > 0


def _newton(design: NDArray[np.float64], target: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logistic regression of targets on the columns of a design, of which the last is the offset's."""
    plane = np.append(np.ones(design.shape[1] - 1), 0.0)
    for _ in range(100):
        chance = 1 / (1 + np.exp(-design @ plane))
        gradient = design.T @ (counts * (chance - target)) + RIDGE * np.append(plane[:-1], 0.0)
        curve = (design * (counts * chance * (1 - chance))[:, None]).T @ design + RIDGE * np.eye(len(plane))
        step = np.linalg.solve(curve, gradient)
        plane = plane - step * min(1.0, 2 / max(1e-12, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-9:
            break
    return plane


def _shares(mask: NDArray[np.bool_]) -> Tensor:
    """What each token counts in its text's mean, (n, 1, t)."""
    return torch.from_numpy((mask / mask.sum(axis=1, keepdims=True)).astype(np.float32))[:, None]


def _passed(made: Labeller, texts: Sequence[Text]) -> list[Lower]:
    """What the frozen layers make of all texts, those of about one length together."""
    order = sorted(range(len(texts)), key=lambda row: len(texts[row].tokens))
    found: dict[int, Lower] = {}
    for start in range(0, len(order), AT_ONCE):
        rows = order[start : start + AT_ONCE]
        found |= zip(rows, made.lower([texts[row].tokens for row in rows]), strict=True)
    return [found[row] for row in range(len(texts))]


def _begin(made: Labeller, lower: Sequence[Lower], texts: Sequence[Text], chooser: random.Random) -> None:
    """Give the head the form of what it reads, and the logistic regression on it, of some texts, to begin with."""
    rows = chooser.sample(range(len(lower)), min(len(lower), FIRST))
    with torch.no_grad():
        found = torch.cat([made.features([lower[row] for row in rows[start : start + AT_ONCE]]) for start in range(0, len(rows), AT_ONCE)])
    made.centre, made.scale = found.mean(0), 1 / (found.std(0) + 1e-4)
    found = (found - made.centre) * made.scale
    said = torch.from_numpy(np.stack([texts[row].said for row in rows]))
    counts = torch.from_numpy(np.stack([texts[row].counts for row in rows])) * ~said.isnan()
    solver = torch.optim.LBFGS(made.head.parameters(), max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        solver.zero_grad()
        each = functional.binary_cross_entropy_with_logits(made.head(found), said.nan_to_num(), reduction="none")
        total = ((each * counts).sum(0) / counts.sum(0).clamp(min=1)).sum() + RIDGE * made.head.weight.square().sum()
        total.backward()
        return total

    solver.step(loss)


def _batches(lengths: Sequence[int], config: Config) -> Iterator[list[int]]:
    """Rows of about one length together, in another order each time round."""
    chooser = random.Random(config.seed)
    while True:
        rows = sorted(range(len(lengths)), key=lambda row: lengths[row] + 8 * chooser.random())
        batches: list[list[int]] = [[]]
        for row in rows:
            if batches[-1] and (len(batches[-1]) + 1) * lengths[row] > config.tokens:
                batches.append([])
            batches[-1].append(row)
        chooser.shuffle(batches)
        yield from batches
