"""The wire shapes of a feed: pages of posts and ads, each post with what it scored and what found it; what a caller asks of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from oscine.api import schemas, serving
from oscine.api.ordering import plain
from oscine.app import App
from oscine.errors import InputError
from oscine.feed.pipeline import Ranked
from oscine.feed.propose import Proposals
from oscine.feed.sentence import checked
from oscine.feed.sources import Followed
from oscine.feed.weights import shipped
from oscine.home.catch_up import CatchUp
from oscine.home.digest import Digest
from oscine.home.page import AdItem, HomePage, PostItem
from oscine.recommendation import Order, Steering
from oscine.records import Viewer
from oscine.view import SeenPost, View

LONGEST_STEERING = 20_000  # characters


def steered(app: App, viewer: Viewer, asked: str = "", order: Order | None = None) -> Steering:
    """What a caller asks of the feed: what is kept with their account, or of whoever has none what they send. Raises `InputError`."""
    steering = sent(asked) if viewer.anonymous else app.steerings.of(viewer)
    return msgspec.structs.replace(steering, order=order) if order else steering


def sent(asked: str) -> Steering:
    """Steering as a browser keeps it. Raises `InputError`."""
    if len(asked) > LONGEST_STEERING:
        raise InputError("The steering is too long.", f"The most is {LONGEST_STEERING:,} characters.")
    try:
        return checked(msgspec.json.decode(asked or "{}", type=Steering))
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise InputError(f"This is no steering ({error}).", "Send it as GET /v1/feed answered it.") from None


def home(made: HomePage, viewer: Viewer, base: str) -> dict[str, Any]:
    """A page that was kept: `kept` tells whether its steering is, too, with an account."""
    return {
        "token": made.token, "order": made.order, "items": [_item(item, base) for item in made.items], "cursor": made.cursor,
        "weights": made.weights, "steering": plain(made.steering), "kept": not viewer.anonymous, "dropped": dict(made.dropped),
    }  # fmt: skip


def _item(item: PostItem | AdItem, base: str) -> dict[str, Any]:
    if isinstance(item, AdItem):
        return {"kind": "ad", **plain(serving.ad(item.shown, base))}
    served = item.served
    return {"kind": "post", "post": schemas.post(item.seen), "position": served.position, "points": served.points, "sources": list(served.sources),
            "why": because(item.seen, served.sources)}  # fmt: skip


def because(seen: SeenPost, sources: Sequence[str]) -> str:
    """Why a post is here, in a few words."""
    named = f"you follow {seen.author.name or seen.author.handle}"
    said = ", ".join(named if source == Followed.name else source for source in sources)
    return said[:1].upper() + said[1:]


def missed(found: CatchUp) -> dict[str, Any]:
    """What somebody missed: each line with the ids of the posts that it quotes."""
    lines = [{"kind": line.kind, "about": line.about, "text": line.text, "fact": line.fact, "posts": [seen.post.id for seen in line.posts],
              "quotes": [schemas.sentence(quote) for quote in line.quotes]} for line in found.lines]  # fmt: skip
    return {"since": schemas.time(found.span.since), "until": schemas.time(found.span.until), "lines": lines,
            "posts": [schemas.post(seen) for seen in found.posts]}  # fmt: skip


def digest(made: Digest) -> dict[str, Any]:
    """The best of some days."""
    best = [
        {"post": schemas.post(each.seen), "text": each.said, "sources": list(each.sources), "why": because(each.seen, each.sources)}
        for each in made.best
    ]
    return {"lang": made.lang, "fact": made.fact, "best": best, "missed": missed(made.missed)}


def proposals(found: Proposals) -> dict[str, Any]:
    """What somebody might want more of."""
    return {
        "topics": [each._asdict() for each in found.topics],
        "accounts": [{"id": who.id, "network": who.network, "handle": who.handle, "name": who.name, "bio": who.bio, "why": why} for who, why in found.accounts],
        "conversations": [{"post": schemas.post(seen), "why": why} for seen, why in found.conversations],
    }  # fmt: skip


def page(app: App, viewer: Viewer, order: Order, limit: int, cursor: str | None = None) -> dict[str, Any]:
    """A page of one of the two feeds. Raises `InputError` for a cursor that is none of ours."""
    weights = shipped()
    if order == "newest":
        ranked, onward = app.newest.page(viewer, steered(app, viewer), limit, cursor)
    else:
        ranked, onward = app.feed.rank(app.feed.ask(viewer, steered(app, viewer), limit), weights), None
    return {
        "order": order,
        "items": posts(ranked, app.view(viewer)),
        "cursor": onward,
        "weights": weights.version,
        "dropped": dropped(ranked.dropped),
    }


def posts(ranked: Ranked, view: View) -> list[dict[str, Any]]:
    """The picks in their order, read at last through the viewer's own view: what went away meanwhile is left out."""
    numbers = [int(ranked.candidates.numbers[pick.place]) for pick in ranked.picks]
    seen = {post.number: post for post in view.posts(numbers)}
    there = [(pick, seen[number]) for pick, number in zip(ranked.picks, numbers, strict=True) if number in seen]
    return [
        {"kind": "post", "post": schemas.post(post), "position": position, "points": int(ranked.points[pick.place]) + pick.moved,
         "sources": list(ranked.found_by(pick.place))}
        for position, (pick, post) in enumerate(there)
    ]  # fmt: skip


def dropped(reasons: Mapping[int, str]) -> dict[str, int]:
    """How many posts were left out, by reason."""
    return dict(Counter(reasons.values()))
