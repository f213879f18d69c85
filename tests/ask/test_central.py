"""Central and diverse: the post in the middle of its topic, and one of each topic."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oscine.ask import central

BRIDGE = [["bridge", "close", "flood"], ["bridge", "close", "bus"], ["bridge", "flood", "river"], ["bridge", "close", "flood", "river"]]
PARTY = [["concert", "park", "friday"], ["concert", "friday", "ticket"]]


def test_the_post_that_shares_most_with_its_topic_is_central() -> None:
    found = central.centrality(central.alike(BRIDGE), [1.0] * 4)
    assert found.argmax() == 3 and found.max() == 1.0


def test_preferred_posts_come_first_where_nothing_else_tells() -> None:
    assert central.centrality(np.zeros((3, 3)), [1.0, 3.0, 1.0]).argmax() == 1


def test_each_topic_is_there_once_before_any_is_there_twice() -> None:
    likeness = central.alike(BRIDGE + PARTY)
    chosen = central.diverse(central.centrality(likeness, [1.0] * 6), likeness, 2)
    assert sorted(place < 4 for place in chosen) == [False, True]


def test_one_of_a_kind() -> None:
    likeness = central.alike([["a", "b"], ["c", "d"], ["e", "f"]])
    assert len(central.diverse(np.ones(3), likeness, 3, ["ann", "ann", "bob"])) == 2


def test_vectors_tell_what_words_do_not() -> None:
    vectors = np.array([[1, 0, 0.1], [1, 0, 0.2], [0, 1, 0.1], [0, 1, 0.2]], np.float32)
    likeness = central.alike([["storm"], ["gale"], ["cake"], ["tart"]], vectors)
    assert likeness[0, 1] > likeness[0, 2]


@given(st.lists(st.lists(st.sampled_from("abcdefg"), max_size=6), min_size=1, max_size=12), st.integers(0, 15))
def test_any_posts_can_be_ranked(posts: list[list[str]], count: int) -> None:
    likeness = central.alike(posts)
    worth = central.centrality(likeness, [1.0] * len(posts))
    chosen = central.diverse(worth, likeness, count)
    assert np.isfinite(worth).all() and len(set(chosen)) == len(chosen) <= count
