"""How long a ranker takes to train, and to answer: events made up by chance, trained as `oscine feed train` does it, answered by its graphs.

    python -m benchmarks.ranker_training [--events 1000000]

Made up are people with tastes, posts with topics and vectors of 384 numbers, and acts that fall off with a post's age; what is learned of them says nothing
of a real network. It prints a row of markdown with the machine's load, since timings on shared cores are upper bounds.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from oscine.engines.ranker import OnnxRanker
from oscine.engines.ranker_versions import Given, renew
from oscine.feed import rival
from oscine.model.interactions import DAY, Interactions, Past, Posts, Served, interactions
from oscine.model.ranker_training import Config

TOPICS, DIMENSIONS = 64, 384
NOTHING = Served(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty((0, 9), np.float32))


def made_up(events: int, seed: int = 0) -> Interactions:
    """A tenth as many posts, a twentieth as many people; who is active, and which author is, by Zipf's law."""
    rng = np.random.default_rng(seed)
    posts, people = max(1000, events // 10), max(100, events // 20)
    topics, tastes = rng.integers(0, TOPICS, posts), rng.integers(0, TOPICS, (people, 3))
    middles = rng.standard_normal((TOPICS, DIMENSIONS)).astype(np.float16)
    vectors = middles[topics] + rng.standard_normal((posts, DIMENSIONS), np.float32).astype(np.float16)
    created = 1.7e9 + np.sort(rng.random(posts)) * 60 * DAY
    who = np.minimum(rng.zipf(1.3, events), people) - 1
    by_topic = [np.flatnonzero(topics == topic) for topic in range(TOPICS)]
    wanted = tastes[who, rng.integers(0, 3, events)]
    places = np.array([by_topic[topic][int(share * len(by_topic[topic]))] for topic, share in zip(wanted, rng.random(events), strict=True)])
    kinds = rng.choice(9, events, p=[0.5, 0.05, 0.1, 0.02, 0.0, 0.2, 0.1, 0.02, 0.01])
    table = Posts(vectors, people + rng.integers(1, posts // 10, posts), created, np.zeros((posts, 5), np.float32))
    return interactions(table, who + 1, places, kinds, created[places] + rng.exponential(DAY / 4, events))


def answering(ranker: OnnxRanker, acts: Interactions, candidates: int, rounds: int = 30) -> tuple[float, int]:
    """Milliseconds, the median, in which a person with a long past has so many candidates foretold; and how long that past is."""
    past, now = Past(acts), float(acts.at[-1])
    person = int(np.bincount(acts.people).argmax())
    history, items = past.history(person, now), past.items(np.arange(candidates), now, person)
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        ranker.foretell(history, items, now)
        times.append(1000 * (time.perf_counter() - began))
    return float(np.median(times)), len(history.at)


def main() -> None:
    """One training, and what it took."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--candidates", type=int, default=500)
    chosen = options.parse_args()
    acts = made_up(chosen.events)
    rivals = {"popularity": rival.popularity, "recency": rival.recency}
    with tempfile.TemporaryDirectory() as folder:
        began, busy = time.perf_counter(), time.process_time()
        card = renew(Given(acts, NOTHING, "made up"), Path(folder), rivals, Config(), lambda _: None)
        seconds, busy = time.perf_counter() - began, time.process_time() - busy
        answered, past = answering(OnnxRanker(Path(folder) / card["version"]), acts, chosen.candidates)
    print(
        "| events | learned | minutes, all in all | minutes of CPU | events a second of CPU | ms for candidates, acts | load |\n|---|---|---|---|---|---|---|"
    )
    print(f"| {chosen.events:,} | {card['acts']:,} | {seconds / 60:.1f} | {busy / 60:.2f} | {card['acts'] / busy:,.0f} |"
          f" {answered:.1f} for {chosen.candidates}, {past} | {os.getloadavg()[0]:.1f} |")  # fmt: skip
    print(f"\n{card['why']}; {card['held_out']['ndcg@10']}")


if __name__ == "__main__":
    main()
