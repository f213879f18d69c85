"""Pretraining under Ray Train: `python runs/cluster/train_ray.py 16 web --budget 100gpu-days --shards 8`: workers, then what `oscine train` is told.

It joins the cluster of RAY_ADDRESS, or of this machine. Workers see the environment that torchrun would give them; when one is lost, all start
again from the last checkpoint, up to three times. OSCINE_DATA must be a folder that all machines see, with the corpus in it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import ray
from ray.train import FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import TorchConfig, TorchTrainer


def work(told: dict[str, list[str]]) -> None:
    """What each worker does: `python -m oscine train …`."""
    from oscine.cli import main

    sys.argv = ["oscine", "train", *told["arguments"]]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise RuntimeError(f"oscine train ended with {end.code}.") from None


if __name__ == "__main__":
    data = Path(os.environ["OSCINE_DATA"]).resolve()
    ray.init(runtime_env={"env_vars": {"OSCINE_DATA": str(data)}})  # machines do not see this one's environment
    gpus = ray.cluster_resources().get("GPU", 0) > 0
    TorchTrainer(
        work,
        train_loop_config={"arguments": sys.argv[2:]},
        torch_config=TorchConfig("cpu:gloo,cuda:nccl" if gpus else "gloo"),
        scaling_config=ScalingConfig(num_workers=int(sys.argv[1]), use_gpu=gpus),
        run_config=RunConfig(storage_path=str(data / "ray"), failure_config=FailureConfig(max_failures=3)),
    ).fit()
