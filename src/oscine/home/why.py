"""Why a post stands on a page, and where it would stand had something not been done, or been asked otherwise: the page is ranked again as it was served.

As it was served means at its time, by its table, without what its session had shown before. What was done to posts since then counts in it, as far as it is
dated before; where a post was deleted since, or the person has asked for something else, the ranking is not quite what it was, and its parts are those of now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from oscine.errors import NotFound
from oscine.feed.explain import Explanation, explain
from oscine.feed.for_you import ForYou
from oscine.feed.pipeline import Ask
from oscine.feed.what_if import NOWHERE
from oscine.recommendation import Act, ServedPage, ServedPost, Steering, Weights
from oscine.records import Viewer
from oscine.store.feed_log import FeedLog
from oscine.view import SeenPost, View

TOLD = 5  # acts of the reader that are named
NEWEST = ("newest first",)


class Cause(NamedTuple):
    """Something that the reader did, which bears on a post: an act on `seen`, or a follow of the one who wrote it."""

    act: Act
    seen: SeenPost


class Why(NamedTuple):
    """Why a post stands where it stands, and what the reader did that bears on it."""

    explanation: Explanation
    causes: tuple[Cause, ...] = ()


class Whys:
    """Answers for pages that were served. `table` gives weights by their version."""

    def __init__(self, feed: ForYou, log: FeedLog, view_of: Callable[[Viewer], View], table: Callable[[int], Weights]) -> None:
        self._feed, self._log, self._view_of, self._table = feed, log, view_of, table

    def why(self, viewer: Viewer, steering: Steering, token: str, key: str, network: str) -> Why:
        """Of a post of a page that was served to this viewer. Raises `NotFound`, the same for another's page and for a post that it did not hold."""
        page, post = self._log.own(viewer, token), self._view_of(viewer).post(key, network)
        served = _served(page, post)
        if page.order == "newest":
            return Why(Explanation(position=served.position + 1, sources=NEWEST))
        ask = self._ask(viewer, steering, page)
        found = explain(self._feed.rank(ask, self._table(page.weights)), post.number)
        return Why(found._replace(position=served.position + 1), tuple(self._causes(ask, post)))

    def what_if(
        self, viewer: Viewer, steering: Steering, token: str, post: SeenPost, without: Act | None = None
    ) -> tuple[int, Explanation]:
        """Where a post stood on a page (from 1), and how it would stand without an act, or with another steering. Raises `NotFound` as `why`."""
        page = self._log.own(viewer, token)
        served = _served(page, post)
        ranked = self._feed.rank(self._ask(viewer, steering, page, without), self._table(page.weights))
        try:
            return served.position + 1, explain(ranked, post.number)
        except NotFound:
            return served.position + 1, NOWHERE

    def act(self, viewer: Viewer, kind: str, post: int, author: int) -> Act:
        """What a viewer did, to a post or (0) to an author alone. Raises `NotFound` where they did not."""
        reader = self._feed.ask(viewer).reader
        found = next((act for act in reader.acts if (act.kind, act.post) == (kind, post) and (post or act.author == author)), None)
        if found is None and kind == "follow" and author in reader.follows:
            found = Act("follow", 0, author, self._feed.now())  # one of very many follows, of which only the newest are acts
        if found is None:
            raise NotFound(f"There is no {kind} of yours to undo in thought.", "Only what your feed knows of you can be left out of it.")
        return found

    def _ask(self, viewer: Viewer, steering: Steering, page: ServedPage, without: Act | None = None) -> Ask:
        shown = np.array([post.post for post in page.posts], np.int64)
        before = np.setdiff1d(np.array(self._log.served(page.session), np.int64), shown)
        ask = self._feed.ask(viewer, steering, len(page.posts), before.tolist(), now=self._feed.now(page.at), without=without)
        return ask._replace(reader=ask.reader._replace(seen=np.setdiff1d(ask.reader.seen, shown)))

    def _causes(self, ask: Ask, post: SeenPost) -> list[Cause]:
        """The follow of its author, acts on posts of the same author, then the newest others."""
        acts = [act for act in ask.reader.acts if act.post != post.number]
        author = self._author(ask, post)
        acts.sort(key=lambda act: act.author != author)
        follows = [Cause(act, post) for act in acts if act.kind == "follow" and act.author == author][:1]
        done = [act for act in acts if act.post][: TOLD - len(follows)]
        seen = {each.number: each for each in self._view_of(ask.reader.viewer).posts([act.post for act in done])}
        return follows + [Cause(act, seen[act.post]) for act in done if act.post in seen]

    def _author(self, ask: Ask, post: SeenPost) -> int:
        candidates = self._feed.stages(ask, self._table(0)).hydrate(ask, np.array([post.number], np.int64), np.zeros((1, 0), bool))
        return int(candidates.authors[0]) if len(candidates.authors) else 0


def _served(page: ServedPage, post: SeenPost) -> ServedPost:
    found: Sequence[ServedPost] = [each for each in page.posts if each.post == post.number]
    if not found:
        raise NotFound("This post did not stand on that page.", "Ask for the feed again: GET /v1/feed.")
    return found[0]
