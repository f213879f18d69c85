"""Why a post stands where it stands: the parts add up, whatever was asked."""

from __future__ import annotations

import pytest

from feed.world import ME, Write, follow, like, post, ranked
from oscine.app import App
from oscine.errors import NotFound
from oscine.feed.explain import explain
from oscine.feed.sentence import apply, compile
from oscine.recommendation import UNSTEERED


def test_parts_add_up_for_every_candidate(app: App, write: Write) -> None:
    write(*(post(n, f"a{n % 4}", n, text=f"cats and dogs {n}") for n in range(30)), follow("a1"), like(4), like(7, "ben"), like(4, "ben"))
    steering = apply(UNSTEERED, compile("more cats, much less dogs, more new voices, a bit more variety, fewer replies"))
    found = ranked(app, ME, steering=steering, limit=10)
    for place, number in enumerate(found.candidates.numbers.tolist()):
        told = explain(found, number)
        assert sum(part.points for part in told.parts) == told.points == found.points[place]
        assert told.sources == found.found_by(place) and told.sources and told.dropped == ""
    places = [explain(found, int(found.candidates.numbers[pick.place])) for pick in found.picks]
    assert [told.position for told in places] == list(range(1, 11))
    assert [told.moved for told in places] == [pick.moved for pick in found.picks] and min(told.moved for told in places) < 0
    assert sum(explain(found, number).position == 0 for number in found.candidates.numbers.tolist()) == len(found.candidates.numbers) - 10


def test_what_was_left_out_has_its_reason(app: App, write: Write) -> None:
    write(post(1, "ann", text="on politics"), post(2, "ann", text="on cats"), like(2))
    found = ranked(app, ME, steering=apply(UNSTEERED, compile("no politics")))
    reasons = {found.dropped[number]: explain(found, number).dropped for number in found.dropped}
    assert reasons == {name: name for name in ("you have seen it", "you asked never for “politics”")}


def test_of_what_one_may_not_see_nothing_is_said(app: App, write: Write) -> None:
    write(post(1, "ann", visibility="followers"), post(2, "ann"))
    row = app.database.one("SELECT id FROM posts WHERE key = 'p1'")
    assert row
    for number in (row["id"], 999_999):
        with pytest.raises(NotFound, match="was not found for this feed"):
            explain(ranked(app, ME), number)
