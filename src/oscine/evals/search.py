"""Does search find it? TweetQA (the post a question is about), the same in seven languages and, where a folder has it, TREC Microblog beside tantivy.

Every stage of the ranking is measured with and without: what it adds and what it costs. Speed on a large network is `benchmarks/speed.py`'s.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from oscine import __version__
from oscine.app import App
from oscine.evals import metrics, peer, report, sets
from oscine.evals.network import network
from oscine.evals.report import Measure, Report
from oscine.records import ANONYMOUS
from oscine.search import rank
from oscine.search.search import Search
from oscine.view import View

Log = Callable[[str], None]
Rank = Callable[[str, int], list[str]]  # a query and how many → ids of posts, best first
LANGUAGES = ("fr", "it", "de", "es", "pt", "nl")
YEARS = (2011, 2012)
DEPTH = 100
STAGES: dict[str, tuple[str, ...]] = {
    "words": ("words",),
    "words, meaning": ("words", "near"),
    "words, meaning, feedback": ("words", "near", "feedback"),
    "words, meaning, feedback, links, length": ("words", "near", "feedback", "linked", "length"),
}
METHOD = (
    "TweetQA: questions about one post in ten; nothing was trained or tuned on them. A question finds its post first, or among five. Languages: "
    "the held half of questions translated by hand, each beside the English question about the same post. TREC: both sides cut at 100, posts "
    "after a topic's time left out, near-duplicates not folded; its topics are development data. Intervals: Wilson's for shares, paired "
    "bootstrap for ratios."
)


def run(app: App, data: Path | None, sample: int, log: Log) -> Report:
    """All figures of search; `data` adds TREC."""
    folder = app.settings.data / "evals" / "networks"
    measures = []
    with network(app, sets.tweets(), keep=folder / "tweetqa") as tweets:
        log("TweetQA")
        measures += _tweetqa(tweets, sample)
        log("seven languages")
        measures += _languages(tweets, sample)
    if data:
        log("TREC Microblog")
        posts = {post["id"]: post for year in YEARS for post in sets.posts(data / f"trec_microblog/{year}.posts.jsonl.gz")}
        with network(app, posts.values(), keep=folder / "trec") as microblog:
            measures += _trec(microblog, data, list(posts.values()))
    about = f"TweetQA's posts of the sample{', TREC Microblog 2011 and 2012' if data else ''}."
    return Report(suite="search", made_at=datetime.now(UTC), version=__version__, data=about, method=METHOD, measures=tuple(measures))


def ranking(search: Search, view: View) -> Rank:
    """Ids as the product ranks them, near-duplicates not folded."""
    return lambda query, depth: [found.seen.post.id for found in search.search(view, query, limit=depth, fold=False).results]


def stages(app: App) -> dict[str, Search]:
    """The product with its weights cut down to those of each stage."""
    return {name: Search(app.view(ANONYMOUS), app.embedder, app.known.known, _only(kept)) for name, kept in STAGES.items()} | {"all": app.search}


def _only(kept: tuple[str, ...]) -> Mapping[str, Mapping[str, float]]:
    return {kind: {name: weight for name, weight in weights.items() if name in kept} for kind, weights in rank.WEIGHTS.items()}


def _tweetqa(app: App, sample: int) -> list[Measure]:
    questions = sets.spread(sets.questions(), sample)
    view, measures = app.view(ANONYMOUS), []
    aims = {"all": {1: 0.65, 5: 0.82}}
    for name, search in stages(app).items():
        began = time.perf_counter()
        places = [_place(ranking(search, view)(each["question"], 5), each["post_id"]) for each in questions]
        cost = f"{1000 * (time.perf_counter() - began) / len(questions):.0f} ms a query here"
        for depth in (1, 5):
            found = metrics.wilson(sum(place < depth for place in places), len(places))
            what = "the right post first" if depth == 1 else "the right post among five"
            measures.append(report.measure(f"TweetQA, {what}: {name}", found, len(places), aim=aims.get(name, {}).get(depth), note=cost))
    return measures + (_peer(questions) if peer.available() else [])


def _peer(questions: list[sets.Line]) -> list[Measure]:
    index = peer.Tantivy(sets.tweets())
    places = [_place(index.search(each["question"], 5), each["post_id"]) for each in questions]
    return [
        report.measure(f"TweetQA, the right post {what}: tantivy BM25", metrics.wilson(sum(p < depth for p in places), len(places)), len(places))
        for depth, what in ((1, "first"), (5, "among five"))
    ]


def _languages(app: App, sample: int) -> list[Measure]:
    """How often a question finds the English post among five, as a ratio to the English question."""
    questions, find = sets.spread(sets.translated(), sample), ranking(app.search, app.view(ANONYMOUS))
    found = {lang: [float(_place(find(each[lang], 5), each["post_id"]) < 5) for each in questions] for lang in ("en", *LANGUAGES)}
    english = metrics.mean(found["en"])
    return [
        report.measure(f"English post found among five by a question in {lang}, ratio to English", metrics.paired(found[lang], found["en"], "ratio"),
                       len(questions), unit="ratio", aim=0.9, note=f"{100 * metrics.mean(found[lang]):.0f}% and {100 * english:.0f}%")
        for lang in LANGUAGES
    ]  # fmt: skip


def _trec(app: App, data: Path, posts: list[sets.Line]) -> list[Measure]:
    """The mean of the two years' nDCG@10 and MAP, for each stage a ratio to tantivy's where it is installed."""
    topics = [(topic, judged[topic["qid"]]) for year in YEARS for found, judged in [sets.trec(data, year)] for topic in found]
    index, view, measures = peer.Tantivy(posts) if peer.available() else None, app.view(ANONYMOUS), []
    theirs = [index.search(topic["query"], DEPTH, topic["query_time"]) for topic, _ in topics] if index else []
    for name, search in stages(app).items():
        began = time.perf_counter()
        ours = [ranking(search, view)(f"{topic['query']} until:{topic['query_time']}", DEPTH) for topic, _ in topics]
        cost = f"{1000 * (time.perf_counter() - began) / len(topics):.0f} ms a query here"
        for what, measured in (("nDCG@10", metrics.ndcg), ("MAP@100", metrics.average_precision)):
            mine = [measured(found, grades) for found, (_, grades) in zip(ours, topics, strict=True)]
            other = [measured(found, grades) for found, (_, grades) in zip(theirs, topics, strict=True)] if index else []
            value = metrics.paired(mine, other, "ratio") if other else metrics.bootstrap(mine)
            more = {"unit": "ratio", "aim": 1.2 if name == "all" else None, "peer": 1.0, "peer_name": "tantivy"} if other else {"unit": "score"}
            measures.append(report.measure(f"TREC 2011 and 2012, {what}: {name}", value, len(topics), note=f"{metrics.mean(mine):.3f}; {cost}", **more))
    return measures


def _place(found: list[str], wanted: str) -> int:
    return found.index(wanted) if wanted in found else len(found) + DEPTH
