"""Made-up acts with something to learn in them: people who each care for one topic, and posts of which a few are popular whatever they are about."""

from __future__ import annotations

import numpy as np

from oscine.model.interactions import DAY, FOLLOW, Interactions, Posts, interactions

TOPICS, DIMENSIONS = 4, 16
LIKE, HIDE = 0, 7
BEGIN = 1_700_000_000.0


def planted(acts: int = 4000, people: int = 300, posts: int = 1500, seed: int = 0) -> Interactions:
    """Half of what people do is to posts about their topic, the rest to a twentieth of all posts. Posts and acts fill a month."""
    rng = np.random.default_rng(seed)
    topics, cares = rng.integers(0, TOPICS, posts), rng.integers(0, TOPICS, people)
    middles = rng.standard_normal((TOPICS, DIMENSIONS))
    vectors = (middles[topics] + rng.standard_normal((posts, DIMENSIONS)) / 2).astype(np.float32)
    created = BEGIN + np.sort(rng.random(posts)) * 30 * DAY
    table = Posts(
        vectors / np.linalg.norm(vectors, axis=1, keepdims=True), 10_000 + rng.integers(0, posts // 5, posts), created, np.zeros((posts, 5))
    )
    who, at = rng.integers(0, people, acts), BEGIN + DAY + rng.random(acts) * 29 * DAY
    places = np.array([_chosen(rng, topics, cares[person], created, moment) for person, moment in zip(who, at, strict=True)])
    return interactions(table, who + 1, places, np.where(rng.random(acts) < 0.05, HIDE, LIKE), at)


def _chosen(rng: np.random.Generator, topics: np.ndarray, cared_for: int, created: np.ndarray, at: float) -> int:
    alive = np.flatnonzero((created < at) & (created > at - 7 * DAY))
    liked = alive[topics[alive] == cared_for] if rng.random() < 0.5 else alive[alive % 20 == 0]
    return int(rng.choice(liked if len(liked) else alive))


def following(given: Interactions, person: int, author: int, at: float) -> Interactions:
    """With one follow more."""
    columns = (np.append(given.people, person), np.append(given.places, -1), np.append(given.kinds, FOLLOW), np.append(given.at, at))
    return interactions(given.posts, *columns, np.append(given.authors, author))
