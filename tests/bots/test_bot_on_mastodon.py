"""The bot on a real, federating server (snac), asked from another: mentions come in by the live reader, answers go out and federate."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

import fediverse
from fediverse import Person, until
from oscine.app import App
from oscine.bots.bot import Bot
from oscine.posting.mastodon import MastodonPoster
from oscine.sources.mastodon.live import Mastodon
from oscine.store.mentions import last


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fediverse.Fediverse]:
    with fediverse.federating(tmp_path_factory.mktemp("snac"), "one.test", "two.test") as made:
        yield made


@pytest.fixture(scope="module")
def ann(net: fediverse.Fediverse) -> Person:
    """Asks from another server."""
    return net.servers["one.test"].person("ann")


@pytest.fixture(scope="module")
def dora(net: fediverse.Fediverse) -> Person:
    """Knows."""
    return net.servers["two.test"].person("dora")


@pytest.fixture(scope="module")
def account(net: fediverse.Fediverse) -> Person:
    """The bot's account."""
    return net.servers["two.test"].person("oscine")


@pytest.fixture
def bot(app: App, net: fediverse.Fediverse, account: Person) -> Iterator[Bot]:
    """The bot, with its server's posts and its mentions coming in."""
    stop = threading.Event()
    source = Mastodon(account.server, net.http, account.token, ("user", "local"), every=0.2)
    reader = threading.Thread(target=app.connect, args=(source, stop))
    reader.start()
    until(lambda: app.database.one("SELECT FROM connections WHERE place <> ''") is not None)
    try:
        yield Bot(app, MastodonPoster(account.server, net.http, account.token, one_reply=True))
    finally:
        stop.set()
        reader.join(30)


def settled(app: App, bot: Bot, mentions: int) -> list[tuple[str, str]]:
    """What became of the last mentions, once there are so many."""
    until(lambda: bot.once() or len(last(app.database, 100)) >= mentions)
    return [(one.state, one.why) for one in last(app.database, mentions)]


def heard(person: Person, known: set[str]) -> list[dict[str, Any]]:
    """Mentions of somebody that were not known before."""
    told = [n["status"] for n in person.call("GET", "/api/v1/notifications") if n["type"] == "mention"]
    return [status for status in told if status["uri"] not in known]


def test_a_mention_from_another_server_is_answered_there_and_stop_is_obeyed(app: App, bot: Bot, ann: Person, dora: Person) -> None:
    dora.post("The harbour library opens at nine o'clock on Saturdays, says @ann@one.test.")
    until(lambda: app.database.one("SELECT FROM posts WHERE text LIKE '%%harbour%%'") is not None)
    known = {status["uri"] for status in until(lambda: heard(ann, set()))}  # dora names her too
    asked = ann.post("@oscine@two.test When does the harbour library open on Saturdays?")
    assert settled(app, bot, 1) == [("answered", "")]
    (answer,) = until(lambda: heard(ann, known))
    assert "nine o'clock" in answer["content"].replace("&#39;", "'").replace("&apos;", "'") and "http://two.test/dora/" in answer["content"]
    assert "I am a bot" in answer["content"] and answer["in_reply_to_id"] == asked["id"]
    ann.post("@oscine@two.test stop, please")
    assert settled(app, bot, 2)[0] == ("declined", "stop")
    ann.post("@oscine@two.test When does the harbour library open on Saturdays?")
    assert settled(app, bot, 3)[0] == ("declined", "stopped")
    bot.once()
    until(lambda: len(heard(ann, known)) == 2)
    assert [status for status in heard(dora, set()) if "I am a bot" in status["content"]] == []  # who is quoted is not called


def test_what_is_asked_in_private_is_answered_in_private(app: App, bot: Bot, net: fediverse.Fediverse) -> None:
    cleo = net.servers["one.test"].person("cleo")
    cleo.post("@oscine@two.test Who was the mayor of Lilliput?", visibility="private")
    assert settled(app, bot, 1) == [("answered", "nothing")]
    (answer,) = until(lambda: heard(cleo, set()))
    assert answer["visibility"] in ("private", "direct") and "The posts here do not say." in answer["content"]
