"""Trains a ranker on what people did, from nothing or on from what was learned before.

Each kind of act has a logit that is learned twice over: which of the candidates it was done to (sampled softmax), and whether it was done to each (noise
contrastive estimation, Gutmann and Hyvärinen 2010), both with the chance of being drawn taken out, so that a logit is the logarithm of the share of acts
that go to a post. The towers learn the first. It knows arrays, and neither the store nor what else foretells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from oscine.errors import InputError
from oscine.model.fit import Log, Schedule, fit
from oscine.model.interactions import UNWANTED, Floats, Interactions, Past, Served
from oscine.model.ranker import NEVER, Acts, Moments, Posts, Ranker, Shape
from oscine.model.ranker_batches import Batch, Drawn, Sampler, Targets, batches, targets

MEASURED = 4096  # examples by which numbers are scaled
MANY = 200_000  # acts that are gone over once
FEWEST = 64  # acts from which something can be learned


@dataclass(frozen=True)
class Config:
    """How it is trained. Beside each act `others` are drawn, of posts of so many `days`; `passes` go over all acts; 0 is two, or one where there are
    many."""

    shape: Shape = field(default_factory=Shape)
    others: int = 10
    days: float = 14.0
    size: int = 256  # examples a step
    rate: float = 2e-3
    passes: int = 0
    seed: int = 0


class Trained(NamedTuple):
    """A network, the moment up to which it has learned, the loss of every step."""

    network: Ranker
    until: float
    losses: list[float]


def train(given: Interactions, config: Config, log: Log, *, start: Ranker | None = None, since: float = -math.inf) -> Trained:
    """Learn from the acts from `since` on, those before being what was known; `start` is what goes on learning. Raises `InputError` for too few acts."""
    past = Past(given)
    found = targets(past, since)
    if len(found.at) < FEWEST:
        raise InputError(
            f"There are {len(found.at)} acts to learn from.",
            f"A ranker learns from {FEWEST} at least: wait for more, or begin from scratch.",
        )
    torch.manual_seed(config.seed)
    rng, sampler = np.random.default_rng(config.seed), Sampler(past, config.days)
    network = start or _new(past, found, sampler, config, rng)
    passes = config.passes or (2 if len(found.at) < MANY else 1)
    planned = [batch for _ in range(passes) for batch in batches(past, found, config.size, rng)]

    def loss(batch: Batch) -> Tensor:
        few = found.taken(batch.targets.ravel())
        return _loss(network, past, few, sampler.drawn(few, config.others, rng), batch)

    schedule = Schedule(minutes=0, rise=min(100, 1 + len(planned) // 10), steps=len(planned))
    losses = fit([(list(network.parameters()), config.rate)], iter(planned), loss, schedule, log)
    return Trained(network.eval(), float(given.at[-1]), losses)


def _new(past: Past, found: Targets, sampler: Sampler, config: Config, rng: np.random.Generator) -> Ranker:
    """A network that knows the scale of things."""
    few = found.taken(rng.permutation(len(found.at))[:MEASURED])
    drawn = sampler.drawn(few, config.others, rng)
    network = Ranker(config.shape)
    with torch.no_grad():
        network.measure(_posts(drawn, few.at[:, None]), torch.from_numpy(drawn.items.vectors))
        network.head.bias.fill_(float(drawn.log_chance.mean()) - 2)  # or the first steps would be spent on it
    return network


def _loss(network: Ranker, past: Past, found: Targets, drawn: Drawn, batch: Batch) -> Tensor:
    """What a batch's targets are foretold badly, on average; `found` and `drawn` are those of its B * T places."""
    at = found.at.reshape(batch.targets.shape)
    acts, moments = _acts(past, batch, at)
    logits, taste, places = network(acts, _posts(drawn, at), moments)
    there = torch.from_numpy(batch.targets.ravel() >= 0)
    labels, valid, chance = (torch.from_numpy(column)[there] for column in (found.labels, drawn.valid, drawn.log_chance))
    told = (logits.flatten(0, 1)[there] - chance[..., None]).masked_fill(~valid[..., None], NEVER)
    near = ((taste[:, :, None] * places).sum(-1).flatten(0, 1)[there] - chance).masked_fill(~valid, NEVER)
    wanted = 1 - labels[:, list(UNWANTED)].amax(1)
    return _chosen(told, labels).mean() + _done(told, valid, labels).mean() / 2 - (near.log_softmax(1)[:, 0] * wanted).mean() / 2


def _chosen(told: Tensor, labels: Tensor) -> Tensor:
    """(n,) sampled softmax: which of the candidates (n, C, kinds) it was, for every kind of act that was done."""
    return -(told.log_softmax(1)[:, 0] * labels).sum(1) / labels.sum(1)


def _done(told: Tensor, valid: Tensor, labels: Tensor) -> Tensor:
    """(n,) noise contrastive estimation: whether each candidate is the target, or one of the C - 1 that chance has drawn."""
    right = functional.pad(labels[:, None], (0, 0, 0, told.shape[1] - 1))
    wrong = functional.binary_cross_entropy_with_logits(told - math.log(told.shape[1] - 1), right, reduction="none")
    return (wrong * valid[..., None]).sum((1, 2))


def _acts(past: Past, batch: Batch, at: Floats) -> tuple[Acts, Moments]:
    """The histories of a batch, and the moments (B, T) with what was known at each."""
    items, when, there = past.done_to(batch.acts.ravel()), past.given.at[batch.acts], batch.acts >= 0
    lags = (when.ravel() - items.created).astype(np.float32)
    columns = (items.vectors, items.authors, past.given.kinds[batch.acts].ravel(), when.ravel(), lags, items.forms)
    known = (when[:, None] < at[:, :, None]) & there[:, None]
    acts = Acts(*(torch.from_numpy(column).unflatten(0, when.shape) for column in columns))
    return acts, Moments(torch.from_numpy(at), torch.from_numpy(known))


def _posts(drawn: Drawn, at: Floats) -> Posts:
    """The candidates of moments (B, T)."""
    items = drawn.items
    ages = (np.repeat(at.ravel(), drawn.valid.shape[1]) - items.created).astype(np.float32)
    acts = np.concatenate([items.acts, items.author_acts[:, None]], 1)
    columns = (items.vectors, items.authors, ages, acts, items.forms, items.followed)
    return Posts(*(torch.from_numpy(column).unflatten(0, (*at.shape, drawn.valid.shape[1])) for column in columns))


def levelled(network: Ranker, given: Interactions, config: Config, served: Served | None = None) -> None:
    """Set what makes of logits those of probabilities: that they are right on average, for every kind of act.

    Over posts as they were `served` where that is known: then it is how probable an act is of whoever is shown the post. Else over examples: how probable it
    is among the others that were drawn with it.
    """
    past, rng = Past(given), np.random.default_rng(config.seed)
    found = _shown(past, served) if served else targets(past)
    few = found.taken(np.sort(rng.permutation(len(found.at))[:MEASURED]))
    sampler, others = Sampler(past, config.days), 0 if served else config.others
    logits, done = [], np.zeros(config.shape.kinds)
    with torch.no_grad():
        for batch in batches(past, few, config.size, rng):
            here = few.taken(batch.targets.ravel())
            drawn = sampler.drawn(here, others, rng)
            at = here.at.reshape(batch.targets.shape)
            acts, moments = _acts(past, batch, at)
            there = drawn.valid & (batch.targets.ravel() >= 0)[:, None]
            logits.append(network(acts, _posts(drawn, at), moments).logits.flatten(0, 1)[torch.from_numpy(there)])
            done += here.labels[batch.targets.ravel() >= 0].sum(0)
        every = torch.cat(logits).double()
        network.level.copy_(_level(every, torch.from_numpy(done + 0.5) / (len(every) + 1)))


def _shown(past: Past, served: Served) -> Targets:
    """Posts that were shown, as if each were an example."""
    rank = past.people.before(served.people, served.at)
    order = np.lexsort((served.at, served.people, rank))
    return Targets(served.people, served.places, served.at, rank, served.outcomes).taken(order)


def _level(logits: Tensor, rates: Tensor) -> Tensor:
    """(kinds,) what to add to logits (n, kinds), so that their probabilities have these means: by bisection."""
    low, high = torch.full_like(rates, -60), torch.full_like(rates, 60)
    for _ in range(60):
        middle = (low + high) / 2
        over = (logits + middle).sigmoid().mean(0) > rates
        low, high = torch.where(over, low, middle), torch.where(over, middle, high)
    return (low + high) / 2
