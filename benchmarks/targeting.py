"""Whom and where: how well topics find posts, special words are refused, interests hold for what a person does next, and how long it takes.

python -m benchmarks.targeting topics|special|people|speed --data FOLDER [--tune]

topics    posts of communities (the author is the community) beside posts of any others; a topic is the community's subject in an advertiser's words. By
          meaning, and by words in the same run. Titles are often of nothing ("Look at this!"), so that nobody finds all. `--tune` shows the cut on the
          communities that it was chosen on
special   phrases that must be refused, and ordinary ones
people    who reposts what (151 people with six reposts and more): interests and likeness from the first half of a person's reposts, told against the second
speed     `place` for 5 posts, 300 topics and 300 queries, from nothing and again
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import vector_cache
from benchmarks.table import Row, markdown
from oscine.ads.audience.basis import Basis
from oscine.ads.audience.interests import interests
from oscine.ads.audience.lookalike import likeness
from oscine.ads.audience.matching import read
from oscine.ads.audience.reader import Reader
from oscine.ads.audience.special import Special
from oscine.ads.audience.topics import CUT, Known, Meaning, Topics
from oscine.ads.creatives.audiences import sensitive
from oscine.evals.sets import lines, posts
from oscine.records import Account, Post
from oscine.view import SeenPost

TOLD: dict[str, Any] = tomllib.loads((Path(__file__).parent / "targeting.toml").read_text(encoding="utf8"))
OF_EACH, BACKGROUND, OTHERS = 40, 1_500, 1_500
PAGE, PAGES = 5, 40
SOME_DAY = datetime(2013, 1, 1, tzinfo=UTC)

Floats = NDArray[np.float32]


def seen(number: int, text: str, lang: str = "en") -> SeenPost:
    """A post of which only the text matters."""
    author = Account(id="a", network="n")
    return SeenPost(
        number=number, post=Post(id=str(number), network="n", author="a", text=text, created_at=SOME_DAY, lang=lang), author=author
    )


def known(texts: Sequence[str]) -> list[Known]:
    """Posts with their vectors."""
    vectors = vector_cache.vectors(list(texts), vector_cache.embedder()).astype(np.float32)
    return [Known(read(seen(number, text)), vector) for number, (text, vector) in enumerate(zip(texts, vectors, strict=True))]


def topics(data: Path, tune: bool) -> Iterator[Row]:
    """Precision and recall of topics, the mean over communities."""
    subjects: dict[str, str] = TOLD["chosen" if tune else "held"]
    by = _communities(data)
    dice = random.Random(1)
    own = [(name, text) for name in subjects for text in dice.sample(by[name], OF_EACH)]
    rest = [text for name, texts in sorted(by.items()) if name not in TOLD["chosen"] | TOLD["held"] for text in texts]
    others = dice.sample(rest, BACKGROUND + OTHERS)
    found = known([text for _, text in own] + others)
    meaning = Meaning(
        vector_cache.embedder(), np.stack([post.vector for post in found[len(own) : len(own) + BACKGROUND] if post.vector is not None])
    )
    labels = [name for name, _ in own] + [""] * OTHERS
    judged = [*found[: len(own)], *found[-OTHERS:]]
    by_words = Topics(list(subjects.values()), None)
    worded = _figures(labels, [by_words.of(post) for post in judged], subjects)
    for cut in (4.5, 5.0, 5.5, 6.0, 6.5) if tune else (CUT,):
        about = Topics(list(subjects.values()), meaning, cut=cut)
        figures = _figures(labels, [about.of(post) for post in judged], subjects)
        for what, measured, peer in zip(("precision", "recall", "share of any others' posts"), figures, worded, strict=True):
            yield Row(f"topics, cut {cut}: {what}", f"{measured:.3f}", f"{peer:.3f} (all words)")


def _figures(labels: Sequence[str], told: Sequence[frozenset[str]], subjects: dict[str, str]) -> tuple[float, float, float]:
    precision, recall, elsewhere = [], [], []
    for name, subject in subjects.items():
        hits = [subject in topics for topics in told]
        own = [hit for hit, label in zip(hits, labels, strict=True) if label == name]
        if sum(hits):
            precision.append(sum(own) / sum(hits))
        recall.append(statistics.mean(own))
        elsewhere.append(statistics.mean(hit for hit, label in zip(hits, labels, strict=True) if not label))
    return statistics.mean(precision), statistics.mean(recall), statistics.mean(elsewhere)


def special(data: Path) -> Iterator[Row]:
    """How many phrases of special categories are refused, and how many ordinary ones with them; of how many posts nothing is told."""
    yield from _touching(data)
    rule = Special(vector_cache.embedder()).rule
    for name, what in (
        ("seen", "refused"),
        ("unseen", "refused"),
        ("ordinary_seen", "refused by mistake"),
        ("ordinary_unseen", "refused by mistake"),
    ):
        said: list[str] = TOLD["special"][name]
        both, words = ([phrase for phrase in said if judge(phrase)] for judge in (rule, sensitive))
        yield Row(f"{name}: {what}", f"{len(both)} of {len(said)}", f"{len(words)} (words alone)")
        print(name, sorted(set(said) - set(both)) if what == "refused" else both)


def _touching(data: Path) -> Iterator[Row]:
    by = _communities(data)
    dice = random.Random(2)
    background = dice.sample([text for _, texts in sorted(by.items()) for text in texts], BACKGROUND)
    meaning = Meaning(vector_cache.embedder(), np.stack([post.vector for post in known(background) if post.vector is not None]))
    for what, names in (("special communities", TOLD["touching"]["communities"]), ("communities of hobbies", list(TOLD["held"]))):
        texts = [text for name in names for text in dice.sample(by[name], OF_EACH // 2)]
        basis = Basis(Stored({}), meaning)  # type: ignore[arg-type]
        both = [basis.touches(post) for post in known(texts)]
        words = [bool(sensitive(text)) for text in texts]
        yield Row(
            f"posts of {what} that tell nothing of a person", f"{statistics.mean(both):.2f}", f"{statistics.mean(words):.2f} (words alone)"
        )


def _communities(data: Path) -> dict[str, list[str]]:
    by: dict[str, list[str]] = defaultdict(list)
    for post in posts(data / "communities" / "posts.jsonl.gz"):
        by[post["author"].removeprefix("r_")].append(post["text"])
    return by


def people(data: Path) -> Iterator[Row]:
    """Whether what is told from the first half of a person's reposts holds in the second."""
    told = list(lines(data / "stocknet" / "reposts.jsonl.gz"))
    texts = {line["id"]: (line["author"], line["text"]) for line in told if "text" in line}
    acts: dict[str, list[str]] = defaultdict(list)
    for line in sorted((line for line in told if "engagement" in line and line["post"] in texts), key=lambda line: line["at"]):
        acts[line["actor"]].append(line["post"])
    active = {actor: list(dict.fromkeys(done)) for actor, done in acts.items() if len(set(done)) >= 6}
    names = sorted({post for done in active.values() for post in done})
    every = dict(zip(names, known([texts[name][1] for name in names]), strict=True))
    meaning = Meaning(vector_cache.embedder(), np.stack([post.vector for post in every.values() if post.vector is not None]))
    topics = Topics(TOLD["companies"]["topics"], meaning)
    about = {name: topics.of(post) for name, post in every.items()}
    halves = [(done[: len(done) // 2], done[len(done) // 2 :]) for done in active.values()]
    yield from _interests_hold(halves, about)
    yield from _likeness_holds(halves, every, {name: author for name, (author, _) in texts.items()}, meaning.background)


def _interests_hold(halves: Sequence[tuple[list[str], list[str]]], about: dict[str, frozenset[str]]) -> Iterator[Row]:
    with_it: list[float] = []
    without: list[float] = []
    for first, second in halves:
        has = interests([about[post] for post in first])
        for topic in TOLD["companies"]["topics"]:
            share = statistics.mean(topic in about[post] for post in second)
            (with_it if topic in has else without).append(share)
    yield Row("interests told of people with 6 reposts and more", f"{len(with_it)} of {len(halves)} people")
    yield Row(
        "share of the later reposts about an interest", f"{statistics.mean(with_it):.3f}", f"{statistics.mean(without):.3f} (without it)"
    )


def _likeness_holds(halves: Sequence[tuple[list[str], list[str]]], every: dict[str, Known], authors: dict[str, str],
                    background: Floats) -> Iterator[Row]:  # fmt: skip
    by: dict[str, list[Floats]] = defaultdict(list)
    for name, post in every.items():
        if post.vector is not None:
            by[authors[name]].append(post.vector)
    resembled: dict[bool, list[float]] = {True: [], False: []}
    for seed, vectors in by.items():
        found = likeness(vectors, 0, background)
        for first, second in halves if found else ():
            if not any(authors[post] == seed for post in first):  # who reposted the seed before resembles it by the very post
                resembles = found is not None and found.of([vector for post in first if (vector := every[post].vector) is not None])
                resembled[resembles].append(float(any(authors[post] == seed for post in second)))
    yield Row("who resembles a seed: share who later repost it", f"{statistics.mean(resembled[True]):.3f} of {len(resembled[True])}",
              f"{statistics.mean(resembled[False]):.3f} of {len(resembled[False])} (others)")  # fmt: skip


class Stored:
    """What of `Activity` a reader needs: vectors by number, from memory."""

    def __init__(self, vectors: dict[int, Floats]) -> None:
        self._vectors = vectors

    def vectors(self, numbers: Sequence[int]) -> dict[int, Floats]:
        """The vectors of posts."""
        return {number: self._vectors[number] for number in numbers}


def speed(data: Path) -> Iterator[Row]:
    """How long `place` takes for a page of posts and 1,000 orders of 300 topics and 300 queries."""
    texts = [post["text"] for post in posts(data / "tweetqa" / "posts.jsonl.gz")][: PAGE * PAGES + BACKGROUND]
    vectors = vector_cache.vectors(texts, vector_cache.embedder()).astype(np.float32)
    subjects = [*TOLD["chosen"].values(), *TOLD["held"].values(), *TOLD["special"]["ordinary_seen"], *TOLD["special"]["ordinary_unseen"]]
    names = [f"{one} {other}" for one, other in zip(subjects * 2, [*subjects[1:], *subjects], strict=False)][:300]
    queries = [f'"{one}" OR ({other} -the)' for one, other in zip(names, names[1:] + names[:1], strict=True)]
    meaning = Meaning(vector_cache.embedder(), vectors[PAGE * PAGES :])
    basis = Basis(Stored(dict(enumerate(vectors))), meaning, None, ("en",))  # type: ignore[arg-type]
    reader = Reader(basis, names, queries)
    pages = [[seen(number, texts[number]) for number in range(start, start + PAGE)] for start in range(0, PAGE * PAGES, PAGE)]
    for what in ("from nothing", "again"):
        taken = sorted(_seconds(reader, page) for page in pages)
        yield Row(f"a page of {PAGE} posts, {len(names)} topics and {len(queries)} queries, {what}: median / p95",
                  f"{1e3 * statistics.median(taken):.2f} / {1e3 * taken[int(0.95 * len(taken))]:.2f} ms", aim="≤ 2 ms" if what == "again" else "")  # fmt: skip


def _seconds(reader: Reader, page: Sequence[SeenPost]) -> float:
    began = time.perf_counter()
    reader.read(page)
    for post in page:
        reader.basis.risk(post)
    return time.perf_counter() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["topics", "special", "people", "speed"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--tune", action="store_true")
    given = parser.parse_args()
    made: dict[str, Callable[[], Iterator[Row]]] = {
        "topics": lambda: topics(given.data, given.tune),
        "special": lambda: special(given.data),
        "people": lambda: people(given.data),
        "speed": lambda: speed(given.data),
    }
    print(markdown(made[given.what]()))
