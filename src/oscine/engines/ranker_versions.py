"""The versions of a ranker: trained on from the one in use, judged on acts that came later, put in use where that is better.

A version is a folder: three graphs, the weights that training goes on from, and `ranker.json`, which says what it was trained on, how it was judged, what
its probabilities mean and whether it is in use. It knows arrays: what else there is to be better than is given to it. Training needs torch (the extra
`train`), using a version does not.
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from oscine.engines.ranker import CARD, OnnxRanker, latest
from oscine.errors import InputError
from oscine.model import ranker_export
from oscine.model.interactions import Interactions, Served
from oscine.model.ranker import Ranker, Shape
from oscine.model.ranker_training import Config, Trained, levelled, train
from oscine.model.ranker_trial import OTHERS, Foretell, Trial, trial
from oscine.recommendation import ACTIONS

WEIGHTS = "weights.pt"
HELD_OUT = 0.1  # of the acts, the last
ENOUGH = 1_000  # posts that were seen on pages of feeds, from which their rates are those that probabilities stand for
BY_LOG = "How probable an act is of a person who sees the post: right on average over what this network's feeds served."
BY_SAMPLE = (
    "How probable an act is among {} posts of that time drawn by chance: too few pages of feeds were served yet to tell it of those."
)


class Given(NamedTuple):
    """What there is to learn from: acts, what feeds served, and the name of what made the vectors."""

    acts: Interactions
    served: Served
    embedder: str


def renew(given: Given, folder: Path, rivals: Mapping[str, Foretell], config: Config, log: Callable[[str], None], *,
          from_scratch: bool = False) -> dict[str, Any]:  # fmt: skip
    """Train the next version below `folder`, on from the one in use; what its `ranker.json` says.

    `rivals` are what it must be better than, `log` is told how it goes. Raises `InputError` where there is too little to learn from.
    """
    before = None if from_scratch else _going_on(folder, given)
    start, since = (_weights(before), float(before.card["until"])) if before else (None, -math.inf)
    acts = given.acts
    later = acts.at[np.searchsorted(acts.at, since) :]
    if not len(later):
        raise InputError("Nothing was done since the ranker was trained.", "Wait for more, or begin with --from-scratch.")
    until = float(later[int((1 - HELD_OUT) * len(later))])
    log(f"{len(later):,} acts{f' since {_day(since)}' if before else ''}; those from {_day(until)} on are held out")
    shaped = replace(config, shape=start.shape if start else replace(config.shape, dimensions=acts.posts.vectors.shape[1]))
    made = train(acts.before(until), shaped, log, start=start, since=since)
    shown = given.served if len(given.served.at) >= ENOUGH else None
    levelled(made.network, acts.before(until), shaped, shown)
    card = {
        "actions": list(ACTIONS), "tower": shaped.shape.tower, "embedder": given.embedder, "config": asdict(shaped), "on_from": before.name if before else None,
        "since": since if before else float(acts.at[0]), "until": until, "acts": int(np.searchsorted(later, until)),
        "loss": [round(float(np.mean(part)), 4) for part in (made.losses[:20], made.losses[-20:])],
        "probabilities": BY_LOG if shown else BY_SAMPLE.format(config.others + 1),
    }  # fmt: skip
    return _kept(folder, made, card, lambda ranker: _judged(given, until, ranker, before, rivals, shaped))


def _going_on(folder: Path, given: Given) -> OnnxRanker | None:
    """The version in use, where it can learn on: its vectors are of the same kind."""
    before = latest(folder)
    return before if before and before.card["embedder"] == given.embedder else None


def _weights(before: OnnxRanker) -> Ranker:
    network = Ranker(Shape(**{**before.card["config"]["shape"], "unwanted": tuple(before.card["config"]["shape"]["unwanted"])}))
    network.load_state_dict(torch.load(before.folder / WEIGHTS, weights_only=True))
    return network


def _judged(
    given: Given, until: float, ranker: OnnxRanker, before: OnnxRanker | None, rivals: Mapping[str, Foretell], config: Config
) -> dict[str, Any]:
    """How it did on what was held out, and whether it is put in use: better than every rival beyond chance, and no worse than the version in use."""
    last = {"last version": before.foretell} if before else {}
    found = trial(given.acts, until, {"ranker": ranker.foretell, **last, **rivals}, config.days)
    best = max(rivals, key=lambda name: found.mean(name).value)
    beyond, gained = found.mean("ranker", best), found.mean("ranker", "last version").value if before else 0.0
    in_use = beyond.low > 0 and gained >= 0
    why = f"NDCG@10 is {beyond.value:+.3f} ({beyond.low:+.3f} to {beyond.high:+.3f}) against {best}"
    return {"held_out": _told(found), "in_use": in_use, "why": why + (f", {gained:+.3f} against the version in use" if before else "")}


def _told(found: Trial) -> dict[str, Any]:
    means = {name: [round(value, 4) for value in found.mean(name)] for name in found.ndcg}
    return {"cases": len(found.people), "candidates": OTHERS + 1, "ndcg@10": means}


def _kept(folder: Path, made: Trained, card: dict[str, Any], judged: Callable[[OnnxRanker], dict[str, Any]]) -> dict[str, Any]:
    """Write a version beside, judge it as it will be served, then give it its name: nobody finds one that is half written."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    try:
        ranker_export.write(made.network, fresh)
        torch.save(made.network.state_dict(), fresh / WEIGHTS)
        (fresh / CARD).write_text(json.dumps(card))
        card |= judged(OnnxRanker(fresh)) | {"version": f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"}
        (fresh / CARD).write_text(json.dumps(card, indent=1))
        fresh.rename(folder / card["version"])
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return card


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"
