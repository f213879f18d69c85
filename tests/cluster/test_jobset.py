"""The Kubernetes file is a JobSet as its API knows it, and its command is one that torchrun takes."""

from __future__ import annotations

import copy
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

FILE = Path(__file__).parents[2] / "runs" / "cluster" / "train.yaml"
models = pytest.importorskip("kubeflow_trainer_api.models", reason="JobSet's API is not installed: pip install kubeflow-trainer-api")


@pytest.fixture
def jobset() -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return made


def pods(jobset: dict[str, Any]) -> dict[str, Any]:
    """The only job's specification."""
    [job] = jobset["spec"]["replicatedJobs"]
    return dict(job["template"]["spec"])


def known(jobset: dict[str, Any]) -> dict[str, Any]:
    """What JobSet's API keeps of it. Raises `ValueError` for values of another kind."""
    kept: dict[str, Any] = models.JobsetV1alpha2JobSet.from_dict(copy.deepcopy(jobset)).to_dict()
    return kept


def test_the_api_knows_every_field(jobset: dict[str, Any]) -> None:
    assert (jobset["apiVersion"], jobset["kind"]) == ("jobset.x-k8s.io/v1alpha2", "JobSet")
    assert known(jobset) == jobset


@pytest.mark.parametrize("wrong", [{"restartPolice": "Never"}, {"containers": [{"name": "train", "imag": "x"}]}])
def test_a_field_that_it_does_not_know_is_seen(jobset: dict[str, Any], wrong: dict[str, Any]) -> None:
    pods(jobset)["template"]["spec"].update(wrong)
    assert known(jobset) != jobset


def test_a_value_of_another_kind_is_refused(jobset: dict[str, Any]) -> None:
    jobset["spec"]["failurePolicy"]["maxRestarts"] = "often"
    with pytest.raises(ValueError, match="maxRestarts"):
        known(jobset)


def test_torchrun_takes_its_command(jobset: dict[str, Any]) -> None:
    distributed = pytest.importorskip("torch.distributed.run", reason="PyTorch is not installed: pip install 'oscine[train]'")
    job = pods(jobset)
    [container] = job["template"]["spec"]["containers"]
    environment = {variable["name"]: variable["value"] for variable in container["env"]}
    words = shlex.split(container["args"][0].replace("$NODES", environment["NODES"]))
    assert words[:2] == ["exec", "torchrun"]
    told = distributed.parse_args(words[2:])
    assert int(told.nnodes) == job["completions"] == job["parallelism"]
    assert (told.module, told.training_script, told.training_script_args[0]) == (True, "oscine", "train")
    name, [replicated] = jobset["metadata"]["name"], jobset["spec"]["replicatedJobs"]
    assert told.rdzv_endpoint.partition(":")[0] == f"{name}-{replicated['name']}-0-0.{name}"  # as JobSet names the first pod
