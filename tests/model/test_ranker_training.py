from __future__ import annotations

import numpy as np
import pytest

from planted_acts import DIMENSIONS, HIDE, LIKE, following, planted

torch = pytest.importorskip("torch")

from oscine.errors import InputError  # noqa: E402
from oscine.model import ranker_training  # noqa: E402
from oscine.model.interactions import FOLLOW, NOBODY, Interactions, Past, Served  # noqa: E402
from oscine.model.ranker import Shape  # noqa: E402
from oscine.model.ranker_batches import Sampler, Targets, batches, targets  # noqa: E402
from oscine.model.ranker_training import Config, levelled, train  # noqa: E402

SMALL = Config(Shape(dimensions=DIMENSIONS, width=32, tower=8, authors=64), others=7, size=64, passes=1)


def silent(_: str) -> None:
    pass


def examples(given: Interactions, until: float) -> list[np.ndarray]:
    """All that training sees of the acts before a moment: histories, candidates, labels."""
    past, rng = Past(given), np.random.default_rng(3)
    found = targets(past)
    found = found.taken(np.flatnonzero(found.at < until))
    drawn = Sampler(past, 14).drawn(found, 7, rng)
    histories = [past.history(person, at).at for person, at in zip(found.people.tolist(), found.at.tolist(), strict=True)]
    return [found.people, found.places, found.at, *drawn.items, drawn.log_chance, drawn.valid, np.concatenate(histories)]


def test_what_comes_later_changes_no_earlier_example() -> None:
    given = planted(acts=2000)
    until = float(given.at[1000])
    for one, other in zip(examples(given.before(until), until), examples(given, until), strict=True):
        assert np.array_equal(one, other)


def test_each_post_is_an_example_once_with_all_that_was_done_to_it() -> None:
    given = planted(people=30, posts=100)
    found = targets(Past(given))
    pairs = {(person, place) for person, place in zip(given.people.tolist(), given.places.tolist(), strict=True)}
    assert len(found.at) == len(pairs) == len(set(zip(found.people.tolist(), found.places.tolist(), strict=True)))
    for row in range(0, len(found.at), 50):
        mine = (given.people == found.people[row]) & (given.places == found.places[row])
        assert set(np.flatnonzero(found.labels[row])) == set(given.kinds[mine]) and found.at[row] == given.at[mine].min()


def test_a_follow_is_learned_at_the_authors_newest_post() -> None:
    given = planted(acts=500)
    at = float(given.at[300])
    newest = int(np.flatnonzero(given.posts.created < at)[-1])
    found = targets(Past(following(given, 7, int(given.posts.authors[newest]), at)), since=at)
    row = int(np.flatnonzero(found.labels[:, FOLLOW])[0])
    assert (found.people[row], found.places[row]) == (7, newest)


def test_nothing_is_learned_of_whoever_is_nobody() -> None:
    given = planted(acts=500)
    hidden = given._replace(people=np.where(given.people % 2, given.people, NOBODY))
    assert set(targets(Past(hidden)).people % 2) == {1}
    assert Past(hidden).items(given.places, 4e9, 1).acts.sum() == Past(given).items(given.places, 4e9, 1).acts.sum()


def test_candidates_were_there_and_their_chances_are_those_they_were_drawn_with() -> None:
    given = planted(posts=60)
    found = targets(Past(given))
    one = Targets(*(np.repeat(column[-1:], 20_000, axis=0) for column in found))
    drawn = Sampler(Past(given), 14).drawn(one, 1, np.random.default_rng(0))
    created = drawn.items.created.reshape(-1, 2)
    assert (created < one.at[:, None]).all() and (created[:, 1] >= one.at[0] - 14 * 86_400).all()
    for moment in np.unique(created[:, 1]):
        here = created[:, 1] == moment
        assert abs(here.mean() - np.exp(drawn.log_chance[here, 1][0])) < 0.02


def test_batches_hold_every_example_once_with_what_came_before_it() -> None:
    given = planted(people=8)
    past = Past(given)
    found = targets(past)
    made = list(batches(past, found, 64, np.random.default_rng(0)))
    rows = np.concatenate([batch.targets.ravel() for batch in made])
    assert sorted(rows[rows >= 0]) == list(range(len(found.at)))
    for batch in made:
        whose = np.where(batch.acts >= 0, given.people[batch.acts], -1).max(1)
        assert all(set(found.people[row[row >= 0]]) <= {who} | set() or who == -1 for row, who in zip(batch.targets, whose, strict=True))
        for acts, wanted in zip(batch.acts, batch.targets, strict=True):
            known = set(acts[acts >= 0].tolist())
            at, person = found.at[wanted[wanted >= 0][-1]], found.people[wanted[0]]
            assert set(np.flatnonzero((given.people == person) & (given.at < at))[-64:].tolist()) <= known


@pytest.fixture(scope="module")
def learned() -> ranker_training.Trained:
    return train(planted(acts=2000).before(float(planted(acts=2000).at[1500])), SMALL, silent)


def test_the_same_acts_make_the_same_network(learned: ranker_training.Trained) -> None:
    again = train(planted(acts=2000).before(float(planted(acts=2000).at[1500])), SMALL, silent)
    assert again.losses == learned.losses and len(learned.losses) > 15
    assert np.mean(learned.losses[-10:]) < np.mean(learned.losses[:10])


def test_it_goes_on_from_what_it_learned(learned: ranker_training.Trained) -> None:
    given = planted(acts=2000)
    before = [weights.clone() for weights in learned.network.parameters()]
    later = train(given, SMALL, silent, start=learned.network, since=learned.until)
    assert later.until == given.at[-1] and len(later.losses) < len(learned.losses) / 2
    assert any(not torch.equal(one, other) for one, other in zip(before, later.network.parameters(), strict=True))


def test_too_little_is_said_to_be_too_little() -> None:
    with pytest.raises(InputError, match="There are 9 acts to learn from"):
        train(planted(acts=9), SMALL, silent)


def test_probabilities_are_right_on_average_over_what_was_served(learned: ranker_training.Trained) -> None:
    given, rng = planted(acts=2000), np.random.default_rng(0)
    shown, outcomes = rng.integers(0, len(given.at), 1200), np.zeros((1200, 9), np.float32)
    outcomes[:120, LIKE], outcomes[:6, HIDE] = 1, 1
    served = Served(given.people[shown], given.places[shown], given.at[shown], outcomes)
    levelled(learned.network, given, SMALL, served)
    by_log = learned.network.level.clone()
    past, found = Past(given), ranker_training._shown(Past(given), served)
    told = np.zeros((0, 9))
    for batch in batches(past, found, 64, rng):
        here = found.taken(batch.targets.ravel())
        drawn, at = Sampler(past, 14).drawn(here, 0, rng), here.at.reshape(batch.targets.shape)
        acts, moments = ranker_training._acts(past, batch, at)
        with torch.no_grad():
            logits = learned.network(acts, ranker_training._posts(drawn, at), moments).logits.flatten(0, 1)[:, 0] + by_log
        told = np.concatenate([told, logits.sigmoid().numpy()[batch.targets.ravel() >= 0]])
    assert len(told) == 1200
    assert told.mean(0)[LIKE] == pytest.approx(0.1, abs=0.002) and told.mean(0)[HIDE] == pytest.approx(0.005, abs=0.001)
    levelled(learned.network, given, SMALL)
    assert not torch.allclose(by_log, learned.network.level)
