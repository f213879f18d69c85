"""Pretraining under Ray Train: `python runs/cluster/train_ray.py 16 web --budget 100gpu-days --shards 8`: workers, then what `oscine train` is told.

Workers see the environment that torchrun would give them. A failed attempt starts again from its last checkpoint, up to three times.
"""

from __future__ import annotations

import sys

from ray.train import FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer


def work(told: dict[str, list[str]]) -> None:
    """What each worker does."""
    from oscine.cli import main

    sys.argv = ["oscine", "train", *told["arguments"]]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise RuntimeError(f"oscine train ended with {end.code}.") from None


if __name__ == "__main__":
    TorchTrainer(
        work,
        train_loop_config={"arguments": sys.argv[2:]},
        scaling_config=ScalingConfig(num_workers=int(sys.argv[1]), use_gpu=True),
        run_config=RunConfig(failure_config=FailureConfig(max_failures=3)),
    ).fit()
