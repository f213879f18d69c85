"""Trains the reward of wordings, `engines/reward.npz`, on all of Upworthy's tests; its card is `engines/reward.md`.

    python -m oscine.evals.train_reward --data FOLDER [--out FILE]

FOLDER holds `upworthy/tests.jsonl.gz`. The head is solved for and not searched: minutes, no schedule. How wide its spread must be comes of a
cross-validation. How often it is right, `python -m oscine.evals.rewards` tells.
"""

from __future__ import annotations

import argparse
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oscine.engines.reward import Layers
from oscine.evals import training
from oscine.evals.headlines import Trials, pairs, trials
from oscine.evals.rewards import calibrated, crossed, folded, seen, standard
from oscine.model.reward import Config, fit

FOLDS, SEED = 5, 0


def trained(given: Trials, views: NDArray[np.float32]) -> dict[str, NDArray[np.float16]]:
    """What the reward is made of: `centre` and `scale` of features (width), `heads` (1 + draws, width), the best first, and `spread` (2)."""
    centre, scale = standard(views)
    features, judged, parts = (views - centre) * scale, pairs(given), folded(given, FOLDS, SEED)
    foretold = crossed(features, given, judged, parts, Config())
    gain, rest, share = calibrated(foretold, seen(given, judged), np.ones(len(judged.z), bool))
    print(f"gain {gain:.3f}, rest {rest:.3f}, share of the posterior's variance {share:.2f}")
    heads = gain * fit(given.arms(features, np.ones(len(given.text), bool)), Config())
    made: dict[str, NDArray[Any]] = {"centre": centre, "scale": scale, "heads": heads, "spread": np.array([rest, share / gain**2])}
    return {name: values.astype(np.float16) for name, values in made.items()}


def main() -> None:
    """Read, train, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    parser.add_argument("--out", type=Path, default=Path(str(resources.files("oscine.engines").joinpath("reward.npz"))))
    chosen = parser.parse_args()
    given = trials(chosen.data)
    with tempfile.TemporaryDirectory() as folder:
        views = Layers(Path(folder)).views(given.texts)
    training.write(trained(given, views), chosen.out)


if __name__ == "__main__":
    main()
