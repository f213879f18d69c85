"""A corpus built by the machines of a Ray cluster: the bytes of one machine, also when a machine is lost on the way."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oscine import sample
from oscine.corpus.corpora import Corpora
from oscine.errors import InputError, SetupError

pytest.importorskip("ray", reason="Ray is not installed: pip install 'oscine[cluster]'")
QUICK = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 3}
SMALL = {"num_cpus": 1, "object_store_memory": 100 << 20}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two machines, each with a core, as far as Ray can tell."""
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={**SMALL, "include_dashboard": False, "_system_config": QUICK})
    try:
        made.add_node(**SMALL)
        yield made
    finally:
        made.shutdown()


@pytest.fixture
def posts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Four thousand real posts, in batches that Ray does not carry in its pockets: 100 kB and more."""
    monkeypatch.setattr("oscine.corpus.posts.BLOCK_BYTES", 200_000)
    path = tmp_path / "posts.jsonl"
    lines = gzip.decompress(sample.files()[1].read_bytes()).splitlines()[:4_000]
    path.write_bytes(
        b"\n".join([*lines, b'{"account": "NASA", "intents": {"training": "deny"}, "intents_at": "2026-01-01T00:00:00Z"}', b"{}"])
    )
    return str(path)


def test_the_bytes_of_one_machine_even_when_one_is_lost(
    corpora: Corpora, posts: str, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray

    from oscine.corpus import ray_workers

    at_work: list[ray_workers.RayWorkers] = []

    class Seen(ray_workers.RayWorkers):
        def __init__(self, address: str) -> None:
            super().__init__(address)
            at_work.append(self)

    monkeypatch.setattr(ray_workers, "RayWorkers", Seen)

    def lose_one(words: str) -> None:
        if words.startswith("read "):  # half of what was read lies on the second machine, and none of it is judged
            places = ray.experimental.get_object_locations(at_work[-1]._frames).values()
            assert {node for place in places for node in place["node_ids"]} == {node.node_id for node in cluster.list_all_nodes()}
            cluster.remove_node(cluster.worker_nodes.copy().pop(), allow_graceful=False)

    alone = corpora.build("alone", [posts], "", {})
    together = corpora.build("together", [posts], "", {}, ray=cluster.address)
    fewer = corpora.build("fewer", [posts], "", {}, ray=cluster.address, say=lose_one)
    assert len(cluster.list_all_nodes()) == 1
    for name, about in (("together", together), ("fewer", fewer)):
        for told in ("parts", "dropped", "personal", "splits", "refused_because"):
            assert about[told] == alone[told], (name, told)
        for file in ("report.md", "ledger.jsonl"):
            texts = [(Path(corpora.path(corpus)) / file).read_text().replace(corpus, "") for corpus in ("alone", name)]
            assert texts[0] == texts[1], (name, file)


def test_what_cannot_be_is_said(corpora: Corpora, posts: str) -> None:
    with pytest.raises(SetupError, match="No Ray cluster can be used at"):
        corpora.build("tiny", [posts], "", {}, ray="127.0.0.1:1")
    with pytest.raises(InputError, match="--workers is for one machine"):
        corpora.build("tiny", [posts], "", {}, ray="auto", workers=2)
