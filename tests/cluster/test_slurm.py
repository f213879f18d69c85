"""The Slurm file under a real Slurm: its controller and two of its nodes on loopback. What it ends in is noted, not trained."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "runs" / "cluster" / "train.sbatch"
TOOLS = ("slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue")
missing = [tool for tool in TOOLS if not shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin")]
pytestmark = pytest.mark.skipif(
    bool(missing), reason=f"Slurm is not installed ({', '.join(missing)}): apt-get install slurmctld slurmd slurm-client"
)
NODES = "127.0.0.[1-2]"  # names that resolve, as those of a cluster do
CONF = """
ClusterName=oscine
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ports[0]}
AuthType=auth/none
CredType=cred/none
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
NodeName={nodes} NodeHostname=localhost Port=[{ports[1]}-{ports[2]}] CPUs=1 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES State=UP
"""
NOTE = """
import json, os, sys
told = {name: os.environ[name] for name in ("RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "OSCINE_DATA", "OMP_NUM_THREADS", "SLURM_NODEID")}
with open(f"{os.environ['OSCINE_DATA']}/{told['RANK']}.json", "w") as file:
    json.dump({"arguments": sys.argv[1:], **told}, file)
"""


class Slurm:
    """A cluster, by its commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "SLURM_CONF": str(folder / "slurm.conf"),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin",
        }

    def __call__(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, env={**self.environment, **environment}, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )

    def until(self, wanted: str, *words: str, seconds: float = 60.0) -> None:
        """Ask until the answer is what is wanted. Raises `TimeoutError`, with what the job said."""
        end = time.monotonic() + seconds
        while (answer := self(*words).stdout.strip()) != wanted:
            if time.monotonic() > end:
                raise TimeoutError(answer, *(log.read_text() for log in self.folder.glob("oscine-*.log")))
            time.sleep(0.2)


def three_ports() -> list[int]:
    """Free ones, the last two side by side."""
    while True:
        with socket.socket() as first, socket.socket() as second, socket.socket() as third:
            first.bind(("127.0.0.1", 0))
            second.bind(("127.0.0.1", 0))
            ports = [first.getsockname()[1], second.getsockname()[1], second.getsockname()[1] + 1]
            try:
                third.bind(("127.0.0.1", ports[2]))
            except OSError:
                continue
            return ports


@pytest.fixture
def slurm(tmp_path: Path) -> Iterator[Slurm]:
    (tmp_path / "state").mkdir()
    made = CONF.format(ports=three_ports(), user=getpass.getuser(), folder=tmp_path, nodes=NODES)
    (tmp_path / "slurm.conf").write_text(made)
    cluster = Slurm(tmp_path)
    try:
        for words in (["slurmctld"], ["slurmd", "-N", "127.0.0.1"], ["slurmd", "-N", "127.0.0.2"]):
            started = cluster(*words)
            assert started.returncode == 0, started.stderr
        cluster.until("2 idle", "sinfo", "--noheader", "--format", "%D %t")
        try:
            yield cluster
        finally:  # a job would outlive its cluster
            cluster("scancel", "--user", getpass.getuser())
            cluster.until("", "squeue", "--noheader")
    finally:
        for pid in tmp_path.glob("*.pid"):
            os.kill(int(pid.read_text()), 15)


def test_every_node_ends_in_the_same_entry_point(slurm: Slurm) -> None:
    data = slurm.folder / "data"
    data.mkdir()
    package = slurm.folder / "noting" / "oscine"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(NOTE)
    job = ["sbatch", "--nodes", "2", str(FILE), "web", "--budget", "8gpu-days", "--shards", "2"]

    assert slurm(*job[:1], "--test-only", *job[1:]).returncode == 0
    more = slurm("sbatch", "--test-only", "--nodes", "3", str(FILE), "web")
    assert more.returncode and "not available" in more.stderr

    asked = slurm(*job, OSCINE_DATA=str(data), PYTHONPATH=str(package.parent), SLURM_GPUS_ON_NODE="1", OMP_NUM_THREADS="3")
    assert asked.returncode == 0, asked.stderr
    slurm.until("", "squeue", "--noheader")
    told = [json.loads(path.read_text()) for path in sorted(data.glob("*.json"))]
    assert [(each["RANK"], each["WORLD_SIZE"], each["LOCAL_WORLD_SIZE"]) for each in told] == [("0", "2", "1"), ("1", "2", "1")]
    assert {each["SLURM_NODEID"] for each in told} == {"0", "1"}
    for each in told:
        assert each["arguments"] == ["train", *job[4:]]
        assert (each["OSCINE_DATA"], each["OMP_NUM_THREADS"]) == (str(data), "3")


def test_it_says_what_is_missing(tmp_path: Path) -> None:
    without = {name: value for name, value in os.environ.items() if name != "OSCINE_DATA"}
    ran = subprocess.run(["bash", str(FILE), "web"], env=without, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode and "Set OSCINE_DATA to a folder that all computers see." in ran.stderr
