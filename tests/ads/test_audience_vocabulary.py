"""What is told of places and of people, with the real embedder on a real store: topics by meaning, risk, interests only where they are allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from oscine import ingest
from oscine.ads.audience.vocabulary import Vocabulary
from oscine.ads.decision.place import Place
from oscine.advertising import Advertiser, Campaign, Caps, Flight, Order, Targeting
from oscine.app import App
from oscine.engines.e5 import E5Embedder
from oscine.records import ANONYMOUS, Viewer
from oscine.store import vectors
from oscine.store.activity import Activity
from oscine.store.choices import Choice

Write = Callable[..., Any]
NOW = datetime(2024, 5, 2, tzinfo=UTC)
PLACE = Place("feed", NOW)
PERSONAL = Choice(personal=True)
KNIT = [
    "Casting on a knitted jumper with merino yarn",
    "Just finished my first pair of knitted socks",
    "Stitching a wool sweater with my needles",
    "Knitting needles, merino wool and a new pattern for a jumper",
    "Dropped a stitch in row forty of this knit shawl pattern",
    "Wool, needles and a pattern: my weekend of knitting",
]
CANCER = ["Second round of chemotherapy tomorrow", "My oncologist says the tumour shrank", "Lost my hair after the chemo", "Radiotherapy starts on Monday",
          "Scared of the biopsy result", "Cancer ward, day nine"]  # fmt: skip


class Once(E5Embedder):
    """The real embedder; what one test embedded, the next need not."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._made: dict[str, NDArray[np.float32]] = {}

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in texts if text not in self._made]
        self._made |= dict(zip(new, super().embed_passages(new), strict=True))
        return np.array([self._made[text] for text in texts], np.float32).reshape(-1, self.dimensions)


@pytest.fixture(scope="module")
def e5(models: Path) -> E5Embedder:
    return Once(models)


@pytest.fixture
def network(app: App, write: Write, e5: E5Embedder, sample_texts: list[str]) -> Iterator[App]:
    """250 posts of the sample network, some on knitting and on an illness, all with vectors."""
    stride = len(sample_texts) // 250
    write(
        *(
            {"id": f"s{n}", "text": said, "author": f"a{n % 40}"}
            for n, said in enumerate(said[:100] for said in sample_texts[: 250 * stride : stride])
        )
    )
    write(*({"id": f"knit{n}", "text": said, "author": "knitter", "labels": []} for n, said in enumerate(KNIT)))
    write(*({"id": f"ill{n}", "text": said, "author": "patient"} for n, said in enumerate(CANCER)))
    vectors.prepare(app.database, e5.name, e5.dimensions)
    while ingest.embed_pending(app.database, e5):
        pass
    yield app


def vocabulary(app: App, e5: E5Embedder | None, *targetings: Targeting, account: str = "") -> Vocabulary:
    made = Vocabulary(Activity(app.database), app.view, lambda: e5)
    made.renew([order(each, number, account) for number, each in enumerate(targetings, 1)])
    return made


def order(targeting: Targeting, number: int = 1, account: str = "") -> Order:
    """A live order, of which only the targeting matters here."""
    advertiser = Advertiser(id=number, key="k", name="n", payer="n", currency="EUR", created_at=NOW, account=account)
    campaign = Campaign(id=number, advertiser=number, name="c", objective="clicks", placements=("feed",), tier="open", targeting=targeting,
                        caps=Caps(), pace="even", holdout=0.0,
                        state="running", created_at=NOW)  # fmt: skip
    flight = Flight(id=number, campaign=number, starts_at=NOW, ends_at=NOW + timedelta(days=9), budget=1)
    return Order(advertiser=advertiser, campaign=campaign, flight=flight, left=1, left_today=1, spent=0, spent_today=0)


def act(write: Write, actor: str, posts: list[str], kind: str = "like") -> None:
    write(*({"engagement": kind, "actor": actor, "post": post, "at": "2024-05-01T13:00:00Z"} for post in posts))


def test_topics_are_found_by_meaning(network: App, e5: E5Embedder) -> None:
    told = vocabulary(network, e5, Targeting(topics=("knitting", "motor sport")))
    view = network.view(ANONYMOUS)
    about = [told.place([view.post(f"knit{n}")], PLACE).topics for n in range(len(KNIT))]
    assert sum("knitting" in topics for topics in about) >= 5 and "knitting" in about[2], "which does not say the word"
    assert all("motor sport" not in topics for topics in about)
    others = [told.place([view.post(f"s{n}")], PLACE).topics for n in range(60)]
    assert sum("knitting" in topics for topics in others) <= 2


def test_without_an_embedder_topics_are_found_by_words(network: App) -> None:
    told = vocabulary(network, None, Targeting(topics=("knitted sock",), query="wool -scarf"))
    view = network.view(ANONYMOUS)
    place = told.place([view.post(f"knit{n}") for n in range(6)], PLACE)
    assert place.topics == {"knitted sock"} and place.queries == {"wool -scarf"}
    assert told.place([view.post("knit2")], PLACE).topics == frozenset()
    assert "no embedder" in told.note


def test_few_posts_are_no_ground_for_meaning(app: App, write: Write, e5: E5Embedder) -> None:
    write({"id": "a", "text": "knitting"})
    vectors.prepare(app.database, e5.name, e5.dimensions)
    told = vocabulary(app, e5, Targeting(topics=("knitting",)))
    assert "fewer than 200 posts" in told.note
    assert told.place([app.view(ANONYMOUS).post("a")], PLACE).topics == {"knitting"}


def test_a_post_that_waits_for_its_vector_is_read_all_the_same(network: App, write: Write, e5: E5Embedder) -> None:
    told = vocabulary(network, e5, Targeting(topics=("knitting",)))
    write({"id": "new", "text": "Knitting needles, merino wool and a cable pattern for a jumper"})
    assert told.place([network.view(ANONYMOUS).post("new")], PLACE).topics == {"knitting"}


def test_what_was_read_is_kept_until_the_post_changes(network: App, write: Write, e5: E5Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    told = vocabulary(network, e5, Targeting(query="ferry"))
    view = network.view(ANONYMOUS)
    write({"id": "edit", "text": "no boats"})
    assert told.place([view.post("edit")], PLACE).queries == frozenset()
    write({"id": "edit", "text": "a ferry", "edited_at": "2024-06-01T00:00:00Z"})
    assert told.place([view.post("edit")], PLACE).queries == {"ferry"}
    monkeypatch.setattr("oscine.ads.audience.basis.read", lambda seen: pytest.fail("read again"))
    assert told.place([view.post("edit")], PLACE).queries == {"ferry"}


@pytest.mark.parametrize(
    ("post", "risk"),
    [
        ({"text": "A quiet lake", "labels": []}, "low"), ({"text": "A quiet lake"}, "medium"), ({"text": "A quiet lake", "labels": ["satire"]}, "high"),
        ({"text": "A quiet lake", "labels": [], "sensitive": True}, "high"), ({"text": "A lake", "labels": [], "content_warning": "w"}, "high"),
        ({"text": "A lake", "labels": ["nsfw"]}, "high"), ({"text": "buy cocaine here", "labels": []}, "high"),
    ],
)  # fmt: skip
def test_how_safe_it_is_beside_a_post(app: App, write: Write, post: dict[str, Any], risk: str) -> None:
    write({"id": "x", **post}, {"id": "safe", "text": "A quiet lake", "labels": []})
    view = app.view(ANONYMOUS)
    told = vocabulary(app, None, Targeting())
    assert told.place([view.post("x")], PLACE).risk == risk
    assert told.place([view.post("safe"), view.post("x")], PLACE).risk == risk, "the worst counts"


def test_a_place_without_posts_is_not_known_to_be_safe(app: App) -> None:
    assert vocabulary(app, None, Targeting()).place([], PLACE._replace(risk="low", lang="de")) == PLACE._replace(risk="medium", lang="de")


def test_the_language_of_most_posts(app: App, write: Write) -> None:
    write(*({"id": f"l{n}", "text": "x", "lang": lang} for n, lang in enumerate(["de", "de", "fr"])))
    posts = [app.view(ANONYMOUS).post(f"l{n}") for n in range(3)]
    told = vocabulary(app, None)
    assert told.place(posts, PLACE).lang == "de" and told.place(posts, PLACE._replace(lang="it")).lang == "it"


def test_interests_only_where_they_are_allowed(network: App, write: Write, e5: E5Embedder) -> None:
    told = vocabulary(network, e5, Targeting(interests=("knitting", "motor sport"), like=("local/knitter",)))
    act(write, "reader", [f"knit{n}" for n in range(6)])
    reader = Viewer(network="local", account="reader")
    person = told.person(reader, PERSONAL, "p1", now=NOW)
    assert person.id == "p1" and person.personal and person.interests == {"knitting"} and person.like == {"local/knitter"}
    for choice in (Choice(), Choice(minor=True), Choice(personal=True, minor=True)):
        closed = told.person(reader, choice, "p1", now=NOW)
        assert not closed.personal and not closed.interests and not closed.like
    assert not told.person(ANONYMOUS, PERSONAL, now=NOW).personal
    other = told.person(Viewer(network="local", account="a1"), PERSONAL, now=NOW)
    assert other.personal and not other.interests and not other.like


def test_nothing_special_is_inferred(network: App, write: Write, e5: E5Embedder) -> None:
    told = vocabulary(
        network, e5, Targeting(interests=("cancer", "Ozempic", "oncology wards", "radiotherapy", "hair loss"), like=("local/patient",))
    )
    act(write, "reader", [f"ill{n}" for n in range(6)])
    person = told.person(Viewer(network="local", account="reader"), PERSONAL, now=NOW)
    assert person.interests == frozenset() and person.like == frozenset(), "not even what only such posts would tell"


def test_only_what_was_done_in_public_and_lately_counts(network: App, write: Write, e5: E5Embedder) -> None:
    told = vocabulary(network, e5, Targeting(interests=("knitting",)))
    write(*({"id": f"f{n}", "text": said, "author": "friend", "visibility": "followers"} for n, said in enumerate(KNIT)))
    write({"relation": "follow", "actor": "closed", "target": "friend", "at": "2024-05-01T00:00:00Z"})
    act(write, "closed", [f"f{n}" for n in range(6)])
    assert told.person(Viewer(network="local", account="closed"), PERSONAL, now=NOW).interests == frozenset()
    act(write, "early", [f"knit{n}" for n in range(6)])
    assert told.person(Viewer(network="local", account="early"), PERSONAL, now=NOW + timedelta(days=365)).interests == frozenset()


def test_following_and_answering_tell_an_interest(network: App, write: Write, e5: E5Embedder) -> None:
    told = vocabulary(network, e5, Targeting(interests=("knitting",)))
    write({"relation": "follow", "actor": "fan", "target": "knitter", "at": "2024-05-01T00:00:00Z"})
    write(*({"text": "Lovely!", "author": "polite", "reply_to": f"knit{n}"} for n in range(6)))
    assert told.person(Viewer(network="local", account="fan"), PERSONAL, now=NOW).interests == {"knitting"}
    assert told.person(Viewer(network="local", account="polite"), PERSONAL, now=NOW).interests == {"knitting"}


def test_taking_permission_back_forgets_at_once(network: App, write: Write, e5: E5Embedder) -> None:
    told = vocabulary(network, e5, Targeting(interests=("knitting",)))
    act(write, "reader", [f"knit{n}" for n in range(6)])
    reader = Viewer(network="local", account="reader")
    assert told.person(reader, PERSONAL, now=NOW).interests == {"knitting"}
    told.person(reader, Choice(), now=NOW)
    write(*({"delete": f"knit{n}"} for n in range(6)))
    assert told.person(reader, PERSONAL, now=NOW).interests == frozenset(), "nothing of before was kept"


def test_what_people_chose_and_whom_they_block(app: App, write: Write) -> None:
    told = vocabulary(app, None, Targeting(), Targeting(), account="local/shop")
    write({"text": "hello", "author": "ann"}, {"text": "buy", "author": "shop"}, {"text": "hi", "author": "bob"})
    ann = Viewer(network="local", account="ann")
    choice = Choice(less=frozenset({"tea"}), hidden=frozenset({9}))
    assert told.person(ann, choice).hidden == {9} and told.person(ann, choice).less == {"tea"}
    for actor, kind, target in (("ann", "block", "shop"), ("shop", "block", "bob")):
        write({"relation": kind, "actor": actor, "target": target, "at": "2024-05-01T00:00:00Z"})
    assert told.person(ann, choice).hidden == {9, 1, 2}
    assert told.person(Viewer(network="local", account="bob"), Choice()).hidden == {1, 2}
    assert told.person(ANONYMOUS, Choice()).hidden == frozenset()


def test_new_orders_are_kept_up_with(app: App, write: Write) -> None:
    write({"id": "x", "text": "tea and cake"})
    told = vocabulary(app, None, Targeting(topics=("tea",)))
    post = app.view(ANONYMOUS).post("x")
    assert told.place([post], PLACE).topics == {"tea"}
    told.renew([order(Targeting(topics=("cake",), not_topics=("tea cake", "diabetes")))])
    assert told.place([post], PLACE).topics == {"cake", "tea cake"}
    told.renew([])
    assert told.place([post], PLACE).topics == frozenset()
