"""The cases that feeds are judged on: who reposted what of stocknet's posts, and what else they could have reposted at that moment.

A post's `created_at` in that file is the time of its first known repost, which would give every answer away; when it was written stands in its id
(Twitter's snowflake: milliseconds since 2010-11-04, shifted by 22 bits). Every post there was reposted at least once, sooner or later.
"""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from oscine.model.interactions import FORMS, Floats, Interactions, Ints, Posts, interactions
from oscine.recommendation import ACTIONS

WEEK = 7 * 86_400.0
PARTS = {"train": (0.0, 0.7), "tune": (0.7, 0.8), "judge": (0.8, 1.0)}  # of the reposts, in their order
EPOCH = 1_288_834_974.657  # seconds: where snowflakes begin
LONG, SHORT = 200, 60  # characters


class Case(NamedTuple):
    """`person` reposted the post at `answer` of `candidates` (n,), places of posts; `earlier` is how often they had reposted before."""

    person: int
    at: float
    candidates: Ints
    answer: int
    earlier: int


class Reposts(NamedTuple):
    """All acts, in their order, and the posts' texts; a post is a candidate for `alive` seconds."""

    acts: Interactions
    texts: list[str]
    alive: float = WEEK

    def start(self, part: str) -> float:
        """When a part begins."""
        return float(self.acts.at[int(PARTS[part][0] * len(self.acts.at))])

    def cases(self, part: str, most: int = 0) -> list[Case]:
        """The reposts of a part whose post was still alive; by chance at most so many, unless 0."""
        begin, end = (int(share * len(self.acts.at)) for share in PARTS[part])
        acts = np.arange(begin, end)
        chosen = acts if not 0 < most < len(acts) else np.sort(np.random.default_rng(7).choice(acts, most, replace=False))
        found = (self._case(int(act)) for act in chosen)
        return [case for case in found if case is not None]

    def _case(self, act: int) -> Case | None:
        """The posts alive that the person had not reposted."""
        person, at = int(self.acts.people[act]), float(self.acts.at[act])
        before = int(np.searchsorted(self.acts.at, at))
        done = self.acts.places[:before][self.acts.people[:before] == person]
        created = self.acts.posts.created
        candidates = np.setdiff1d(np.flatnonzero((created < at) & (created > at - self.alive)), done)
        answer = np.flatnonzero(candidates == self.acts.places[act])
        return Case(person, at, candidates, int(answer[0]), len(done)) if len(answer) else None


def load(path: Path, vectors: NDArray[Any] | None = None) -> Reposts:
    """The set; `vectors` (posts, d) in the file's order, zeros of one dimension where they are not given."""
    with gzip.open(path) as file:
        lines = [msgspec.json.decode(line) for line in file]
    posts = [line for line in lines if "text" in line]
    acts = [line for line in lines if "engagement" in line]
    accounts = {
        name: number for number, name in enumerate(dict.fromkeys([post["author"] for post in posts] + [act["actor"] for act in acts]), 1)
    }
    places = {post["id"]: place for place, post in enumerate(posts)}
    authors = np.array([accounts[post["author"]] for post in posts])
    created = np.array([(int(post["id"]) >> 22) / 1000 + EPOCH for post in posts])
    known = np.zeros((len(posts), 1), np.float32) if vectors is None else vectors
    table = Posts(known, authors, created, np.stack([_forms(post["text"]) for post in posts]))
    people, done = (np.array([names[act[key]] for act in acts]) for names, key in ((accounts, "actor"), (places, "post")))
    at = np.array([datetime.fromisoformat(act["at"]).timestamp() for act in acts])
    return Reposts(interactions(table, people, done, np.full(len(acts), ACTIONS.index("repost")), at), [post["text"] for post in posts])


def _forms(text: str) -> NDArray[np.float32]:
    """(5,) as in `recommendation.FORMS`; pictures are not told from links in this set, nor replies from others."""
    forms = np.zeros(FORMS, np.float32)
    forms[1], forms[3], forms[4] = "http" in text, len(text) >= LONG, len(text) < SHORT
    return forms


def ranks(cases: list[Case], scores: list[Floats], created: Floats) -> Ints:
    """(cases,) where each answer stands, from 0; of equal scores the newest post is first."""
    found = (np.lexsort((-created[case.candidates], -given)) for case, given in zip(cases, scores, strict=True))
    return np.array([int(np.flatnonzero(order == case.answer)[0]) for case, order in zip(cases, found, strict=True)])
