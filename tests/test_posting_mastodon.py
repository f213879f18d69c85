"""Writing to Mastodon: once, for no more people than the question was for, as long as the server takes, and nobody told by accident."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import fediverse
from fediverse import Person, failing, until
from oscine.errors import InputError, NetworkUnavailable, NotAllowed, NotFound, RateLimited
from oscine.posting.base import Piece
from oscine.posting.mastodon import MENTION, MastodonPoster, narrower
from oscine.records import Post as Written
from oscine.records import PostWritten
from oscine.sources.mastodon.statuses import written

HELLO = [Piece("Hello, says the bot.")]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Person]]:
    with fediverse.mock(tmp_path_factory.mktemp("mock")) as made:
        yield made


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fediverse.Fediverse]:
    with fediverse.federating(tmp_path_factory.mktemp("snac"), "one.test", "two.test") as made:
        yield made


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as made:
        yield made


@pytest.fixture
def poster(people: dict[str, Person], client: httpx.Client) -> MastodonPoster:
    return MastodonPoster(people["bot"].server, client, people["bot"].token)


def asked(poster: MastodonPoster, status: Any, **changes: Any) -> Written:
    """A status as the post that it is in the store."""
    (event,) = written({**status, **changes}, poster.network, 1)
    assert isinstance(event, PostWritten)
    return event.post


def status(person: Person, post: str) -> Any:
    return person.call("GET", f"/api/v1/statuses/{post}")


def test_it_writes_as_its_account(poster: MastodonPoster, people: dict[str, Person]) -> None:
    made = poster.post(HELLO, once="first", lang="en", visibility="unlisted")
    found = status(people["ann"], made)
    assert (found["account"]["username"], found["visibility"], found["language"]) == ("bot", "unlisted", "en")
    assert (poster.account, poster.handle, poster.network) == (
        people["bot"].handle,
        people["bot"].handle,
        people["bot"].handle.partition("@")[2],
    )


def test_the_same_is_written_once(poster: MastodonPoster, people: dict[str, Person]) -> None:
    question = asked(poster, people["ann"].post("@bot a question"))
    answers = {poster.post(HELLO, once="same", reply_to=question) for _ in range(3)}
    assert len(answers) == 1
    found = people["ann"].call("GET", f"/api/v1/statuses/{question.id}/context")["descendants"]
    assert {reply["id"] for reply in found} == answers


def test_a_person_may_reply_twice_with_other_words(poster: MastodonPoster, people: dict[str, Person]) -> None:
    question = asked(poster, people["ann"].post("@bot another question"))
    assert poster.post(HELLO, once="one", reply_to=question) != poster.post([Piece("And this too.")], once="two", reply_to=question)


def test_a_bot_answers_once_even_if_it_would_say_something_else_now(people: dict[str, Person], client: httpx.Client) -> None:
    bot = MastodonPoster(people["bot"].server, client, people["bot"].token, one_reply=True)
    question = asked(bot, people["ann"].post("@bot one more question"))
    assert bot.post(HELLO, once="mention", reply_to=question) == bot.post([Piece("Other words.")], once="mention", reply_to=question)


@pytest.mark.parametrize(
    ("of_parent", "wanted", "given"),
    [
        ("direct", "public", "direct"),
        ("private", "public", "private"),
        ("unlisted", "public", "unlisted"),
        ("public", "unlisted", "unlisted"),
        ("public", "public", "public"),
    ],
)
def test_a_reply_is_for_no_more_people_than_its_parent(
    poster: MastodonPoster, people: dict[str, Person], of_parent: str, wanted: Any, given: str
) -> None:
    question = asked(poster, people["ann"].post(f"@bot {of_parent}?", visibility=of_parent))
    made = poster.post(HELLO, once=f"{of_parent} {wanted}", reply_to=question, visibility=wanted)
    assert status(people["bot"], made)["visibility"] == given


def test_the_narrower_of_two() -> None:
    assert narrower("followers", "unlisted") == narrower("unlisted", "followers") == "followers"


def test_who_asked_is_told_and_warned_as_they_warned(poster: MastodonPoster, people: dict[str, Person]) -> None:
    question = asked(poster, people["ann"].post("@bot what is it?", spoiler_text="Food"))
    found = status(people["bot"], poster.post(HELLO, once="told", reply_to=question))
    assert people["ann"].handle.partition(":")[0] in found["content"]
    assert found["spoiler_text"] == "Food"
    assert found["in_reply_to_id"] == question.id


def test_a_name_in_plain_text_tells_nobody(poster: MastodonPoster, people: dict[str, Person]) -> None:
    assert status(people["bot"], people["bot"].post("As @bob wrote")["id"])["mentions"]
    made = poster.post([Piece("As @bob and @ann@elsewhere.example wrote")], once="quiet")
    assert status(people["bot"], made)["mentions"] == []


def test_links_are_parted_from_words_and_counted_as_the_server_does(poster: MastodonPoster, people: dict[str, Person]) -> None:
    link = "https://example.org/" + "long/" * 30
    pieces = [Piece("So it is"), Piece("[1]", link=link), Piece(". And"), Piece("", link=link), Piece("(so).")]
    post = asked(poster, status(people["bot"], poster.post(pieces, once="links")))
    assert post.text == f"So it is [1] {link}. And {link} (so)."
    assert poster.length(pieces) == len("So it is [1] . And  (so).") + 2 * 23
    assert poster.length([Piece("@x", mention="somebody@a.long.host.example"), Piece(" hi")]) == len("@somebody hi")
    assert poster.length([Piece("👩‍👩‍👧‍👧 é")]) == 3


def test_the_limit_is_the_servers(poster: MastodonPoster) -> None:
    assert poster.longest == 500 - MENTION
    poster.post([Piece("x" * poster.longest)], once="just right")
    with pytest.raises(InputError, match="takes, which is 500"):
        poster.post([Piece("x" * 501)], once="too long")


def test_the_longest_reply_still_names_whom_it_answers(poster: MastodonPoster, people: dict[str, Person]) -> None:
    question = asked(poster, people["ann"].post("@bot at length?", spoiler_text="w" * 400))
    assert poster.post([Piece("y" * poster.longest)], once="long reply", reply_to=question)


def test_a_parent_that_is_gone_is_said_to_be(poster: MastodonPoster, people: dict[str, Person]) -> None:
    question = people["ann"].post("@bot soon gone")
    people["ann"].call("DELETE", f"/api/v1/statuses/{question['id']}")
    with pytest.raises(NotFound):
        poster.post(HELLO, once="gone", reply_to=asked(poster, question))


def test_a_post_is_deleted_and_that_it_is_gone_already_is_no_trouble(poster: MastodonPoster, people: dict[str, Person]) -> None:
    made = poster.post([Piece("soon to be deleted")], once="deleted")
    poster.delete(made)
    poster.delete(made)
    reply = httpx.get(f"{people['bot'].server}/api/v1/statuses/{made}")
    assert reply.status_code == 404


def test_anothers_post_is_not_deleted(poster: MastodonPoster, people: dict[str, Person]) -> None:
    with pytest.raises(NotAllowed):
        poster.delete(people["ann"].post("mine")["id"])


def test_a_limit_is_said_with_its_end_and_kept_unasked(people: dict[str, Person], client: httpx.Client) -> None:
    poster = MastodonPoster(people["bot"].server, client, people["bot"].token)
    assert poster.account
    headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "Retry-After": "120"}
    with failing(people["bot"], "/api/v1/statuses", type="ratelimit", headers=headers), pytest.raises(RateLimited) as limited:
        poster.post([Piece("at the limit")], once="limited")
    assert 60 < limited.value.retry_after <= 121
    with pytest.raises(RateLimited):  # the server would take it now; it is not asked
        poster.post([Piece("at the limit")], once="limited")


@pytest.mark.parametrize("effect", [{"type": "status", "status": 503}, {"type": "malformed"}])
def test_a_server_that_fails_is_tried_again_and_has_one_post(
    poster: MastodonPoster, people: dict[str, Person], effect: dict[str, Any]
) -> None:
    text = f"failed {effect['type']}"
    with failing(people["bot"], "/api/v1/statuses", **effect), pytest.raises(NetworkUnavailable):
        poster.post([Piece(text)], once=text)
    made = poster.post([Piece(text)], once=text)
    assert status(people["bot"], made)["content"] == f"<p>{text}</p>"


def test_a_token_that_is_not_taken_may_not_write(people: dict[str, Person], client: httpx.Client) -> None:
    poster = MastodonPoster(people["bot"].server, client, "secret-token")
    question = asked(poster, people["ann"].post("@bot who are you?"))
    for parent in (None, question):
        with pytest.raises(NotAllowed) as refused:
            poster.post(HELLO, once="x", reply_to=parent)
        assert "secret-token" not in str(refused.value)


def test_on_a_real_server_without_idempotency_keys_the_same_is_written_once_and_federates(net: fediverse.Fediverse) -> None:
    ann, bot = net.servers["one.test"].person("ann"), net.servers["two.test"].person("bot")
    ann.post("@bot@two.test is bread good?")
    mention = until(lambda: bot.call("GET", "/api/v1/notifications"))[0]["status"]
    poster = MastodonPoster(bot.server, net.http, bot.token)
    question = asked(poster, mention)
    pieces = [Piece("Bread is good "), Piece("[1]", link="https://example.org/a?b=c&d=e"), Piece(".")]
    answers = {poster.post(pieces, once="mention", reply_to=question) for _ in range(3)}
    assert len(answers) == 1
    told = until(lambda: [n["status"] for n in ann.call("GET", "/api/v1/notifications") if n["type"] == "mention"])
    assert len(told) == 1
    assert "https://example.org/a?b=c&d=e" in told[0]["content"].replace("&amp;", "&")
    assert len({poster.post([Piece("Good morning, all")], once="day") for _ in range(2)}) == 1
    with pytest.raises(NotAllowed, match="deletes nothing"):
        poster.delete(answers.pop())


def test_a_reply_on_a_real_server_to_what_is_for_few_is_for_few(net: fediverse.Fediverse) -> None:
    ann, bot = net.servers["two.test"].person("amy"), net.servers["two.test"].person("bert")
    ann.post("@bert@two.test between us", visibility="private")
    mention = until(lambda: bot.call("GET", "/api/v1/notifications"))[0]["status"]
    poster = MastodonPoster(bot.server, net.http, bot.token)
    question = asked(poster, mention)
    assert question.visibility != "public"
    assert status(bot, poster.post(HELLO, once="few", reply_to=question))["visibility"] == "private"
