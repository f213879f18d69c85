"""Where ads may stand, by property: on random pages no rule is ever broken, and no place that is fit is passed over."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from oscine.home import adjacency
from oscine.records import Account, Post
from oscine.view import SeenPost

PAGES = st.lists(st.booleans(), max_size=60)


def seen(**told: object) -> SeenPost:
    post = Post(id="p", network="n", author="a", text="x", created_at=datetime(2024, 5, 1, tzinfo=UTC), labels=told.get("labels"))  # type: ignore[arg-type]
    return SeenPost(number=1, post=post, author=Account(id="a", network="n"), blurred=str(told.get("blurred", "")))


@settings(max_examples=500)
@given(PAGES, st.integers(0, 12))
def test_no_rule_is_ever_broken(safe: list[bool], every: int) -> None:
    found = adjacency.gaps(safe, every)
    assert all(0 < gap < len(safe) and safe[gap - 1] and safe[gap] for gap in found), "between two posts, both safe"
    assert all(below - above >= max(1, every) for above, below in pairwise([0, *found])), "so many posts apart, the first ones too"
    assert not found or 0 < every < len(safe)


@given(PAGES, st.integers(1, 12))
def test_no_place_that_is_fit_is_passed_over(safe: list[bool], every: int) -> None:
    ends = [0, *adjacency.gaps(safe, every), len(safe)]
    for above, below in pairwise(ends):
        assert not any(safe[gap - 1] and safe[gap] for gap in range(above + every, below)), "an ad could have stood there"


def test_every_eighth_place_where_all_is_safe() -> None:
    assert adjacency.gaps([True] * 50, 8) == [8, 16, 24, 32, 40, 48]
    assert adjacency.gaps([True] * 8, 8) == [], "what follows below is not known"
    assert adjacency.gaps([True] * 9 + [False] + [True] * 9, 8) == [8, 16]
    assert adjacency.gaps([True] * 8 + [False] + [True] * 10, 8) == [10, 18]


def test_the_posts_around_are_those_that_an_ad_would_touch() -> None:
    posts = list(range(20))
    assert (posts[adjacency.around(8)], posts[adjacency.around(1)]) == ([6, 7, 8], [0, 1])


def test_an_ad_stands_beside_nothing_covered_or_labelled() -> None:
    assert adjacency.safe(seen()) and adjacency.safe(seen(labels=()))
    assert not adjacency.safe(seen(blurred="graphic-media")) and not adjacency.safe(seen(labels=("anything",)))
