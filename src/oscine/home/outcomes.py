"""What came of the posts of a page, as it is told: kept with the page, and of a person with an account written down as something that they did.

Whose page it was is the only one who may tell; what was not on it, nobody may. Of a page that is nobody's (its person has no account, or wants no
profile) only what they say outright is written down: that they looked, or followed a link, is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, cast

from oscine.errors import NotFound
from oscine.recommendation import Outcome, ServedPage
from oscine.records import Engagement, EngagementKind, Viewer
from oscine.store import feed_log
from oscine.store.feed_log import FeedLog
from oscine.view import SeenPost, View

SAID: tuple[Outcome, ...] = ("like", "repost", "hide", "report")  # outright
DONE: tuple[Outcome, ...] = (*SAID, "click", "dwell")  # replies, quotes and follows come from their network


class Told(NamedTuple):
    """That something came of a post (by its network's id) of the page with this token."""

    page: str
    post: str
    network: str
    kind: Outcome


class Came(NamedTuple):
    """The same, looked up."""

    page: ServedPage
    seen: SeenPost
    kind: Outcome


class Outcomes:
    """Takes what is told. `write` writes down what people did."""

    def __init__(self, log: FeedLog, view_of: Callable[[Viewer], View], write: Callable[[Sequence[Engagement]], object]) -> None:
        self._log, self._view_of, self._write = log, view_of, write

    def tell(self, viewer: Viewer, told: Sequence[Told], now: datetime | None = None) -> int:
        """Note what came of posts; how many of it is new. Raises `NotFound` where none of the pages was served to this viewer."""
        pages = {token: page for token in dict.fromkeys(each.page for each in told) if (page := self._own(viewer, token))}
        if told and not pages:
            raise feed_log.unknown()
        at, there = now or datetime.now(UTC), self._there(viewer, told, pages)
        if done := list(_engagements(viewer, there, at)):
            self._write(done)
        by_page = {token: [(seen.number, kind) for page, seen, kind in there if page.token == token] for token in pages}
        return sum(len(self._log.outcomes(token, came, at)) for token, came in by_page.items())

    def _there(self, viewer: Viewer, told: Sequence[Told], pages: Mapping[str, ServedPage]) -> list[Came]:
        """What is told of posts that stood on those pages and that the viewer still sees."""
        posts = self._posts(viewer, told)
        stood = {token: {post.post for post in page.posts} for token, page in pages.items()}
        known = [(each, posts[each.network, each.post]) for each in told if (each.network, each.post) in posts]
        return [Came(pages[each.page], seen, each.kind) for each, seen in known if seen.number in stood.get(each.page, ())]

    def _own(self, viewer: Viewer, token: str) -> ServedPage | None:
        try:
            return self._log.own(viewer, token)
        except NotFound:
            return None

    def _posts(self, viewer: Viewer, told: Iterable[Told]) -> dict[tuple[str, str], SeenPost]:
        """The posts that are spoken of, as the viewer sees them."""
        keys: dict[str, list[str]] = defaultdict(list)
        for each in told:
            keys[each.network].append(each.post)
        view = self._view_of(viewer)
        return {(seen.post.network, seen.post.id): seen for network, named in keys.items() for seen in view.keyed(named, network)}


def _engagements(viewer: Viewer, there: Iterable[Came], at: datetime) -> Iterable[Engagement]:
    """What of it a person with an account did, on posts of their own network."""
    for cursor, (page, seen, kind) in enumerate(there, 1):
        if not viewer.anonymous and kind in (DONE if page.person else SAID) and seen.post.network == viewer.network:
            done = cast(EngagementKind, kind)
            yield Engagement(cursor=cursor, network=viewer.network, kind=done, actor=viewer.account, post=seen.post.id, at=at)
