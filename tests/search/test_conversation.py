"""A conversation around any of its posts: over gaps, without circles, and only what the viewer may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oscine.app import App
from oscine.errors import NotFound
from oscine.records import ANONYMOUS, Viewer
from oscine.search.conversation import conversation

Write = Callable[..., Any]


def post(id: str, minute: int, **more: Any) -> dict[str, Any]:
    return {"id": id, "text": id, "created_at": f"2024-05-01T12:{minute:02}:00Z", **more}


def ids(app: App, key: str, viewer: Viewer = ANONYMOUS, **more: Any) -> list[str]:
    return [seen.post.id for seen in conversation(app.view(viewer), key, **more)]


def test_it_is_the_same_around_every_post(app: App, write: Write) -> None:
    write(post("a", 0), post("b", 1, reply_to="a"), post("c", 2, reply_to="a"), post("d", 3, reply_to="b"), post("other", 4))
    assert [ids(app, key) for key in "abcd"] == [["a", "b", "c", "d"]] * 4
    assert ids(app, "other") == ["other"]


def test_over_a_gap_it_finds_its_beginning(app: App, write: Write) -> None:
    """The post between was never imported; the network names the root."""
    write(post("a", 0), post("c", 2, reply_to="missing", root="a"))
    assert ids(app, "c") == ids(app, "a") == ["a", "c"]


def test_a_circle_ends(app: App, write: Write) -> None:
    write(post("a", 0, reply_to="b"), post("b", 1, reply_to="a"), post("self", 2, reply_to="self"))
    assert ids(app, "a") == ids(app, "b") == ["a", "b"]
    assert ids(app, "self") == ["self"]


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_the_post_itself_is_always_there(app: App, write: Write, limit: int) -> None:
    write(post("a", 0), *(post(f"r{n}", n, reply_to="a") for n in range(1, 9)))
    found = ids(app, "r8", limit=limit)
    assert len(found) == min(limit, 9) and found[-1] == "r8"


def test_what_is_not_for_the_viewer_is_left_out(app: App, write: Write) -> None:
    write(post("a", 0), post("b", 1, reply_to="a", visibility="followers", author="bo"), post("c", 2, reply_to="b"))
    write({"relation": "follow", "actor": "cat", "target": "bo", "at": "2024-05-01T12:00:00Z"})
    assert "b" not in ids(app, "a") + ids(app, "c")
    assert ids(app, "c", Viewer(network="local", account="cat")) == ["a", "b", "c"]
    with pytest.raises(NotFound):
        ids(app, "b")


def test_networks_do_not_mix(app: App, write: Write) -> None:
    write(post("a", 0), post("b", 1, reply_to="a"), post("a", 0, network="sea"), post("z", 1, network="sea", reply_to="a"))
    assert ids(app, "a", network="sea") == ["a", "z"]
    assert ids(app, "b") == ["a", "b"]
