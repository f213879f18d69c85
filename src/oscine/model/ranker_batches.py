"""Training examples of a ranker: for each first act of a person on a post, that post among others that could have been met at that moment.

The others are drawn from what a feed would have held then: posts of the last weeks, of the last day, posts that many acted on in the last day, other posts
of the same author. How likely each was to be drawn is told, so that training can take it back out (sampled softmax, Bengio and Senécal 2008).
Nothing that lies after the moment is looked at but the label: all that the person did to the post. It knows numpy only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.model.interactions import DAY, EVER, FOLLOW, HISTORY, KINDS, NOBODY, Floats, Interactions, Ints, Items, Past, Singles, Timeline

SHARES = np.array(
    [0.35, 0.25, 0.25, 0.15]
)  # of those drawn: from all that is not too old, of the last day, by acts of the last day, by the author
BLOCK = HISTORY // 2  # examples of one person that share a history


class Targets(NamedTuple):
    """n first acts, by person and time: `rank` (n,) is where the act stands among the acts of all, by person and time; `labels` (n, 9) are all that the
    person did to the post."""

    people: Ints
    places: Ints
    at: Floats
    rank: Ints
    labels: Singles

    def taken(self, which: Ints) -> Targets:
        """Some of them."""
        return Targets(self.people[which], self.places[which], self.at[which], self.rank[which], self.labels[which])


class Drawn(NamedTuple):
    """C candidates for each of n targets, the target's own post first: as `items` (n * C) of that moment, the logarithm of how likely each was to be drawn
    (n, C), and which are `valid` (n, C): not the target once more, nor the person's own."""

    items: Items
    log_chance: Singles
    valid: NDArray[np.bool_]


class Batch(NamedTuple):
    """B rows with up to S acts and T targets: `acts` (B, S) are places of acts and `targets` (B, T) of targets, -1 where a row has no more."""

    acts: Ints
    targets: Ints


def targets(past: Past, since: float = -np.inf) -> Targets:
    """The first acts from `since` on, one for each person and post. A follow is an act on the newest post of who is followed."""
    given = past.given
    rank = np.empty(len(given.at), np.int64)
    rank[past.people.order] = np.arange(len(rank))
    places = np.where((given.places < 0) & (given.kinds == FOLLOW), _newest(past, given), given.places)
    there = np.flatnonzero(places >= 0)
    order = there[np.lexsort((rank[there], places[there], given.people[there]))]
    pairs = np.stack([given.people[order], places[order]], 1)
    first = np.flatnonzero(np.append(True, (pairs[1:] != pairs[:-1]).any(1))[: len(order)])
    labels = np.zeros((len(first), KINDS), np.float32)
    labels[np.cumsum(np.isin(np.arange(len(order)), first)) - 1, given.kinds[order]] = 1
    found = order[first]
    kept = np.flatnonzero((given.at[found] >= since) & (given.people[found] != NOBODY))
    kept = kept[np.argsort(rank[found[kept]], kind="stable")]
    found = found[kept]
    return Targets(given.people[found], places[found], given.at[found], rank[found], labels[kept])


def _newest(past: Past, given: Interactions) -> Ints:
    """(m,) the newest post by whom each act was done to, before it; -1 where there is none."""
    last = past.author_posts.before(given.authors, given.at)
    there = last > past.author_posts.before(given.authors, given.at - EVER)
    return np.where(there, np.append(past.author_posts.order, -1)[last - 1], -1)


class Sampler:
    """Draws candidates from what was there at a moment: posts of so many `days`."""

    def __init__(self, past: Past, days: float) -> None:
        posts, acts = past.given.posts, past.acts.order
        counted = past.given.counted
        self._past, self._seconds = past, days * DAY
        self._posts = Timeline(np.zeros(len(posts.created), np.int64), posts.created)
        self._acts = Timeline(np.zeros(len(acts), np.int64), past.given.at[counted])
        self._acted_on = past.given.places[counted]

    def drawn(self, found: Targets, others: int, rng: np.random.Generator) -> Drawn:
        """As many `others` beside each target."""
        first, sizes = self._ranges(found)
        shares = SHARES * (sizes > 0)
        shares[:, 0] += 1 - shares.sum(1)
        which = (rng.random((len(first), others, 1)) > shares.cumsum(1)[:, None]).sum(-1).clip(max=3)
        there = np.take_along_axis(sizes, which, 1)
        spots = np.take_along_axis(first, which, 1) + (rng.random(which.shape) * there).astype(np.int64)
        drawn = np.where(there > 0, self._posts_at(which, spots), found.places[:, None])
        places = np.concatenate([found.places[:, None], drawn], 1)
        items = self._past.items(places.ravel(), np.repeat(found.at, others + 1), np.repeat(found.people, others + 1))
        valid = (places != places[:, :1]) & (items.authors.reshape(places.shape) != found.people[:, None])
        valid[:, 0] = True
        return Drawn(items, self._log_chance(found, items, shares / np.maximum(sizes, 1)), valid)

    def _ranges(self, found: Targets) -> tuple[Ints, Ints]:
        """(n, 4) where the posts, or acts, that may be drawn begin, and how many they are."""
        none, authors = np.zeros(len(found.at), np.int64), self._past.given.posts.authors[found.places]
        lines = [
            (self._posts, none, self._seconds),
            (self._posts, none, DAY),
            (self._acts, none, DAY),
            (self._past.author_posts, authors, self._seconds),
        ]
        first = np.stack([line.before(group, found.at - seconds) for line, group, seconds in lines], 1)
        last = np.stack([line.before(group, found.at) for line, group, _ in lines], 1)
        return first, last - first

    def _posts_at(self, which: Ints, spots: Ints) -> Ints:
        sources = (self._posts.order, self._posts.order, self._acted_on[self._acts.order], self._past.author_posts.order)
        columns = [np.append(source, 0)[spots.clip(max=len(source))] for source in sources]
        return np.choose(which, columns)

    def _log_chance(self, found: Targets, items: Items, each: Floats) -> Singles:
        """`each` (n, 4) is the chance of one post, or act, of each kind to be drawn."""
        own = self._past.given.posts.authors[found.places]
        created, day_acts, authors = (column.reshape(len(each), -1) for column in (items.created, items.acts[:, 1], items.authors))
        ages = found.at[:, None] - created
        hits = np.stack([np.ones_like(ages), ages <= DAY, day_acts, (authors == own[:, None]) & (ages <= self._seconds)], -1)
        chances: Singles = np.log((hits * each[:, None]).sum(-1)).astype(np.float32)
        return chances


def batches(past: Past, found: Targets, size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """All targets once, in batches of about `size`, rows of about one length together, in an order left to chance."""
    begins = past.people.before(found.people, np.full(len(found.at), -EVER))
    block = (found.rank - begins) // BLOCK
    new = np.append(True, (np.diff(found.people) != 0) | (np.diff(block) != 0))[: len(block)]
    first = np.flatnonzero(new)
    rows = _Rows(first, np.append(first[1:], len(block)), (begins + BLOCK * np.maximum(block - 1, 0))[first])
    lengths = rows.last - rows.first
    groups = _grouped(lengths, np.lexsort((rng.random(len(first)), np.log2(lengths).astype(int))), size)
    for place in rng.permutation(len(groups)):
        yield _batch(past, found, rows, groups[place])


class _Rows(NamedTuple):
    """Of each row, its first target and the one after its last, and its first act by rank."""

    first: Ints
    last: Ints
    acts: Ints


def _grouped(lengths: Ints, order: Ints, size: int) -> list[Ints]:
    groups, start = list[Ints](), 0
    for place, row in enumerate(order):
        if place > start and (place + 1 - start) * lengths[row] > size:
            groups.append(order[start:place])
            start = place
    return [*groups, order[start:]] if len(order) else []


def _batch(past: Past, found: Targets, rows: _Rows, chosen: Ints) -> Batch:
    begin, end = rows.first[chosen, None], rows.last[chosen, None]
    targets = begin + np.arange((end - begin).max())
    acts, stop = rows.acts[chosen, None], found.rank[end - 1]
    ranks = acts + np.arange(max(1, (stop - acts).max()))
    return Batch(
        np.where(ranks < stop, past.people.order[ranks.clip(max=len(past.people.order) - 1)], -1), np.where(targets < end, targets, -1)
    )
