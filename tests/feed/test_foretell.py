"""A feed by a ranker: what it is told of the reader and of posts; and that it is asked at all."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from feed.made import NOW, candidates
from feed.world import ME, Write, like, numbers, post
from oscine.app import App
from oscine.feed.for_you import ForYou
from oscine.feed.foretell import history, items
from oscine.feed.reader import Reader
from oscine.feed.weights import shipped
from oscine.model.interactions import History, Items
from oscine.recommendation import ACTIONS, FORMS, Act


class ByLength:
    """Foretells that people like long posts of authors that they acted on before."""

    name, dimensions = "by length", 0

    def __init__(self) -> None:
        self.told: list[tuple[History, Items]] = []

    def foretell(self, history: History, items: Items, now: float) -> NDArray[np.float64]:
        self.told.append((history, items))
        found = np.zeros((len(items.created), len(ACTIONS)))
        found[:, 0] = items.forms[:, FORMS.index("long")] * np.isin(items.authors, history.items.authors)
        return found

    def taste(self, history: History, now: float) -> NDArray[np.float32]:
        raise AssertionError("it has no tower")

    def places(self, items: Items, now: float) -> NDArray[np.float32]:
        raise AssertionError("it has no tower")


def test_a_ranker_orders_the_feed(app: App, write: Write) -> None:
    ranker = ByLength()
    feed = ForYou(app.view, app.readers, app.pool, app.steer, ranker=lambda: ranker)
    write(*(post(n, f"a{n % 3}", 10 + n, text=f"{n} " + "word " * (100 if n >= 6 else 3)) for n in range(9)), like(1), post(20, "zed"))
    app.pool.load()
    found = feed.rank(feed.ask(ME, now=NOW), shipped())
    assert app.view(ME).posts(numbers(found))[0].post.id == "p7", "long, and by whom I like"
    assert feed.foretells == "by length"
    told, asked = ranker.told[-1]
    assert told.kinds.tolist() == [0] and told.items.authors.tolist() == [asked.authors[asked.created.argmin() - 1]]


def test_where_its_vectors_are_of_another_length_the_prior_foretells(app: App, write: Write) -> None:
    ranker = ByLength()
    ranker.dimensions = 384
    write(post(1, "ann"))
    app.pool.load()
    feed = ForYou(app.view, app.readers, app.pool, app.steer, ranker=lambda: ranker)
    assert feed.foretells == "prior" and feed.rank(feed.ask(ME, now=NOW), shipped()).picks and not ranker.told


def test_a_history_is_the_newest_last_and_leaves_out_what_is_gone() -> None:
    acts = (
        Act("like", 7, 70, NOW),
        Act("follow", 0, 60, NOW - timedelta(hours=1)),
        Act("reply", 5, 50, NOW - timedelta(hours=2)),
        Act("like", 6, 60, NOW),
    )
    done = candidates([5, 7], authors=np.array([50, 70]), vectors=np.array([[1, 0], [0, 1]], np.float32), created=np.array([1.0, 2.0]))
    found = history(Reader(acts=acts), done)
    assert [ACTIONS[kind] for kind in found.kinds] == ["reply", "follow", "like"]
    assert found.items.authors.tolist() == [50, 60, 70] and found.items.vectors.tolist() == [[1, 0], [0, 0], [0, 1]]
    assert found.items.created.tolist() == [1.0, (NOW - timedelta(hours=1)).timestamp(), 2.0]
    nobody = history(Reader(), candidates([]))
    assert len(nobody.kinds) == 0 and nobody.items.vectors.shape == (0, 2)


@pytest.mark.parametrize("follows", [[], [1_001]])
def test_items_say_what_candidates_say(follows: list[int]) -> None:
    forms = {form: np.array([form == "link", form == "long"]) for form in FORMS}
    made = candidates([1, 2], forms=forms, acts=np.array([[1, 2, 3], [0, 0, 0]], float), author_acts=np.array([0.5, 2]))
    found = items(Reader(follows=np.array(follows, np.int64)), made)
    assert found.forms.tolist() == [[0, 1, 0, 0, 0], [0, 0, 0, 1, 0]] and found.acts.tolist() == [[1, 2, 3], [0, 0, 0]]
    assert found.followed.tolist() == ([0, 1] if follows else [0, 0])
