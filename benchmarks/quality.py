"""Does search find it? TREC Microblog 2011 and 2012 beside tantivy's BM25 in the same run, and TweetQA: the post a question is about.

Both sides rank the same posts and are cut at 100; posts after a topic's query time are hidden from both; near-duplicates are not folded.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.datasets import lines, posts, trec
from benchmarks.prepare import anonymous, prepared, searcher
from benchmarks.table import Row
from benchmarks.tantivy_peer import Tantivy
from oscine.engines.embedding import Embedder
from oscine.evals.metrics import average_precision, mean, ndcg, precision
from oscine.search.search import Search
from oscine.view import View

YEARS = (2011, 2012)
DEPTH = 100


def microblog(data: Path, model: Embedder) -> list[Row]:
    """nDCG@10, MAP and P@30 by year, and the ratios of the means of the two years to tantivy's."""
    files = [data / f"trec_microblog/{year}.posts.jsonl.gz" for year in YEARS]
    database = prepared("trec", files, model)
    peer = Tantivy(list({post["id"]: post for file in files for post in posts(file)}.values()))
    search, view, rows = searcher(database, model), anonymous(database), []
    totals: dict[str, list[float]] = {name: [] for name in ("ndcg", "peer ndcg", "map", "peer map")}
    for year in YEARS:
        topics, judged = trec(data, year)
        topics = [topic for topic in topics if topic["qid"] in judged]
        ours = [(_ranking(search, view, f"{topic['query']} until:{topic['query_time']}"), judged[topic["qid"]]) for topic in topics]
        theirs = [(peer.search(topic["query"], DEPTH, topic["query_time"]), judged[topic["qid"]]) for topic in topics]
        for name, measure, ratio in (("nDCG@10", ndcg, "ndcg"), ("MAP@100", average_precision, "map"), ("P@30", precision, "")):
            mine, other = mean([measure(*pair) for pair in ours]), mean([measure(*pair) for pair in theirs])
            rows.append(Row(f"TREC {year} {name}", f"{mine:.3f}", f"tantivy {other:.3f}", ""))
            if ratio:
                totals[ratio].append(mine)
                totals[f"peer {ratio}"].append(other)
    database.close()
    rows.append(Row("TREC mean nDCG@10, ratio to tantivy", f"{mean(totals['ndcg']) / mean(totals['peer ndcg']):.2f}", "", "at least 1.08"))
    rows.append(Row("TREC mean MAP@100, ratio to tantivy", f"{mean(totals['map']) / mean(totals['peer map']):.2f}", "", "at least 1.12"))
    return rows


def tweetqa(data: Path, model: Embedder, sample: int = 0) -> list[Row]:
    """How often the right post comes first, and among the first five, for every question (or every n-th, down to `sample` of them)."""
    file = data / "tweetqa/posts.jsonl.gz"
    database = prepared("tweetqa", [file], model)
    peer = Tantivy(posts(file))
    search, view = searcher(database, model), anonymous(database)
    questions = list(lines(data / "tweetqa/questions.jsonl.gz"))
    if sample:
        questions = questions[:: max(1, len(questions) // sample)]
    ours = [_place(_ranking(search, view, question["question"], 5), question["post_id"]) for question in questions]
    theirs = [_place(peer.search(question["question"], 5), question["post_id"]) for question in questions]
    database.close()
    share = lambda places, depth: f"{100 * mean([place < depth for place in places]):.1f}%"  # noqa: E731
    return [
        Row(f"TweetQA, right post first ({len(questions):,} questions)", share(ours, 1), f"tantivy {share(theirs, 1)}", "at least 58%"),
        Row("TweetQA, right post among five", share(ours, 5), f"tantivy {share(theirs, 5)}", "at least 74%"),
    ]


def _ranking(search: Search, view: View, query: str, depth: int = DEPTH) -> list[str]:
    found = search.search(view, query, limit=depth, fold=False, now=datetime.now(UTC))
    return [result.seen.post.id for result in found.results]


def _place(ranking: list[str], wanted: str) -> int:
    return ranking.index(wanted) if wanted in ranking else len(ranking) + 1_000
