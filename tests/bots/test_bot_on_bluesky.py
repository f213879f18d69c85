"""The bot on a real PDS: what people post there reaches the store by the firehose, and answers are read back by atproto's own client."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from atproto import client_utils, models

from at_network import AtProto, Person
from oscine.app import App
from oscine.bots.bot import Bot
from oscine.posting.bluesky import BlueskyPoster
from oscine.store.mentions import last

Hear = Callable[..., None]
Written = Callable[[], list[Any]]


@pytest.fixture
def bot(app: App, poster: BlueskyPoster) -> Bot:
    return Bot(app, poster)


def say(person: Person, text: str, to: Person | None = None, under: Any = None) -> Any:
    """Post, naming somebody, perhaps as a reply."""
    words = client_utils.TextBuilder()
    if to:
        words.mention(f"@{to.handle}", to.did).text(" ")
    reference = models.create_strong_ref(under) if under else None
    reply = models.AppBskyFeedPost.ReplyRef(parent=reference, root=reference) if reference else None
    return person.client.send_post(words.text(text), reply_to=reply)


def test_a_mention_is_answered_in_its_thread_with_the_post_that_says_so(
    bot: Bot, hear: Hear, ann: Person, ben: Person, account: Person, written: Written
) -> None:
    fact = say(ann, "The harbour library opens at nine o'clock on Saturdays.")
    asked = say(ben, "When does the harbour library open on Saturdays?", to=account)
    hear(fact.uri, asked.uri)
    assert bot.once() == 1
    (answer,) = written()
    assert answer.value.reply.parent.uri == answer.value.reply.root.uri == asked.uri
    assert "opens at nine o'clock on Saturdays" in answer.value.text and "I am a bot" in answer.value.text
    (facet,) = answer.value.facets
    assert facet.features[0].uri == f"https://bsky.app/profile/{ann.did}/post/{fact.uri.split('/')[-1]}"
    assert answer.value.langs == ["en"] and [label.val for label in answer.value.labels.values] == ["bot"]
    profile = account.client.com.atproto.repo.get_record({"repo": account.did, "collection": "app.bsky.actor.profile", "rkey": "self"})
    assert [label.val for label in profile.value.labels.values] == ["bot"]
    hear(answer.uri)
    assert bot.once() == 0 and len(written()) == 1  # neither to the mention again nor to itself


def test_where_the_posts_do_not_say_one_sentence_says_so(
    bot: Bot, hear: Hear, ben: Person, account: Person, written: Written, app: App
) -> None:
    asked = say(ben, "Wer gewann 1903 das Radrennen von Dorf zu Dorf?", to=account)
    hear(asked.uri)
    bot.once()
    (answer,) = written()
    assert answer.value.text.startswith("Die Beiträge hier sagen es nicht.") and not answer.value.facets
    assert [(one.state, one.why, one.reply) for one in last(app.database, 5)] == [("answered", "nothing", answer.uri)]


def test_a_follow_up_needs_no_name_and_no_second_introduction(
    bot: Bot, hear: Hear, ann: Person, ben: Person, account: Person, written: Written
) -> None:
    facts = [
        say(ann, f"The harbour library in {town} opens at {hour} o'clock.").uri for town, hour in (("Turin", "nine"), ("Genoa", "eleven"))
    ]
    asked = say(ben, "When does the harbour library in Turin open?", to=account)
    hear(*facts, asked.uri)
    bot.once()
    first = written()[-1]
    hear(first.uri)
    on = say(ben, "and in Genoa?", under=first)
    passing = say(ann, "and in Genoa?", under=first)  # said to the bot by somebody else, who does not name it
    thanks = say(ben, "thanks", under=first)
    hear(on.uri, passing.uri, thanks.uri)
    bot.once()
    answers = written()
    assert len(answers) == 2 and answers[-1].value.reply.parent.uri == on.uri
    assert "eleven" in answers[-1].value.text and "bot" not in answers[-1].value.text


def test_an_answer_goes_with_what_it_cites(
    app: App, bot: Bot, poster: BlueskyPoster, hear: Hear, ann: Person, ben: Person, account: Person, written: Written
) -> None:
    fact = say(ann, "The lighthouse keeper of Farrow is called Ottilie Brand.")
    asked = say(ben, "What is the lighthouse keeper of Farrow called?", to=account)
    hear(fact.uri, asked.uri)
    bot.once()
    assert "Ottilie" in written()[0].value.text
    ann.client.delete_post(fact.uri)
    hear(fact.uri)
    Bot(app, poster).once()
    assert written() == []


def test_a_mention_that_is_deleted_before_the_answer_has_none(
    bot: Bot, hear: Hear, ben: Person, account: Person, written: Written, app: App
) -> None:
    asked = say(ben, "When does the harbour library open?", to=account)
    hear(asked.uri)
    ben.client.delete_post(asked.uri)  # the store has not heard of it yet
    bot.once()
    assert written() == [] and [one.why for one in last(app.database, 5)] == ["gone"]


def test_stop_is_obeyed_at_once_and_for_good_until_start(bot: Bot, hear: Hear, ben: Person, account: Person, written: Written) -> None:
    asked, stop = say(ben, "When does the harbour library open?", to=account), say(ben, "STOP please!", to=account)
    hear(asked.uri, stop.uri)
    bot.once()
    (confirmed,) = written()
    assert confirmed.value.reply.parent.uri == stop.uri and "not answer you again" in confirmed.value.text
    again = [say(ben, words, to=account).uri for words in ("stop", "When does the library open?", "hello?")]
    hear(*again)
    bot.once()
    assert len(written()) == 1
    hear(say(ben, "start", to=account).uri)
    bot.once()
    hear(say(ben, "When does the library open?", to=account).uri)
    bot.once()
    assert len(written()) == 3


def test_a_long_post_is_quoted_in_short_and_keeps_its_link(
    bot: Bot, hear: Hear, ann: Person, ben: Person, account: Person, written: Written
) -> None:
    filler = "We spoke about boats, nets and the weather for a very long while. "
    fact = say(ann, filler * 2 + "The ferry to Skarholm leaves at half past seven from the old pier, behind the smokehouse. " + filler)
    asked = say(ben, "When does the ferry to Skarholm leave?", to=account)
    hear(fact.uri, asked.uri)
    bot.once()
    (answer,) = written()
    assert "half past seven" in answer.value.text and len(answer.value.text) <= 300 and answer.value.facets


def test_killed_at_any_moment_it_answers_each_mention_once(
    app: App, atproto: AtProto, hear: Hear, ann: Person, ben: Person, account: Person, written: Written
) -> None:
    fact = say(ann, "The harbour library opens at nine o'clock on Saturdays.").uri
    asked = [say(ben, "When does the harbour library open on Saturdays?", to=account).uri for _ in range(3)]
    hear(fact, *asked)
    moments = ("noticed", "before", "after", "noticed", "after", "before", "after", "never", "never")
    command = [
        sys.executable,
        str(Path(__file__).parent / "dying_bot.py"),
        app.database.conninfo,
        atproto.pds_url,
        account.handle,
        *moments,
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)
    assert [int(line) for line in ended.stdout.split()] == [-signal.SIGKILL] * 7 + [0, 0], ended.stderr[-2000:]
    assert sorted(answer.value.reply.parent.uri for answer in written()) == sorted(asked)
    assert {(one.state, one.why) for one in last(app.database, 9)} == {("answered", "")}
    assert {one.reply for one in last(app.database, 9)} == {answer.uri for answer in written()}
