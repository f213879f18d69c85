"""Live servers: mastodon-mock for streams, snac for a real one that has none and federates. Nothing is missed over a break, nothing gone stays."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

import fediverse
from fediverse import Person, failing, until
from oscine.app import App
from oscine.errors import InputError, NetworkUnavailable, OscineError, SetupError
from oscine.records import AccountDeleted, AnyEvent, Engagement, PostDeleted, PostWritten, Reached, Refused
from oscine.sources.mastodon.backfill import Backfill
from oscine.sources.mastodon.live import Mastodon
from oscine.sources.mastodon.server import Server
from oscine.sources.mastodon.streams import connect

TIMELINE = "/api/v1/timelines/public"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Person]]:
    with fediverse.mock(tmp_path_factory.mktemp("mock")) as made:
        yield made


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Person]]:
    """A server without streams."""
    with fediverse.mock(tmp_path_factory.mktemp("silent"), streaming="enabled = false") as made:
        yield made


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fediverse.Fediverse]:
    with fediverse.federating(tmp_path_factory.mktemp("snac"), "one.test", "two.test") as made:
        yield made


@pytest.fixture(scope="module")
def ann(net: fediverse.Fediverse) -> Person:
    return net.servers["one.test"].person("ann")


@pytest.fixture(scope="module")
def bob(net: fediverse.Fediverse) -> Person:
    return net.servers["two.test"].person("bob")


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as made:
        yield made


class Heard:
    """What a source tells, as a thread of its own takes it."""

    def __init__(self, source: Mastodon, place: str) -> None:
        self.events: list[AnyEvent] = []
        self.error: OscineError | None = None
        self.source = source
        self.thread = threading.Thread(target=self._run, args=(place,))
        self.thread.start()

    def _run(self, place: str) -> None:
        try:
            for event in self.source.events(place):
                self.events.append(event)
        except OscineError as error:
            self.error = error

    @property
    def place(self) -> str:
        return [event.place for event in self.events if isinstance(event, Reached)][-1]

    def post(self, text: str) -> Any:
        """The newest form of the post that says this, once it is told."""
        return until(lambda: [e for e in list(self.events) if isinstance(e, PostWritten) and text in e.post.text])[-1].post

    def deleted(self, post: str) -> None:
        until(lambda: any(isinstance(event, PostDeleted) and event.id == post for event in list(self.events)))


class Told:
    """Events that were told before, as a source that ends."""

    name = ""

    def __init__(self, events: list[AnyEvent]) -> None:
        self._events = events

    def events(self, cursor: int = 0) -> Iterator[AnyEvent]:
        yield from self._events

    def done(self) -> None:
        """Nobody asks."""


@contextlib.contextmanager
def hearing(source: Mastodon, place: str = "") -> Iterator[Heard]:
    """Listen from the moment that the source is ready."""
    heard = Heard(source, place)
    try:
        until(lambda: any(isinstance(event, Reached) for event in heard.events) or heard.error)
        yield heard
    finally:
        source.close()
        heard.thread.join(20)
        assert not heard.thread.is_alive()


def of(person: Person, client: httpx.Client, *timelines: str, every: float = 15) -> Mastodon:
    return Mastodon(person.server, client, person.token, timelines, every=every)


def test_a_post_an_edit_and_a_deletion_come_by_the_stream(people: dict[str, Person], client: httpx.Client) -> None:
    with hearing(of(people["bot"], client, "public")) as heard:
        made = people["ann"].post("Bread is baked #bread")
        assert heard.post("baked").id == made["id"]
        people["ann"].call("PUT", f"/api/v1/statuses/{made['id']}", json={"status": "Bread is eaten"})
        assert heard.post("eaten").edited_at
        people["ann"].call("DELETE", f"/api/v1/statuses/{made['id']}")
        heard.deleted(made["id"])


def test_a_direct_mention_comes_to_the_account_that_reads(people: dict[str, Person], client: httpx.Client) -> None:
    with hearing(of(people["bot"], client, "user")) as heard:
        people["bob"].post("@bot just for you", visibility="direct")
        told = heard.post("just for you")
        assert (told.visibility, told.author) == ("direct", people["bob"].handle)
        assert people["bot"].handle in told.mentions


def test_a_favourite_and_a_boost_of_ones_own_come_as_engagement(people: dict[str, Person], client: httpx.Client) -> None:
    made = people["bot"].post("like me")
    with hearing(of(people["bot"], client, "user")) as heard:
        for verb in ("favourite", "reblog"):
            people["ann"].call("POST", f"/api/v1/statuses/{made['id']}/{verb}")

        def kinds() -> set[str]:
            return {
                e.kind for e in list(heard.events) if isinstance(e, Engagement) and (e.post, e.actor) == (made["id"], people["ann"].handle)
            }

        until(lambda: kinds() == {"like", "repost"})


def test_a_boost_by_somebody_who_is_followed_comes_with_the_post(people: dict[str, Person], client: httpx.Client) -> None:
    made = people["bot"].post("boost me")
    with hearing(of(people["bob"], client, "user")) as heard:
        people["ann"].call("POST", f"/api/v1/statuses/{made['id']}/reblog")
        heard.post("boost me")
        until(lambda: [e for e in list(heard.events) if isinstance(e, Engagement) and e.key])


def test_what_a_mention_answers_is_told_before_it(people: dict[str, Person], client: httpx.Client) -> None:
    root = people["ann"].post("The mill opens on Sundays")
    reply = people["ann"].post("But not in winter", in_reply_to_id=root["id"])
    with hearing(of(people["bot"], client, "user")) as heard:
        people["bob"].post("@bot is that so?", in_reply_to_id=reply["id"])
        heard.post("is that so")
        told = [event.post.text for event in heard.events if isinstance(event, PostWritten)]
        assert told == ["The mill opens on Sundays", "But not in winter", "@bot is that so?"]


def test_a_tags_stream_has_its_tag_only(people: dict[str, Person], client: httpx.Client) -> None:
    with hearing(of(people["bot"], client, "tag:cheese")) as heard:
        people["ann"].post("no such thing #butter")
        people["ann"].post("such a thing #cheese")
        heard.post("such a thing")
        assert not any(isinstance(event, PostWritten) and "butter" in event.post.text for event in heard.events)


def test_a_stream_is_a_websocket_or_else_events(people: dict[str, Person], client: httpx.Client) -> None:
    """mastodon-mock takes a token for a WebSocket in the address only, where we never write it."""
    server = Server(people["bot"].server, client, people["bot"].token)
    ways = {}
    for timeline in ("public", "local", "user", "tag:bread"):
        stream = connect(server, timeline)
        assert stream
        ways[timeline] = stream.websocket
        stream.close()
    assert ways == {"public": True, "local": True, "user": False, "tag:bread": True}


def test_what_was_missed_is_told_and_what_was_told_is_looked_at_again(people: dict[str, Person], client: httpx.Client) -> None:
    ann = people["ann"]
    with hearing(of(people["bot"], client, "public")) as before:
        edited, deleted = ann.post("to be edited"), ann.post("to be deleted")
        before.post("to be edited")
        before.post("to be deleted")
        place = until(lambda: before.place if deleted["id"] in before.place else "")
    ann.call("PUT", f"/api/v1/statuses/{edited['id']}", json={"status": "edited meanwhile"})
    ann.call("DELETE", f"/api/v1/statuses/{deleted['id']}")
    missed = [ann.post(f"missed {number:03}")["id"] for number in range(45)]  # more than a page
    with hearing(of(people["bot"], client, "public"), place) as after:
        assert after.post("edited meanwhile").id == edited["id"]
        after.deleted(deleted["id"])
        after.post("missed 044")
        told = [event.post.id for event in after.events if isinstance(event, PostWritten) and event.post.id in missed]
        assert list(dict.fromkeys(told)) == missed


def test_where_there_is_no_stream_timelines_are_asked(silent: dict[str, Person], client: httpx.Client) -> None:
    with hearing(of(silent["bot"], client, "public", "user", every=0.02)) as heard:
        made = silent["ann"].post("polled")
        silent["bob"].post("@bot polled too", visibility="direct")
        assert heard.post("polled too").mentions == (silent["bot"].handle,)
        assert heard.post("polled").id
        silent["ann"].call("PUT", f"/api/v1/statuses/{made['id']}", json={"status": "polled and edited"})
        heard.post("polled and edited")
        silent["ann"].call("DELETE", f"/api/v1/statuses/{made['id']}")
        heard.deleted(made["id"])


def test_the_store_equals_the_server_however_often_the_reader_is_stopped(people: dict[str, Person], client: httpx.Client, app: App) -> None:
    """Posts are written, edited and deleted all the while, also while nobody reads."""
    ann, network = people["ann"], people["ann"].handle.partition("@")[2]
    begun = ann.post("before anybody reads")["id"]
    chance, kept = random.Random(1), dict[str, str]()
    for part in range(4):
        stop = threading.Event()
        source = of(people["bot"], client, "public")
        reader = threading.Thread(target=app.connect, args=(source, stop))
        reader.start()
        if part == 0:
            until(lambda: app.database.one("SELECT 1 FROM connections WHERE place <> ''"))
        for number in range(16):
            if number == 8:
                stop.set()
                reader.join(30)
            text = f"part {part}, number {number}"
            kept[ann.post(text)["id"]] = text
            one, other = chance.choice(list(kept)), chance.choice(list(kept))
            kept[one] = f"{text}, edited"
            ann.call("PUT", f"/api/v1/statuses/{one}", json={"status": kept[one]})
            if number % 3 == 0 and len(kept) > 1:
                ann.call("DELETE", f"/api/v1/statuses/{other}")
                del kept[other]
    stop = threading.Event()
    reader = threading.Thread(target=app.connect, args=(of(people["bot"], client, "public"), stop))
    reader.start()

    def stored() -> dict[str, str]:
        rows = app.database.rows("SELECT key, text FROM posts WHERE network = %s AND key::bigint > %s", [network, int(begun)])
        return {row["key"]: row["text"] for row in rows}

    try:
        until(lambda: stored() == kept)
    finally:
        stop.set()
        reader.join(30)


def test_an_account_that_is_compared_has_in_the_store_what_it_has_on_the_server(
    people: dict[str, Person], client: httpx.Client, app: App
) -> None:
    """As after a gap, or by `--backfill`: a boost and a post of long ago are gone, an edit is taken over."""
    bob, bot = people["bob"], people["bot"]
    edited, gone, boosted = bob.post("long ago"), bob.post("soon gone"), people["ann"].post("worth a boost")
    bob.call("POST", f"/api/v1/statuses/{boosted['id']}/reblog")
    app.ingest(Told(list(of(bot, client, "public").account(bob.handle))))
    bob.call("PUT", f"/api/v1/statuses/{edited['id']}", json={"status": "long ago, edited"})
    bob.call("DELETE", f"/api/v1/statuses/{gone['id']}")
    bob.call("POST", f"/api/v1/statuses/{boosted['id']}/unreblog")
    stop = threading.Event()
    reader = threading.Thread(target=app.connect, args=(of(bot, client, "public"), stop), kwargs={"missed": [bob.handle]})
    reader.start()

    def text(post: Any) -> str | None:
        row = app.database.one("SELECT text FROM posts WHERE key = %s", [post["id"]])
        return row["text"] if row else None

    try:
        until(lambda: text(gone) is None and text(edited) == "long ago, edited")
        until(lambda: not app.database.one("SELECT 1 FROM engagements WHERE post = %s AND active", [boosted["id"]]))
    finally:
        stop.set()
        reader.join(30)


def test_a_server_that_goes_away_is_said_to(tmp_path: Path, client: httpx.Client) -> None:
    with fediverse.mock(tmp_path) as people:
        source = of(people["bot"], client, "public", "user")
        heard = Heard(source, "")
        until(lambda: heard.events)
    heard.thread.join(30)
    assert isinstance(heard.error, NetworkUnavailable)


def test_a_token_that_is_not_taken_is_no_trouble_of_the_network(people: dict[str, Person], client: httpx.Client) -> None:
    with pytest.raises(SetupError, match="does not take the token") as error:
        next(Mastodon(people["ann"].server, client, "wrong-token").events())
    assert "wrong-token" not in str(error.value)


@pytest.mark.parametrize("timeline", ["everything", "tag:", "list"])
def test_a_timeline_that_there_is_not_is_named(timeline: str, client: httpx.Client) -> None:
    with pytest.raises(InputError, match="no timeline"):
        Mastodon("one.example", client, timelines=(timeline,))


def test_a_place_of_something_else_is_refused(people: dict[str, Person], client: httpx.Client) -> None:
    with pytest.raises(InputError, match="no place"):
        next(Mastodon(people["ann"].server, client).events("12345"))


def test_all_of_an_account_is_told_page_by_page(people: dict[str, Person], client: httpx.Client) -> None:
    written = {people["bob"].post(f"page {number}")["id"] for number in range(45)}
    told = list(of(people["bot"], client, "public").account(people["bob"].handle))
    assert written <= {event.post.id for event in told if isinstance(event, PostWritten)}
    assert not any(isinstance(event, Refused) for event in told)


def test_an_account_that_is_gone_is_deleted_and_one_that_is_only_unknown_is_not(people: dict[str, Person], client: httpx.Client) -> None:
    source = of(people["bot"], client, "public")
    (gone,) = source.account("nobody")
    assert isinstance(gone, AccountDeleted)
    assert gone.id == f"nobody@{source.network}"
    assert list(source.account("nobody@elsewhere.example")) == []


def test_the_accounts_of_a_gap_are_those_that_are_followed_and_those_of_the_directory(
    people: dict[str, Person], client: httpx.Client
) -> None:
    assert people["ann"].handle in list(of(people["bob"], client, "user").accounts())


def test_who_reads_waits_for_a_limit_and_goes_on(people: dict[str, Person], client: httpx.Client) -> None:
    headers = {"Retry-After": "1", "X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0"}
    with failing(people["ann"], TIMELINE, type="ratelimit", headers=headers):
        found, _ = Server(people["ann"].server, client, people["ann"].token).get(TIMELINE)
    assert isinstance(found, list)


def test_who_reads_leaves_the_last_of_a_limit_to_who_writes(people: dict[str, Person], client: httpx.Client) -> None:
    waited: list[float] = []
    reader = Server(people["ann"].server, client, people["ann"].token)
    reader.closed.wait = lambda seconds=None: bool(waited.append(seconds or 0))  # type: ignore[method-assign]
    ends = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()
    headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "30", "X-RateLimit-Reset": ends}
    with failing(people["ann"], TIMELINE, type="status", status=503, headers=headers), pytest.raises(NetworkUnavailable):
        reader.get(TIMELINE)
    reader.call("GET", TIMELINE)
    assert not waited
    reader.get(TIMELINE)
    assert 100 < waited[0] <= 240


def test_who_waits_can_be_stopped(people: dict[str, Person], client: httpx.Client) -> None:
    headers = {"Retry-After": "600", "X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0"}
    with failing(people["ann"], TIMELINE, type="ratelimit", headers=headers):
        reader = Server(people["ann"].server, client, people["ann"].token)
        reader.closed.set()
        with pytest.raises(NetworkUnavailable, match="was closed"):
            reader.get(TIMELINE)


def test_a_mention_from_another_server_comes_by_the_federation(
    net: fediverse.Fediverse, ann: Person, bob: Person, again: Callable[..., Mastodon]
) -> None:
    with hearing(again(bob, "user")) as heard:
        ann.post("@bob@two.test what of https://example.org/x?a=b&c=d #bread", spoiler_text="Food")
        told = heard.post("what of")
        assert (told.author, told.mentions, told.content_warning) == ("ann@one.test", ("bob@two.test",), "Food")
        assert (told.network, told.urls, told.tags) == ("two.test", ("https://example.org/x?a=b&c=d",), ("bread",))


def test_a_reply_an_edit_and_a_favourite_on_a_real_server(ann: Person, bob: Person, again: Callable[..., Mastodon]) -> None:
    with hearing(again(bob, "user", "local")) as heard:
        made = bob.post("mine, @ann@one.test")
        first = heard.post("mine")
        reply = bob.post("answer to it", in_reply_to_id=made["id"])
        assert heard.post("answer to it").reply_to == first.id
        bob.call("PUT", f"/api/v1/statuses/{reply['id']}", json={"status": "answer to it, edited"})
        assert heard.post("edited").id == heard.post("answer to it").id
        found = until(lambda: [n["status"] for n in ann.call("GET", "/api/v1/notifications") if n["status"]["uri"] == made["uri"]])
        for verb in ("favourite", "reblog"):
            ann.call("POST", f"/api/v1/statuses/{found[0]['id']}/{verb}")

        def kinds() -> set[str]:
            return {e.kind for e in list(heard.events) if isinstance(e, Engagement) and (e.post, e.actor) == (first.id, "ann@one.test")}

        until(lambda: kinds() == {"like", "repost"})


def test_a_server_that_shows_the_newest_only_is_not_taken_for_all(net: fediverse.Fediverse, bob: Person) -> None:
    """What it does not show is not gone."""
    bob.post("one of many")
    told: list[AnyEvent] = []
    with pytest.raises(NetworkUnavailable, match="no more than the first page"):
        told.extend(Backfill(Server(bob.server, net.http, bob.token), "bob").events())
    source = Backfill(Server(bob.server, net.http, bob.token), "bob").events()
    assert any(isinstance(event, PostWritten) for event in (next(source) for _ in range(3)))


@pytest.fixture
def again(net: fediverse.Fediverse) -> Callable[..., Mastodon]:
    return lambda person, *timelines: Mastodon(person.server, net.http, person.token, timelines, every=0.2)
