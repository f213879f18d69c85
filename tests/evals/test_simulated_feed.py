"""The simulator: the same world every time, the real stages, and mechanics that a small world shows already."""

from __future__ import annotations

import numpy as np
import pytest

from oscine.evals import simulated_feed
from oscine.evals.simulated_feed import FEEDS, Run, simulate
from oscine.evals.simulated_people import BEGIN, NEWCOMER, READER, ROUND, World


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return {name: simulate(feed, seed=1, readers=10, authors=200, rounds=10) for name, feed in FEEDS.items()}


def test_the_same_seed_makes_the_same_world_and_pages(runs: dict[str, Run]) -> None:
    again = simulate(FEEDS["as it ships"], seed=1, readers=10, authors=200, rounds=10)
    assert again.world.written == runs["as it ships"].world.written
    assert all((one == other).all() for one, other in zip(again.pages[-1], runs["as it ships"].pages[-1], strict=True))


def test_nobody_is_shown_what_they_looked_at_nor_what_is_not_written(runs: dict[str, Run]) -> None:
    run = runs["as it ships"]
    written = [at for _, at, _, _ in run.world.written]
    for number, shown in enumerate(run.pages):
        assert all(written[post - 1] <= BEGIN + number * ROUND for page in shown for post in page.tolist())
    liked = {(reader, post) for post, reader, at in run.world.acts if at < BEGIN + 9 * ROUND}
    assert not liked & {(reader, post) for reader, page in enumerate(run.pages[9]) for post in page.tolist()}


def test_a_page_is_more_varied_with_diversity(runs: dict[str, Run]) -> None:
    ships, plain = runs["as it ships"], runs["without diversity"]
    assert simulated_feed.authors_a_page(ships) > simulated_feed.authors_a_page(plain)
    assert simulated_feed.unlikeness(ships) > simulated_feed.unlikeness(plain)


def test_a_taste_is_learned_and_its_change_is_felt(runs: dict[str, Run]) -> None:
    fitting = runs["as it ships"].fitting
    assert fitting[4] > fitting[0] and fitting[5] < fitting[4]


def test_shares_are_shares(runs: dict[str, Run]) -> None:
    for run in runs.values():
        assert 0 < simulated_feed.top_share(run) < 0.5 and 0 <= simulated_feed.newcomers_seen(run) <= 1


def test_who_likes_two_posts_of_an_author_follows_them() -> None:
    world = World(np.random.default_rng(0), readers=1, authors=30)
    world.write(BEGIN)
    topic = int(world.likes[0][0])
    world.written = [(7, BEGIN, topic, 50.0), (7, BEGIN, topic, 50.0), (8, BEGIN, topic, 50.0), (NEWCOMER, BEGIN, topic, -50.0)]
    world.vectors = world.vectors[:4]
    for number in (1, 2, 3, 4):
        world.read(0, np.array([number]), BEGIN)
    assert world.follows[0] == {7} and [post for post, *_ in world.acts] == [1, 2, 3]
    reader = world.reader(0)
    assert reader.number == READER and [act.post for act in reader.acts] == [3, 2, 1] and reader.seen.tolist() == [1, 2, 3, 4]


def test_the_report_states_figures_with_what_they_stand_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated_feed, "simulate", lambda feed, seed: simulate(feed, seed, readers=4, authors=60, rounds=22))
    report = simulated_feed.run(None, None, 1, lambda _: None)
    assert {each.peer_name for each in report.measures} == {"without new voices", "without both", "without diversity", ""}
    assert all(each.aim is None for each in report.measures) and "no superiority" in report.method
