"""A page as people open it: posts in the order that they asked for, ads between them, kept as it was served.

Which posts, and in what order, is the feed's to say, which ad the server of ads'; neither knows of the other. The posts are read a last time through
the viewer's own view, just before the page is handed out. Of a person who wants no profile the page is kept as nobody's.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import numpy as np

from oscine.ads.server import Shown
from oscine.feed import conversations
from oscine.feed.dealt import TEMPERATURE, pack
from oscine.feed.for_you import ForYou
from oscine.feed.newest import Newest
from oscine.feed.pipeline import Ask, Pick, Ranked
from oscine.feed.select import Diverse
from oscine.recommendation import UNSTEERED, Order, ServedPage, ServedPost, Steering, Weights
from oscine.records import ANONYMOUS, Viewer
from oscine.store.feed_log import FeedLog
from oscine.view import SeenPost, View

HIDDEN = "you hid it"
BYTES = 16  # of a page's token: nobody guesses 128 random bits


class PostItem(NamedTuple):
    """A post of a page: as the viewer sees it, and as it was served."""

    seen: SeenPost
    served: ServedPost


class AdItem(NamedTuple):
    """An ad of a page."""

    shown: Shown


class HomePage(NamedTuple):
    """A page: its token, what stands on it from the top, the cursor of the next one (None at the end), and how many posts were left out, by reason."""

    token: str
    order: Order
    items: tuple[PostItem | AdItem, ...]
    cursor: str | None
    weights: int
    steering: Steering
    dropped: Mapping[str, int]


class Ordered(NamedTuple):
    """What a feed answered: how it goes on, the table and the ranker it went by, the test it was part of, and what was left to chance."""

    ranked: Ranked
    cursor: str | None
    weights: int = 0
    ranker: str = ""
    experiment: int = 0
    arm: str = ""
    temperature: float = 0.0
    candidates: bytes = b""


class Ads(Protocol):
    """Ads between posts."""

    def __call__(self, viewer: Viewer, posts: Sequence[SeenPost], personal: bool = True) -> dict[int, Shown]:
        """By how many posts stand above them."""
        ...


class Parts(NamedTuple):
    """What a home rests on. `table` says by which weights a person's page is made, and as part of which test; `chance` is the share of pages that are dealt
    partly by chance."""

    feed: ForYou
    newest: Newest
    view_of: Callable[[Viewer], View]
    log: FeedLog
    ads: Ads
    table: Callable[[Viewer], tuple[Weights, int, str]]
    chance: float


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class Home:
    """Pages for people. `rng` makes a source of chance for each page, `clock` tells the time."""

    def __init__(
        self, parts: Parts, rng: Callable[[], np.random.Generator] = np.random.default_rng, clock: Callable[[], datetime] = now
    ) -> None:
        self._parts, self._rng, self._clock = parts, rng, clock

    def page(
        self, viewer: Viewer, steering: Steering = UNSTEERED, limit: int = 50, cursor: str | None = None, ads: bool = True
    ) -> HomePage:
        """A page, or the next of a session; kept before it is handed out. Raises `NotFound` or `InputError` for a cursor that is not this viewer's."""
        token, at = secrets.token_urlsafe(BYTES), self._clock()
        if steering.order == "newest":
            session, ordered = token, self._newest(viewer, steering, limit, cursor)
        else:
            session = self._parts.log.own(viewer, cursor).session if cursor else token
            ordered = self._for_you(viewer, steering, limit, at, session, self._parts.log.served(session) if cursor else [])
        posts, hidden = self._posts(viewer, ordered.ranked)
        between = self._parts.ads(viewer, [post.seen for post in posts], steering.personal) if ads else {}
        kept = ServedPage(
            token=token, session=session, at=at, person=self._parts.log.person(viewer) if steering.personal else "", order=steering.order,
            weights=ordered.weights, ranker=ordered.ranker, posts=tuple(post.served for post in posts), experiment=ordered.experiment, arm=ordered.arm,
            temperature=ordered.temperature, candidates=ordered.candidates, ads=tuple(shown.served.token for shown in between.values()),
        )  # fmt: skip
        self._parts.log.keep(kept)
        dropped = Counter(ordered.ranked.dropped.values()) + Counter({HIDDEN: hidden})
        return HomePage(token, steering.order, joined(posts, between), ordered.cursor, ordered.weights, steering, dropped)

    def _for_you(self, viewer: Viewer, steering: Steering, limit: int, at: datetime, session: str, shown: Sequence[int]) -> Ordered:
        """Ranked anew for each page of a session, without what it showed already."""
        weights, experiment, arm = self._parts.table(viewer if steering.personal else ANONYMOUS)
        rng = self._rng()
        temperature = TEMPERATURE if rng.random() < self._parts.chance else 0.0
        ask = self._parts.feed.ask(viewer, steering, limit, shown, temperature, self._parts.feed.now(at))
        ranked = self._parts.feed.rank(ask, weights, rng)
        candidates = self._dealt(ranked, ask, weights) if temperature else b""
        onward = session if len(ranked.picks) == limit else None
        return Ordered(ranked, onward, weights.version, self._parts.feed.foretells, experiment, arm, temperature, candidates)

    def _dealt(self, ranked: Ranked, ask: Ask, weights: Weights) -> bytes:
        select = self._parts.feed.stages(ask, weights).select
        assert isinstance(select, Diverse)
        return pack(ranked, ask, select)

    def _newest(self, viewer: Viewer, steering: Steering, limit: int, cursor: str | None) -> Ordered:
        page = self._parts.newest.page(viewer, steering, limit, cursor)
        return Ordered(page.ranked, page.cursor)

    def _posts(self, viewer: Viewer, ranked: Ranked) -> tuple[list[PostItem], int]:
        """The picks as they are now, less what went away meanwhile, and what the viewer hid; how many they hid."""
        numbers = [int(ranked.candidates.numbers[pick.place]) for pick in ranked.picks]
        view = self._parts.view_of(viewer)
        hidden = conversations.hidden(view, numbers)
        seen = {post.number: post for post in view.posts(numbers) if post.number not in hidden}
        there = [(seen[number], pick) for number, pick in zip(numbers, ranked.picks, strict=True) if number in seen]
        return [PostItem(post, _served(position, pick, ranked)) for position, (post, pick) in enumerate(there)], len(hidden)


def _served(position: int, pick: Pick, ranked: Ranked) -> ServedPost:
    return ServedPost(
        post=int(ranked.candidates.numbers[pick.place]), position=position, points=int(ranked.points[pick.place]), propensity=pick.propensity,
        sources=ranked.found_by(pick.place),
    )  # fmt: skip


def joined(posts: Sequence[PostItem], ads: Mapping[int, Shown]) -> tuple[PostItem | AdItem, ...]:
    """Posts with ads between them, by how many posts stand above each."""
    items: list[PostItem | AdItem] = []
    for above, post in enumerate(posts):
        items += [AdItem(ads[above])] if above in ads else []
        items.append(post)
    return tuple(items)
