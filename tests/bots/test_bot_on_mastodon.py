"""The bot on real, federating servers: asked from one, it answers on another, once, for those whom the question was for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import fediverse
from fediverse import Person, until
from oscine.app import App
from oscine.bots.bot import Bot
from oscine.posting.mastodon import MastodonPoster
from oscine.sources.mastodon.live import Mastodon


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fediverse.Fediverse]:
    with fediverse.federating(tmp_path_factory.mktemp("snac"), "one.test", "two.test") as made:
        yield made


@contextmanager
def reading(app: App, person: Person) -> Iterator[None]:
    """The server of the bot is read into the store, as `oscine connect mastodon` does it."""
    stop = threading.Event()
    source = Mastodon(person.server, person.http, person.token, ("local", "user"), every=0.1)
    reader = threading.Thread(target=app.connect, args=(source, stop))
    reader.start()
    try:
        until(lambda: app.database.one("SELECT 1 FROM connections WHERE place <> ''"))
        yield
    finally:
        stop.set()
        reader.join(30)


def stored(app: App, words: str) -> Any:
    return until(lambda: app.database.one("SELECT visibility, mentions FROM posts WHERE text LIKE %s", [f"%{words}%"]))


def told(person: Person) -> list[Any]:
    """What mentions somebody, as their own server shows it."""
    return [notice["status"] for notice in person.call("GET", "/api/v1/notifications") if notice["type"] == "mention"]


def test_a_mention_from_another_server_is_answered_once_with_the_post_that_says_so(app: App, net: fediverse.Fediverse) -> None:
    ann, ben, account = net.servers["one.test"].person("ann"), net.servers["two.test"].person("ben"), net.servers["two.test"].person("bot")
    bot = Bot(app, MastodonPoster(account.server, net.http, account.token, one_reply=True))
    with reading(app, account):
        fact = ben.post("The harbour library opens at nine o'clock on Saturdays.")
        ann.post("@bot@two.test When does the harbour library open on Saturdays?")
        stored(app, "opens at nine")
        assert stored(app, "When does the harbour")["mentions"] == ["bot@two.test"]
        assert bot.once() == 1
        (answer,) = until(lambda: told(ann))
        assert "opens at nine o'clock on Saturdays" in answer["content"]
        assert fact["url"] in answer["content"]
        stored(app, "I am a bot")
        assert bot.once() == 0
        app.database.execute("UPDATE bot_answers SET state = 'waiting', reply = ''")  # as if it had died before it noted its answer
        assert bot.once() == 1
        assert len([post for post in account.call("GET", "/api/v1/timelines/home") if post["account"]["acct"].startswith("bot")]) == 1
