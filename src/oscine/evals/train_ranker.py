"""Learns the weights of the ranking, `search/weights.json`: one set for topics, from TREC Microblog's judgements, one for questions, from TweetQA.

    python -m oscine.evals.train_ranker --data FOLDER [--questions 600] [--write]

Coordinate ascent on the measure itself (Metzler and Croft 2007, "Linear feature-based models for information retrieval"): few weights, each tried
larger and smaller, kept where the measure rises. What is learned of one TREC year is judged on the other, and dropped if that is no better.
Feedback needs an order to start from: the middle of the best posts is taken with the weights that are in use.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.app import App, from_environment
from oscine.evals import metrics, sets
from oscine.evals.network import network
from oscine.evals.search import DEPTH, YEARS
from oscine.records import ANONYMOUS
from oscine.search import grammar, questions, rank

LEARNED = ("words", "near", "feedback", "linked", "length")  # recency and engagement stay: the sets cannot tell what they are worth
FACTORS = (0.0, 0.5, 0.75, 1.25, 1.5, 2.0)
FIRST_STEP = 0.1  # for a weight that is 0
ROUNDS = 3


class Case(NamedTuple):
    """A query's candidates: their ids, their features (n, features) and the grades."""

    group: str
    posts: list[str]
    features: NDArray[np.float64]
    grades: Mapping[str, int]


Weights = dict[str, float]
Objective = Callable[[Sequence[str], Mapping[str, int]], float]


def case(app: App, group: str, query: str, grades: Mapping[str, int]) -> Case:
    """What search finds for a query, with all that speaks for each post."""
    search, view, now = app.search, app.view(ANONYMOUS), datetime.now(UTC)
    known, ranked, _ = search.ranked(view, grammar.parse(query, now), DEPTH, now, questions.kind(query))
    found = [known[item.number] for item in ranked]
    columns = rank.features(found, now)
    ids = {seen.number: seen.post.id for seen in view.posts([item.number for item in ranked])}
    return Case(group, [ids[each.number] for each in found], np.array([columns[name] for name in columns]).T.reshape(len(found), len(columns)), grades)


def ascend(cases: Sequence[Case], start: Mapping[str, float], objective: Objective) -> tuple[Weights, float]:
    """The weights that coordinate ascent comes to, and the mean of the measure there."""
    weights, best = dict(start), score(cases, start, objective)
    for _ in range(ROUNDS):
        before = best
        for name in LEARNED:
            for value in [weights[name] * factor for factor in FACTORS] if weights[name] else [FIRST_STEP]:
                tried = {**weights, name: round(value, 4)}
                if (reached := score(cases, tried, objective)) > best + 1e-6:
                    weights, best = tried, reached
        if best == before:
            break
    return weights, best


def score(cases: Sequence[Case], weights: Mapping[str, float], objective: Objective) -> float:
    """The mean of a measure over the cases, ranked by these weights."""
    vector = np.array([weights[name] for name in rank.features([], datetime.now(UTC))])
    orders: list[list[int]] = [np.argsort(-(each.features @ vector), kind="stable").tolist() if each.posts else [] for each in cases]
    return metrics.mean([objective([each.posts[i] for i in order], each.grades) for each, order in zip(cases, orders, strict=True)])


def of_topics(found: Sequence[str], grades: Mapping[str, int]) -> float:
    """nDCG@10 and MAP, half and half."""
    return (metrics.ndcg(found, grades) + metrics.average_precision(found, grades)) / 2


def of_questions(found: Sequence[str], grades: Mapping[str, int]) -> float:
    """Whether the right post is first, and whether it is among five, half and half."""
    return (float(any(post in grades for post in found[:1])) + float(any(post in grades for post in found[:5]))) / 2


def topics(host: App, data: Path) -> list[Case]:
    """TREC's topics, a group a year."""
    posts = {post["id"]: post for year in YEARS for post in sets.posts(data / f"trec_microblog/{year}.posts.jsonl.gz")}
    with network(host, posts.values(), keep=host.settings.data / "evals" / "networks" / "trec") as app:
        years = [(year, *sets.trec(data, year)) for year in YEARS]
        return [case(app, str(year), f"{t['query']} until:{t['query_time']}", judged[t["qid"]]) for year, ts, judged in years for t in ts]


def asked(host: App, data: Path, sample: int) -> list[Case]:
    """TweetQA's questions, those that evaluations ask left out."""
    kept = {line["qid"] for line in sets.questions()}
    lines = [line for line in sets.lines(data / "tweetqa/questions.jsonl.gz") if line["qid"] not in kept]
    with network(host, sets.tweets(), keep=host.settings.data / "evals" / "networks" / "tweetqa") as app:
        return [case(app, "", line["question"], {line["post_id"]: 1}) for line in sets.spread(lines, sample)]


def better(cases: Sequence[Case], year: int, other: int) -> bool:
    """Whether what is learned of one year ranks the other's topics better than the weights in use: if not, it fits a year and nothing else."""
    mine, theirs = ([each for each in cases if each.group == str(which)] for which in (year, other))
    weights, _ = ascend(mine, rank.WEIGHTS["topic"], of_topics)
    now, before = (score(theirs, each, of_topics) for each in (weights, rank.WEIGHTS["topic"]))
    print(f"learned on {year}: {now:.4f} on {other}, {before:.4f} before")
    return now > before


def learned(kind: str, cases: Sequence[Case], objective: Objective) -> Weights:
    """The weights learned of all cases, told beside those in use."""
    weights, reached = ascend(cases, rank.WEIGHTS[kind], objective)
    print(f"{kind}: {reached:.4f}, {score(cases, rank.WEIGHTS[kind], objective):.4f} before: {weights}")
    return weights


def main() -> None:
    """Learn, tell, and with `--write` put the weights in their file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    parser.add_argument("--questions", type=int, default=600)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    with from_environment() as host:
        found = {"topic": topics(host, chosen.data), "question": asked(host, chosen.data, chosen.questions)}
    weights = dict(rank.WEIGHTS)  # a set that is not learned here stays
    holds = [better(found["topic"], *years) for years in (YEARS, YEARS[::-1])]
    if all(holds):
        weights["topic"] = learned("topic", found["topic"], of_topics)
    weights["question"] = learned("question", found["question"], of_questions)
    if chosen.write:
        rows = ",\n".join(f"  {json.dumps(kind)}: {json.dumps(each)}" for kind, each in weights.items())
        Path(str(resources.files("oscine.search").joinpath("weights.json"))).write_text(f"{{\n{rows}\n}}\n")


if __name__ == "__main__":
    main()
