"""What a feed is said to be without an act, a wish or a weight is what it becomes when that is truly undone; and every score is the sum of its parts."""

import sys
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.what_if import Network, differences, exact, judge, kind, supposed, told, true

from oscine.app import App
from oscine.errors import NotFound
from oscine.feed.explain import Explanation, explain
from oscine.feed.pipeline import Ranked

CASES = 30


def test_what_if_tells_the_truth(app: App, tmp_path: Path) -> None:
    network = Network(app, tmp_path, people=30, posts=200, acts=2_000)
    counted = judge(network, CASES)
    assert sum(tally.cases for tally in counted.values()) == CASES
    assert {name: dict(tally.wrong) for name, tally in counted.items() if tally.wrong} == {}
    assert sum(tally.inexact for tally in counted.values()) == 0
    assert sum(tally.changed for tally in counted.values()) > CASES / 2  # what changes nothing proves nothing
    assert {"like", "follow"} <= set(counted) and len(counted) > 4


def test_what_a_person_is_told_of_a_post_is_true(app: App, tmp_path: Path) -> None:
    network = Network(app, tmp_path, people=20, posts=200, acts=1_500)
    for _ in range(5):
        case = network.case()
        before = supposed(app, case)[0]
        post = int(before.candidates.numbers[before.picks[network.rng.integers(len(before.picks))].place])
        said = told(app, case, post)
        assert said.before == explain(before, post)
        assert said.after == explained(true(network, case), post)
        assert all(sum(part.points for part in each.parts) == each.points for each in said)


def explained(ranked: Ranked, post: int) -> Explanation:
    """As it stands there, or nowhere."""
    with suppress(NotFound):
        return explain(ranked, post)
    return Explanation()


def test_a_feed_that_was_not_undone_is_told_from_one_that_was(app: App, tmp_path: Path) -> None:
    network = Network(app, tmp_path, people=20, posts=200, acts=1_500)
    cases = (network.case() for _ in range(50))
    before, without = next(supposed(app, case) for case in cases if kind(case) == "like")
    assert differences(before, without) and not differences(before, before)
    before.points[0] += 1
    assert not exact(before)
