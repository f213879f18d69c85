"""Aligned: it does what the person asked. Rules are kept on every page, newest first is exactly that, without profiling history does not count."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from psycopg.sql import SQL

from oscine.evals import metrics, report, steering
from oscine.evals.report import Measure
from oscine.evals.trust.bench import NEWEST, SCRATCH, Bench, newest, plant
from oscine.evals.trust.interpretable import order
from oscine.feed import sentence
from oscine.feed.weights import shipped
from oscine.recommendation import UNSTEERED
from oscine.records import Viewer
from oscine.view import SeenPost

PAGES, LIMIT = 4, 50
STRANGER = "oscine-trust-stranger"  # an account that has done nothing


def measures(bench: Bench, reader: Viewer) -> Iterator[Measure]:
    """Rules, order, profiling, and how well sentences are understood."""
    yield _rules(bench, reader)
    yield _newest(bench)
    yield _unprofiled(bench, reader)
    (whole, *_), _wrong = steering.run(steering.compiled)
    yield report.measure(
        "aligned: sentences that steer a feed, understood as meant", whole.share, whole.total, aim=0.9,
        note="The sentences of `suites/steering.jsonl` in seven languages: all that is meant comes of it, and nothing else.",
    )  # fmt: skip


def _said(posts: list[SeenPost]) -> list[tuple[str, str, str]]:
    """Sentences that speak of what the posts have: each with the kind and the value that may be on no page."""
    langs = list(dict.fromkeys(seen.post.lang for seen in posts if seen.post.lang in ("en", "de", "fr", "es", "it", "pt", "ja")))
    names = {"en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese", "ja": "Japanese"}
    tags = list(dict.fromkeys(tag for seen in posts for tag in seen.post.tags if tag.isalpha()))[:3]
    words = [
        word for seen in posts for word in seen.post.text.split() if word.isalpha() and word.isascii() and word.islower() and len(word) > 7
    ][:6:2]
    return [
        *((f"never {names[lang]}", "lang", lang) for lang in langs if lang),
        *((f"never #{tag}", "tag", tag) for tag in tags),
        *((f"never the word “{word}”", "word", word) for word in words),
        ("no links", "link", ""), ("no replies", "reply", ""),
    ]  # fmt: skip


def _rules(bench: Bench, reader: Viewer) -> Measure:
    """Each sentence, read as people's are, and the pages that come of it."""
    kept: list[bool] = []
    for said, kind, value in _said(newest(bench.scratch, 300)):
        steered = sentence.apply(UNSTEERED, sentence.compile(said, "en"))
        if not steered.rules:
            bench.failed("aligned, a sentence", f"of kind {kind}, it was not read as a rule")
            kept.append(False)
            continue
        for viewer in (reader, Viewer()):
            ranked = bench.scratch.feed.rank(bench.scratch.feed.ask(viewer, steered, LIMIT), shipped())
            posts = bench.scratch.view(viewer).posts([number for number, _ in order(ranked)])
            broken = any(_is(seen, kind, value) for seen in posts)
            kept.append(not broken)
            if broken:
                bench.failed("aligned, a rule", f"of kind {kind}, it was not kept")
    return report.measure(
        "aligned: pages that keep what a sentence ruled out", metrics.wilson(sum(kept), len(kept)), len(kept), aim=1.0,
        note="Languages, tags and words that this network's posts have, links and replies; each for an account and for nobody.",
    )  # fmt: skip


def _is(seen: SeenPost, kind: str, value: str) -> bool:
    post = seen.post
    if kind == "word":
        return value in {"".join(filter(str.isalpha, word)) for word in post.text.casefold().split()}
    told = {
        "lang": post.lang == value,
        "tag": value.casefold() in {tag.casefold() for tag in post.tags},
        "link": bool(post.urls),
        "reply": bool(post.reply_to),
    }
    return told[kind]


def _newest(bench: Bench) -> Measure:
    """Page after page beside what the store itself says is newest."""
    shown: list[str] = []
    dropped: set[str] = set()
    cursor: dict[str, str] = {}
    for _ in range(PAGES):
        told = bench.here.get("/v1/feed", order="newest", limit=LIMIT, ads="false", **cursor).told
        shown += [item["post"]["id"] for item in told["items"]]
        dropped |= set(told["dropped"])
        if not told["cursor"]:
            break
        cursor = {"cursor": told["cursor"]}
    view = bench.scratch.view(Viewer())
    true = [row["key"] for row in view.select(SQL("p.key"), SQL("p.created_at <= now()"), 2 * PAGES * LIMIT, order=NEWEST)]
    told_of = set(shown)
    true = [key for key in true if key in told_of] if dropped else true[: len(shown)]
    right = sum(one == other for one, other in zip(shown, true, strict=False))
    return report.measure(
        "aligned: places of “newest first” that hold exactly the next newest post", metrics.wilson(right, len(shown)), len(shown), aim=1.0,
        note="Page after page over HTTP, beside the store's own order by time.",
    )  # fmt: skip


def _unprofiled(bench: Bench, reader: Viewer) -> Measure:
    """An account with a history and one without, both without profiling: the same page, with the same points."""
    hello = {"id": STRANGER, "author": STRANGER, "created_at": "2001-01-01T00:00:00Z", "text": "hello", "network": SCRATCH}
    plant(bench.scratch, [hello])
    feed, plain = bench.scratch.feed, msgspec.structs.replace(UNSTEERED, personal=False)
    own = {row["id"] for row in bench.scratch.database.rows("SELECT p.id FROM posts p JOIN accounts a ON a.id = p.author WHERE a.key = ANY (%s)",
                                                            [[reader.account, STRANGER]])}  # fmt: skip
    pages = [
        order(feed.rank(feed.ask(Viewer(network=SCRATCH, account=str(name)), plain), shipped())) for name in (reader.account, STRANGER)
    ]
    one, other = ([place for place in page if place[0] not in own] for page in pages)  # nobody is shown their own
    same, total = [mine == theirs for mine, theirs in zip(one, other, strict=False)], max(len(one), len(other))
    return report.measure(
        "aligned: places that history does not move, without profiling", metrics.wilson(sum(same), total), total, aim=1.0,
        note="A reader who liked, followed and hid, beside one who did nothing: the same posts with the same points.",
    )  # fmt: skip
