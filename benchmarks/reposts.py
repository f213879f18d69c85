"""How well feeds find what people really reposted: our ranker and our prior beside their peers, on the same cases, in one run.

    python -m benchmarks.reposts --data stocknet/reposts.jsonl.gz --part judge

A case is a person and a moment at which they reposted something: every post of the week before that they had not reposted is put in order by what was known
strictly before. Peers' variants are chosen on the tune part. Everything that learns, learns of what came before the part that it is judged on. Intervals
are bootstrapped over people.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks import movie_tweets, reposts_data, vector_cache
from benchmarks.reposts_data import Case, Reposts, ranks
from benchmarks.reposts_ours import Learned, Unlearned
from benchmarks.reposts_peers import Peer, Peers
from benchmarks.reposts_sasrec import Trained as SasRecPeer
from oscine.evals.metrics import SEED, Interval
from oscine.model.interactions import Floats, Ints

ROUNDS = 2_000
TUNED = 1_500  # cases by which variants are chosen
EPOCHS = 12  # of SASRec, chosen on the tune part
OURS = ("our ranker", "our feed, nothing learned")


class Result(NamedTuple):
    """What one of them made of the cases: (cases,) each."""

    ndcg: Floats
    recall: Floats


def judged(cases: list[Case], peer: Peer, created: Floats) -> Result:
    """NDCG@10 and recall@20; each case has one answer."""
    placed = ranks(cases, [peer(case) for case in cases], created)
    return Result(np.where(placed < 10, 1 / np.log2(placed + 2), 0.0), (placed < 20).astype(float))


def interval(values: Floats, people: Ints) -> Interval:
    """A mean over cases, each sample drawing whole people."""
    _, groups = np.unique(people, return_inverse=True)
    sums, counts = np.bincount(groups, values), np.bincount(groups)
    drawn = np.random.default_rng(SEED).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), ROUNDS)
    low, high = np.percentile((drawn @ sums) / (drawn @ counts), [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))


def best_variants(data: Reposts, peers: Peers) -> Iterator[tuple[str, Peer]]:
    """Each family with the variant that has the best NDCG@10 on the tune part."""
    cases = data.cases("tune", TUNED)
    for family, variants in peers.families().items():
        scores = {
            name: judged(cases, peer, data.acts.posts.created).ndcg.mean() if len(variants) > 1 else 0.0 for name, peer in variants.items()
        }
        name = max(scores, key=lambda name: scores[name])
        yield f"{family}, {name}" if name else family, variants[name]


def learned(data: Reposts, until: float) -> Iterator[tuple[str, Peer]]:
    """All that learns of the acts before a moment, and our feed that learned nothing."""
    for name, content in (("SASRec over ids", False), ("SASRec over e5", True)):
        sasrec = SasRecPeer(data, until, content)
        for _ in range(EPOCHS):
            sasrec.epoch()
        yield name, sasrec
    yield OURS[0], Learned(data, until)
    yield OURS[1], Unlearned(data)


def table(cases: list[Case], results: Mapping[str, Result], where: NDArray[np.bool_]) -> str:
    """Markdown: everyone's figures over the cases where a mask holds, and how far our ranker is from the best peer, case by case."""
    people = np.array([case.person for case in cases])[where]
    lines = ["| | NDCG@10 | recall@20 |", "|---|---|---|"]
    for name, result in results.items():
        lines.append(f"| {name} | {_shown(result.ndcg[where], people)} | {_shown(result.recall[where], people)} |")
    for ours in OURS:
        cells = [_against(ours, results, measure, where, people) for measure in ("ndcg", "recall")]
        lines.append(f"| {ours}, less the best peer | {' | '.join(cells)} |")
    return "\n".join(lines)


def _against(ours: str, results: Mapping[str, Result], measure: str, where: NDArray[np.bool_], people: Ints) -> str:
    values = {name: getattr(result, measure)[where] for name, result in results.items()}
    best = max((name for name in values if name not in OURS), key=lambda name: values[name].mean())
    return f"{_shown(values[ours] - values[best], people, '+.4f')} ({best})"


def _shown(values: Floats, people: Ints, form: str = ".4f") -> str:
    found = interval(values, people)
    return f"{found.value:{form}} ({found.low:{form}} to {found.high:{form}})"


def main() -> None:
    """Judge, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reposts", description="How well feeds find what people really reposted.")
    parser.add_argument("--data", type=Path, required=True, help="stocknet/reposts.jsonl.gz, or a folder of MovieTweetings")
    parser.add_argument("--cases", type=int, default=0, help="at most so many, by chance; 0 for all")
    parser.add_argument("--part", choices=("tune", "judge"), default="tune", help="tune on the one, report the other")
    chosen = parser.parse_args()
    load = movie_tweets.load if chosen.data.is_dir() else reposts_data.load
    data = load(chosen.data, vector_cache.vectors(load(chosen.data).texts, vector_cache.embedder(), log=True))
    cases = data.cases(chosen.part, chosen.cases)
    results: dict[str, Result] = {}
    for name, peer in chain(best_variants(data, Peers(data)), learned(data, data.start(chosen.part))):
        began = time.monotonic()
        results[name] = judged(cases, peer, data.acts.posts.created)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    past = np.array([case.earlier > 0 for case in cases])
    print(f"{len(cases)} reposts; a median of {np.median([len(case.candidates) for case in cases]):.0f} candidates each")
    for title, where in (("by people with an earlier repost", past), ("by anyone", np.ones(len(cases), bool))):
        print(f"\n**{where.sum()} {title}**\n\n{table(cases, results, where)}")


if __name__ == "__main__":
    main()
