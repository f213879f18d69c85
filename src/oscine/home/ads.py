"""Ads for the gaps of a page: each asked for with the posts around it, of an advertiser once a page, by the server of ads, which knows no feed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from oscine.ads.decision.place import Place
from oscine.ads.server import AdServer, Shown
from oscine.home import adjacency
from oscine.records import Viewer
from oscine.view import SeenPost

SIZES = ("1200x628", "1080x1080", "")  # of what fits among posts: pictures first, else words alone


class Between:
    """Ads between posts, one after `every`; none where that is 0."""

    def __init__(self, server: AdServer, every: int, clock: Callable[[], datetime]) -> None:
        self._server, self._every, self._clock = server, every, clock

    def __call__(self, viewer: Viewer, posts: Sequence[SeenPost], personal: bool = True) -> dict[int, Shown]:
        """The ads by how many posts stand above them, their money reserved. Without `personal` they go by the posts alone."""
        gaps = adjacency.gaps([adjacency.safe(seen) for seen in posts], self._every)
        places = [(Place("post", self._clock(), sizes=SIZES), posts[adjacency.around(gap)]) for gap in gaps]
        found = self._server.serve_page(places, self._server.viewer(viewer, personal)) if places else []
        return {gap: shown[0] for gap, shown in zip(gaps, found, strict=True) if shown}
