"""Another table of weights is judged before anybody sees it, tested on people, and a test that does harm ends itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Any

import msgspec
import numpy as np
import pytest

from oscine.app import App
from oscine.errors import InputError
from oscine.feed import estimate, judge
from oscine.feed.dealt import pack
from oscine.feed.select import Diverse
from oscine.feed.weights import shipped
from oscine.home.page import HomePage, PostItem
from oscine.recommendation import UNSTEERED, Outcome, ServedPage, ServedPost, Steering, Weights, Wish
from oscine.records import ANONYMOUS, Viewer
from oscine.store import vectors
from oscine.store.feed_tests import Test
from oscine.store.vectors import Pending

NOW = datetime(2024, 5, 20, 12, tzinfo=UTC)
Write = Callable[..., Any]
OLDER = msgspec.structs.replace(shipped(), also={**shipped().also, "recent": 0.1}, diversity=0.3)
LIKED = "liked"  # the author whose posts people like in these tests


@pytest.fixture
def posts(app: App, write: Write) -> dict[int, str]:
    """Forty posts by ten people, the older ones by one whom people like; author by number. Each has a vector."""
    by = [LIKED if n % 4 == 0 and n > 20 else f"a{n % 9}" for n in range(40)]
    write(*({"id": f"p{n}", "author": by[n], "text": f"post {n}", "created_at": (NOW - timedelta(hours=n)).isoformat()} for n in range(40)))
    rows = app.database.rows(
        "SELECT p.id, a.key, q.since FROM posts p JOIN accounts a ON a.id = p.author LEFT JOIN pending_vectors q ON q.post = p.id"
    )
    vectors.prepare(app.database, "made", 8)
    pending = app.database.rows("SELECT post, since FROM pending_vectors ORDER BY post")
    made = np.random.default_rng(0).normal(size=(len(pending), 8)).astype(np.float32)
    vectors.save(app.database, [Pending(row["post"], row["since"], "") for row in pending], made)
    app.pool.load()
    return {row["id"]: row["key"] for row in rows}


def deals(app: App, rng: np.random.Generator, weights: Weights) -> Iterator[ServedPage]:
    """Pages for nobody in particular, dealt by chance: of candidates that stay the same while the store does."""
    ask = app.feed.ask(ANONYMOUS, now=NOW, limit=12, temperature=0.1)
    ranked, select = app.feed.rank(ask, weights, rng), app.feed.stages(ask, weights).select
    assert isinstance(select, Diverse)
    for number in count():
        picks = select(ask, ranked.candidates, ranked.points, rng)
        served = tuple(
            ServedPost(post=int(ranked.candidates.numbers[pick.place]), position=position, points=0, propensity=pick.propensity)
            for position, pick in enumerate(picks)
        )
        yield ServedPage(token=f"page{number}", session=f"page{number}", at=NOW, person="", order="for-you", weights=weights.version, posts=served,
                         temperature=0.1, candidates=pack(ranked, ask, select))  # fmt: skip


def likes(page: ServedPage, posts: dict[int, str]) -> list[tuple[int, Outcome]]:
    return [(each.post, "like") for each in page.posts[:10] if posts[each.post] == LIKED]


def test_an_estimate_holds_what_the_other_table_truly_brings(app: App, posts: dict[int, str]) -> None:
    """150 pages dealt by the live table; the truth is that of 500 dealt by the other."""
    rng = np.random.default_rng(5)
    for page in islice(deals(app, rng, shipped()), 150):
        app.feed_log.keep(page)
        app.feed_log.outcomes(page.token, likes(page, posts))
    version = app.weight_tables.propose(OLDER, "key", "Older posts.").version
    truth = np.mean([len(likes(page, posts)) for page in islice(deals(app, rng, OLDER), 500)])
    found = app.estimate_weights(version)
    line = next(line for line in found.lines if line.outcome == "like")
    assert (found.pages, found.people, found.left_out, found.warnings) == (150, 150, {}, ())
    assert line.other.low < truth < line.other.high and line.live.value < line.other.value, "more likes, as is told"
    live = np.mean([len(likes(page, posts)) for page in islice(deals(app, rng, shipped()), 500)])
    assert line.change.low < truth - live < line.change.high and line.change.value == pytest.approx(line.other.value - line.live.value)
    same = next(line for line in app.estimate_weights(0).lines if line.outcome == "like")
    assert (same.change.value, same.other.value) == pytest.approx((0, same.live.value), abs=0.01)


def test_pages_of_which_a_post_is_gone_are_left_out_and_counted(app: App, write: Write, posts: dict[int, str]) -> None:
    rng = np.random.default_rng(6)
    pages = list(islice(deals(app, rng, shipped()), 30))
    for page in pages:
        app.feed_log.keep(page)
    gone = next(number for number in posts if 1 < sum(number in [each.post for each in page.posts[:10]] for page in pages) < 8)
    key = app.database.one("SELECT key FROM posts WHERE id = %s", [gone])
    app.database.execute("UPDATE feed_pages SET candidates = 'x' WHERE token = 'page0'")
    write({"delete": key["key"] if key else ""})
    found = app.estimate_weights(0)
    had = sum(gone in [each.post for each in page.posts[:10]] for page in pages[1:])
    assert found.left_out[estimate.UNREADABLE] == 1 and found.left_out[estimate.OTHERWISE] >= had
    assert found.pages == 30 - sum(found.left_out.values()) > 0


def test_of_dials_and_wishes_it_says_nothing(app: App, posts: dict[int, str]) -> None:
    rng = np.random.default_rng(7)
    for page in islice(deals(app, rng, shipped()), 3):
        app.feed_log.keep(page)
    steered = msgspec.structs.replace(shipped(), dials={**shipped().dials, "talk": 0.9})
    assert app.estimate_weights(app.weight_tables.propose(steered, "key", "Talk.").version).warnings == (estimate.STEERED,)


def test_without_pages_dealt_by_chance_there_is_no_estimate(app: App) -> None:
    with pytest.raises(InputError, match="0 pages dealt by chance"):
        app.estimate_weights(0)


def test_people_are_in_the_arm_of_their_pseudonym(app: App) -> None:
    ann, bo = Viewer(network="n", account="ann"), Viewer(network="n", account="bo")
    assert app.weights_for(ann) == (shipped(), 0, "")
    version = app.weight_tables.propose(OLDER, "key", "Older posts.").version
    test = app.judge.start("older", version, 0.3, "key", "Are they better?")
    told = {person: app.weights_for(person) for person in (ann, bo)}
    assert told == {person: app.weights_for(person) for person in (ann, bo)}
    for weights, number, arm in told.values():
        assert (number, weights.version) == (test.id, version if arm == "treatment" else 0)
    assert app.weights_for(ANONYMOUS) == (shipped(), 0, "")
    drawn = [judge.arm(test, f"person {number}") for number in range(5000)]
    assert abs(drawn.count("treatment") - 1500) < 4 * (5000 * 0.3 * 0.7) ** 0.5
    other = msgspec.structs.replace(test, id=test.id + 1)
    assert [judge.arm(other, f"person {number}") for number in range(5000)] != drawn, "another test draws anew"


def serve(app: App, test: Test, person: str, at: datetime, numbers: list[int], done: dict[int, Outcome]) -> None:
    """A page of the test, and what came of it at once."""
    arm = judge.arm(test, person)
    token = f"{person} {at.isoformat()}"
    served = tuple(ServedPost(post=number, position=position, points=0) for position, number in enumerate(numbers))
    app.feed_log.keep(
        ServedPage(token=token, session=token, at=at, person=person, order="for-you", weights=0, posts=served, experiment=test.id, arm=arm)
    )
    app.feed_log.outcomes(token, list(done.items()), at)


@pytest.fixture
def test(app: App, posts: dict[int, str]) -> Test:
    version = app.weight_tables.propose(OLDER, "key", "Older posts.").version
    return app.judge.start("older", version, 0.5, "key", "Are they better?")


def test_a_person_counts_once_when_their_week_is_over(app: App, test: Test, posts: dict[int, str]) -> None:
    numbers, begun = list(posts)[:4], test.started_at
    for person in ("ann", "bo", "cy"):
        serve(app, test, person, begun, numbers, {numbers[0]: "like"})
        serve(app, test, person, begun + timedelta(days=6), numbers, {numbers[1]: "like", numbers[2]: "seen"})
        serve(app, test, person, begun + timedelta(days=8), numbers, {numbers[3]: "like"})
    serve(app, test, "late", begun + timedelta(days=4), numbers, {numbers[0]: "like"})
    assert app.judge.judged(test, begun + timedelta(days=6.9))[1:3] == (0, 0)
    found = app.judge.judged(test, begun + timedelta(days=7.1))
    likes = next(line for line in found.lines if line.outcome == "like")
    assert found.control + found.treatment == 3
    assert {mean for mean in (likes.control, likes.treatment) if mean == mean} == {2.0}, "what came after the week does not count"
    app.feed_log.forget(ANONYMOUS)
    app.database.execute("UPDATE feed_pages SET person = '' WHERE person = 'ann'")
    assert sum(app.judge.judged(test, begun + timedelta(days=7.1))[1:3]) == 2, "who is forgotten is in no test"


def test_a_test_that_does_harm_ends_itself(app: App, test: Test, posts: dict[int, str]) -> None:
    """Sixty people; in the treatment each reports a post."""
    numbers, begun = list(posts)[:4], test.started_at
    for person in (f"person {number}" for number in range(60)):
        harm: dict[int, Outcome] = {numbers[0]: "report"} if judge.arm(test, person) == "treatment" else {}
        serve(app, test, person, begun, numbers, harm)
    assert app.judge.guard(begun + timedelta(hours=23)) is None, "nobody's day is over yet"
    later = begun + timedelta(days=1.1)
    assert {rail.name: rail.broken for rail in app.judge.judged(test, later).rails} == {
        "report": True, "hide": False, "authors": False, "topics": False, "small": False,
    }  # fmt: skip
    ended = app.judge.guard(later)
    assert ended and ended.ended_by == judge.GUARDRAIL and ended.ended_why.startswith("report: ")
    assert app.weights_for(Viewer(network="n", account="ann")) == (shipped(), 0, ""), "the control stays"
    assert app.judge.guard(later) is None


def test_a_test_that_narrows_what_people_see_ends_itself(app: App, test: Test, posts: dict[int, str]) -> None:
    """Two hundred people; in the treatment pages are by one author, of ever the same posts."""
    rng, begun = np.random.default_rng(8), test.started_at
    one = [number for number, author in posts.items() if author == LIKED][:4]
    for person in (f"person {number}" for number in range(200)):
        wide = rng.choice(list(posts), 4, replace=False).tolist()
        narrow = [one[0], *rng.choice(one[1:], 2, replace=False).tolist(), *([] if rng.random() < 0.7 else [wide[0]])]
        serve(app, test, person, begun, narrow if judge.arm(test, person) == "treatment" else wide, {})
    later = begun + timedelta(days=1.1)
    rails = {rail.name: rail for rail in app.judge.judged(test, later).rails}
    assert rails["authors"].broken and not rails["report"].broken
    assert rails["authors"].treatment < 0.6 < rails["authors"].control
    assert rails["topics"].control > 0 and rails["small"].control == 1.0 and not rails["small"].broken
    ended = app.judge.guard(later)
    assert ended and "authors: " in ended.ended_why


def test_without_harm_it_goes_on(app: App, test: Test, posts: dict[int, str]) -> None:
    rng, begun = np.random.default_rng(9), test.started_at
    for person in (f"person {number}" for number in range(100)):
        numbers = rng.choice(list(posts), 4, replace=False).tolist()
        serve(app, test, person, begun, numbers, {numbers[0]: "hide"} if rng.random() < 0.3 else {})
    assert app.judge.guard(begun + timedelta(days=1.1)) is None
    assert app.feed_tests.running() == test


def test_pages_as_they_are_served_can_be_judged(app: App, posts: dict[int, str]) -> None:
    """Through the home page, every page dealt by chance, for people who ask for something and for one who wants no profile."""
    app.settings.feed_chance = 1.0
    wishing = Steering(wishes=(Wish(kind="word", value="post 7", weight=1.0),), dials={"varied": 0.8, "recent": -1.0})
    for number in range(4):
        viewer = Viewer(network="n", account=f"person {number}")
        for steering in (UNSTEERED, wishing):
            page = app.home.page(viewer, steering)
            app.feed_log.outcome(page.token, first(page), "like")
    app.home.page(Viewer(network="n", account="private"), Steering(personal=False))
    found = app.estimate_weights(0)
    assert (found.pages, found.people, found.left_out) == (9, 5, {})
    assert next(line for line in found.lines if line.outcome == "like").live.value == pytest.approx(8 / 9)
    app.feed_log.forget(Viewer(network="n", account="person 0"))
    assert app.estimate_weights(0).pages == 7, "what was foretold of a person goes with them"


def first(page: HomePage) -> int:
    """The post at the top."""
    return next(item.served.post for item in page.items if isinstance(item, PostItem))
