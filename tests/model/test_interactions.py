from __future__ import annotations

import numpy as np

from oscine import recommendation
from oscine.model.interactions import COUNTED, DAY, EVER, FOLLOW, FORMS, HOUR, KINDS, NOBODY, UNWANTED, Past
from planted_acts import HIDE, LIKE, following, planted


def test_kinds_are_places_among_the_actions() -> None:
    names = recommendation.ACTIONS
    assert len(names) == KINDS and len(recommendation.FORMS) == FORMS
    assert [names[kind] for kind in COUNTED] == ["like", "reply", "repost", "quote"]
    assert names[FOLLOW] == "follow" and [names[kind] for kind in UNWANTED] == ["hide", "report"]


def test_counts_are_those_of_the_acts_strictly_before() -> None:
    given = planted(acts=2000, posts=200)
    past, posts = Past(given), given.posts
    for act in range(0, 2000, 40):
        place, at, author = int(given.places[act]), float(given.at[act]), int(given.authors[act])
        items = past.items(np.array([place]), at, int(given.people[act]))
        before = (given.at < at) & (given.kinds == LIKE)
        for column, seconds in enumerate((HOUR, DAY, EVER)):
            assert items.acts[0, column] == (before & (given.places == place) & (given.at >= at - seconds)).sum()
        written = ((posts.authors == author) & (posts.created < at)).sum()
        assert np.isclose(items.author_acts[0], (before & (given.authors == author)).sum() / written)


def test_a_follow_is_known_from_then_on() -> None:
    given = planted(acts=200, posts=50)
    author, at = int(given.posts.authors[7]), float(given.at[100])
    past = Past(following(given, 5, author, at))
    assert past.items(np.array([7]), at, 5).followed.tolist() == [0]
    assert past.items(np.array([7]), at + 1, np.array([5])).followed.tolist() == [1]
    assert past.items(np.array([7]), at + 1, 6).followed.tolist() == [0]
    assert past.history(5, at + 1).kinds[-1] == FOLLOW and not past.history(5, at + 1).items.vectors[-1].any()


def test_a_history_holds_the_newest_acts_of_one_person() -> None:
    given = planted(people=10)
    person, at = 3, float(given.at[3000])
    history = Past(given).history(person, at)
    mine = (given.people == person) & (given.at < at)
    assert history.at.tolist() == given.at[mine][-128:].tolist()
    assert history.items.authors.tolist() == given.authors[mine][-128:].tolist()
    assert len(Past(given).history(person, at, most=5).at) == 5
    assert set(Past(given).history(person, at).kinds.tolist()) == {LIKE, HIDE}


def test_of_strangers_and_of_a_time_before_all_nothing_is_known() -> None:
    given = planted(acts=100, posts=20)
    past, empty = Past(given), Past(given.before(0))
    assert [len(past.history(person, 4e9).at) for person in (NOBODY, 10**6, -1)] == [0, 0, 0]
    assert not empty.items(np.arange(20), 4e9, 1).acts.any() and not len(empty.history(1, 4e9).at)


def test_acts_between_two_moments() -> None:
    given = planted(acts=100, posts=20)
    part = given.between(float(given.at[10]), float(given.at[30]))
    assert part.at.tolist() == given.at[10:30].tolist() and part.counted.tolist() == given.counted[10:30].tolist()
