"""The Ray Train file on a Ray cluster of two cores: it trains, loses a worker, goes on from the last checkpoint, and leaves a model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "runs" / "cluster" / "train_ray.py"
pytest.importorskip("ray.train", reason="Ray Train is not installed: pip install 'oscine[cluster]'")
psutil = pytest.importorskip("psutil", reason="psutil is not installed: pip install psutil")
TEXT = "The {}th ferry of {} leaves at night {}:{:02}."
POSTS = [
    {"id": f"{n}", "author": f"a{n % 7}", "created_at": "2026-01-01T00:00:00Z", "text": TEXT.format(n, n * n, n % 24, n % 60)}
    for n in range(200)
]


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "object_store_memory": 100 << 20, "include_dashboard": False})
    try:
        yield str(cluster.address)
    finally:
        cluster.shutdown()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a corpus of nothing held back, so that nothing need be judged at the end."""
    from oscine.corpus.corpora import Corpora
    from oscine.corpus.options import Options

    (tmp_path / "posts.jsonl").write_text("\n".join(map(json.dumps, POSTS)))
    corpora = Corpora(
        tmp_path / "data", Options(hold_authors=0, hold_newest=0, keep_duplicates=True), 10_000, lambda: pytest.fail("no store")
    )
    corpora.build("web", [str(tmp_path / "posts.jsonl")], "", {})
    return tmp_path / "data"


def kill_a_worker_at_the_first_checkpoint(run: Path, seconds: float = 150.0) -> None:
    until = time.monotonic() + seconds
    while not list(run.glob("checkpoints/*/COMMITTED")):
        assert time.monotonic() < until, "there is no checkpoint"
        time.sleep(0.05)
    workers = [child for child in psutil.Process().children(recursive=True) if "RayTrainWorker" in "".join(child.cmdline())]
    assert len(workers) == 2
    os.kill(workers[-1].pid, signal.SIGKILL)


def test_a_lost_worker_does_not_end_the_run(address: str, data: Path) -> None:
    job = [sys.executable, str(FILE), "2", "web", "--budget", "4s", "--depth", "1", "--vocabulary", "300"]
    environment = {**os.environ, "RAY_ADDRESS": address, "OSCINE_DATA": str(data), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(job, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as ray:
        kill_a_worker_at_the_first_checkpoint(data / "runs" / "web")
        said, _ = ray.communicate(timeout=200)
    assert ray.returncode == 0, said
    assert "the run web goes on as it was planned" in said
    config = json.loads((data / "runs" / "web" / "config.json").read_text())
    assert config["train"]["layout"] == {"replicas": 2, "shards": 1, "tensor": 1}
    steps = [json.loads(line)["step"] for line in (data / "runs" / "web" / "log.jsonl").read_text().splitlines()]
    assert steps[-1] == config["train"]["steps"] and (data / "runs" / "web" / "model" / "model.safetensors").exists()
