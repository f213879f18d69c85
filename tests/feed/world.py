"""A small network that feeds are asked of: `me`, and what others write, like and follow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from oscine.app import App
from oscine.feed.pipeline import Ranked
from oscine.feed.weights import shipped
from oscine.recommendation import Order
from oscine.records import ANONYMOUS, Viewer

NOW = datetime(2024, 5, 20, 12, tzinfo=UTC)
ME = Viewer(network="local", account="me")
Write = Callable[..., Any]


def ago(hours: float) -> str:
    return (NOW - timedelta(hours=hours)).isoformat()


def post(number: int, author: str, hours_ago: float = 1, **more: Any) -> dict[str, Any]:
    return {"id": f"p{number}", "author": author, "text": f"post {number} by {author}", "created_at": ago(hours_ago), **more}


def follow(target: str, on: bool = True, actor: str = "me") -> dict[str, Any]:
    return {"relation": "follow", "actor": actor, "target": target, "at": ago(0), "on": on}


def like(number: int, actor: str = "me", hours_ago: float = 0.5, **more: Any) -> dict[str, Any]:
    return {"engagement": "like", "actor": actor, "post": f"p{number}", "at": ago(hours_ago), **more}


def numbers(ranked: Ranked) -> list[int]:
    """What was picked, in its order."""
    return [int(ranked.candidates.numbers[pick.place]) for pick in ranked.picks]


def ranked(app: App, viewer: Viewer = ANONYMOUS, **asked: Any) -> Ranked:
    """A feed by the table that ships, at noon, from all that is stored."""
    app.pool.load()
    return app.feed.rank(app.feed.ask(viewer, now=NOW, **asked), shipped())


def shown(app: App, viewer: Viewer, order: Order = "for-you") -> list[str]:
    """The ids of a page's posts, from the pool as it is."""
    newest = order == "newest"
    found = (
        app.newest.page(viewer, limit=100, now=NOW).ranked if newest else app.feed.rank(app.feed.ask(viewer, now=NOW, limit=100), shipped())
    )
    return [seen.post.id for seen in app.view(viewer).posts(numbers(found))]
