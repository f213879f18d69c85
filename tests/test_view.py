"""Who sees what: the SQL that enforces it and the words that explain it agree, on random worlds and on a table; nothing leaks by a side door."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL

from oscine.app import App
from oscine.errors import NotFound
from oscine.records import ANONYMOUS, INACTIVE, SIGNED_IN_ONLY, Viewer, Visibility
from oscine.safety.visibility import Facts, LabelPolicy, Verdict, decide
from oscine.store.postgres import Database
from oscine.view import View

POLICY = LabelPolicy(hidden=frozenset({"spam", "!hide"}), blurred=frozenset({"nsfw"}))
PEOPLE = ["ann", "bob", "cleo"]
EVERYTHING = SQL("true")


class World:
    """Some people, how they stand to each other, and their posts; `stranger` has no account here."""

    def __init__(self, posts: list[dict[str, Any]], relations: dict[tuple[str, str, str], bool], names: dict[str, str]) -> None:
        self.posts, self.relations, self.names = posts, relations, names

    def store(self, database: Database) -> None:
        """Write it, in one transaction, straight into the tables."""
        with database.connection() as connection:
            connection.execute("DELETE FROM accounts")
            connection.cursor().executemany("INSERT INTO accounts (network, key, handle) VALUES ('net', %s, %s)", list(self.names.items()))
            connection.cursor().executemany(
                "INSERT INTO relations SELECT a.id, %s, b.id, now(), %s FROM accounts a, accounts b WHERE a.key = %s AND b.key = %s",
                [(kind, active, actor, target) for (actor, kind, target), active in self.relations.items()],
            )
            connection.cursor().executemany(
                "INSERT INTO posts (network, key, author, text, created_at, visibility, labels, mentions, sensitive, content_warning, words, lexemes)"
                " SELECT 'net', %s, a.id, 'storm', now(), %s, %s, %s, %s, %s, 'storm', '''storm'':1' FROM accounts a WHERE a.key = %s",
                [(str(n), p["visibility"], p["labels"], [name.lower() for name in p["mentions"]], p["sensitive"], p["warning"], p["author"])
                 for n, p in enumerate(self.posts)],
            )  # fmt: skip

    def facts(self, post: dict[str, Any], viewer: Viewer) -> Facts:
        """What `decide` is to be told."""
        me, author = viewer.account, post["author"]
        here = viewer.network == "net" and me in PEOPLE

        def stands(actor: str, kind: str, target: str) -> bool:
            return here and self.relations.get((actor, kind, target), False)

        return Facts(
            visibility=post["visibility"], labels=frozenset(post["labels"] or ()), sensitive=post["sensitive"], content_warning=post["warning"],
            anonymous=viewer.anonymous, is_author=here and me == author,
            is_mentioned=here and bool({me.lower(), self.names[me].lower()} & {name.lower() for name in post["mentions"]}),
            follows_author=stands(me, "follow", author), blocks_author=stands(me, "block", author), mutes_author=stands(me, "mute", author),
            blocked_by_author=stands(author, "block", me),
        )  # fmt: skip


def post(**given: Any) -> dict[str, Any]:
    """A post of the world."""
    return {"author": "ann", "visibility": "public", "labels": None, "mentions": [], "sensitive": False, "warning": "", **given}


HANDLES = {name: f"{name.title()}.Example" for name in PEOPLE}
POSTS = st.fixed_dictionaries({
    "author": st.sampled_from(PEOPLE),
    "visibility": st.sampled_from(get_args(Visibility)),
    "labels": st.none() | st.lists(st.sampled_from(["spam", "!hide", "nsfw", "cats", INACTIVE, SIGNED_IN_ONLY]), max_size=2),
    "mentions": st.lists(st.sampled_from([*PEOPLE, *HANDLES.values(), "dan"]), max_size=2),
    "sensitive": st.booleans(),
    "warning": st.sampled_from(["", "food"]),
})  # fmt: skip
RELATION = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(["follow", "block", "mute"]), st.sampled_from(PEOPLE))
RELATIONS = st.dictionaries(RELATION, st.booleans(), max_size=6)
KNOWN = [Viewer(network="net", account=name) for name in PEOPLE]
VIEWERS = [ANONYMOUS, *KNOWN, Viewer(network="net", account="stranger"), Viewer(network="other", account="ann")]


def test_the_view_and_the_words_agree(database: Database) -> None:
    @given(st.builds(World, st.lists(POSTS, min_size=5, max_size=15), RELATIONS, st.just(HANDLES)))
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def agree(world: World) -> None:
        world.store(database)
        for viewer in VIEWERS:
            expected = {str(n): decide(world.facts(post, viewer), POLICY) for n, post in enumerate(world.posts)}
            view = View(database, viewer, POLICY)
            numbers = [row["id"] for row in view.select(SQL("p.id"), EVERYTHING, 100, order=SQL("p.id"))]
            seen = {seen.post.id: seen.blurred for seen in view.posts(numbers)}
            assert seen == {key: verdict.reason for key, verdict in expected.items() if verdict.action != "drop"}
            assert view.count(EVERYTHING, 100) == len(seen)

    agree()


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({}, Verdict("show", "")),
        ({"visibility": "unlisted"}, Verdict("drop", "only public posts are shown to those who are not signed in")),
        ({"visibility": "unlisted", "anonymous": False}, Verdict("show", "")),
        ({"visibility": "followers", "anonymous": False}, Verdict("drop", "for the author's followers")),
        ({"visibility": "followers", "anonymous": False, "follows_author": True}, Verdict("show", "")),
        ({"visibility": "followers", "anonymous": False, "is_mentioned": True}, Verdict("show", "")),
        ({"visibility": "direct", "anonymous": False, "follows_author": True}, Verdict("drop", "for the people it names")),
        ({"visibility": "direct", "anonymous": False, "is_mentioned": True}, Verdict("show", "")),
        ({"anonymous": False, "blocks_author": True}, Verdict("drop", "you block the author")),
        ({"anonymous": False, "mutes_author": True}, Verdict("drop", "you mute the author")),
        ({"anonymous": False, "blocked_by_author": True, "is_mentioned": True}, Verdict("drop", "the author blocks you")),
        ({"labels": frozenset({"spam"})}, Verdict("drop", "labelled spam")),
        ({"labels": frozenset({"spam"}), "anonymous": False, "is_author": True}, Verdict("show", "")),
        ({"labels": frozenset({"nsfw"})}, Verdict("blur", "labelled nsfw")),
        ({"labels": frozenset({INACTIVE}), "anonymous": False}, Verdict("drop", "the author's account is not active")),
        ({"labels": frozenset({SIGNED_IN_ONLY})}, Verdict("drop", "the author asks to be shown only to people who are signed in")),
        ({"labels": frozenset({SIGNED_IN_ONLY}), "anonymous": False}, Verdict("show", "")),
        ({"sensitive": True}, Verdict("blur", "marked as sensitive")),
        ({"content_warning": "food", "sensitive": True}, Verdict("blur", "food")),
        ({"visibility": "direct", "anonymous": False, "is_author": True, "blocked_by_author": True}, Verdict("show", "")),
    ],
)  # fmt: skip
def test_the_words(facts: dict[str, Any], verdict: Verdict) -> None:
    assert decide(Facts(**{"visibility": "public", **facts}), POLICY) == verdict


def test_one_post_is_found_or_not_and_nobody_is_told_which(database: Database) -> None:
    World([post(visibility="direct", mentions=["bob"]), post()], {}, HANDLES).store(database)
    assert View(database, Viewer(network="net", account="bob"), POLICY).post("0").post.id == "0"
    told = []
    for key in ("0", "missing"):
        with pytest.raises(NotFound) as error:
            View(database, Viewer(network="net", account="cleo"), POLICY).post(key)
        told.append(str(error.value).replace(key, "KEY"))
    assert told[0] == told[1]


@pytest.mark.parametrize("visibility", ["followers", "direct", "unlisted"])
def test_what_is_not_public_reaches_no_stranger_by_any_door(app: App, write: Callable[..., Any], visibility: str) -> None:
    write({"id": "secret", "text": "midnight rendezvous #hush @eve", "visibility": visibility, "likes": 9, "urls": ["https://hush.example"]},
          {"id": "open", "text": "noon meeting", "author": "bob"}, {"id": "reply", "text": "see you", "author": "bob", "reply_to": "secret"})  # fmt: skip
    strangers = (
        [ANONYMOUS]
        if visibility == "unlisted"
        else [ANONYMOUS, Viewer(network="local", account="bob"), Viewer(network="local", account="nobody")]
    )
    doors = ["", "midnight", "midnight OR noon", '"midnight rendezvous"', "from:ann", "#hush", "@eve", "url:hush", "min_faves:1", "-noon",
             "conversation_id:secret", "within_time:9999d", "(midnight OR -noon)"]  # fmt: skip
    for viewer in strangers:
        view = app.view(viewer)
        for query in doors:
            for sort in ("top", "latest"):
                page = app.search.search(view, query, sort=sort, fold=False)
                assert all(result.seen.post.id != "secret" and "secret" not in result.folded for result in page.results), (query, sort)
                assert "rendezvous" not in json.dumps([result.seen.post.text for result in page.results])
        assert view.count(EVERYTHING, 100) == 2
        with pytest.raises(NotFound):
            view.post("secret")
        assert view.posts(range(1, 10)) and all(seen.post.id != "secret" for seen in view.posts(range(1, 10)))
    assert {result.seen.post.id for result in app.search.search(app.view(Viewer(network="local", account="ann")), "midnight").results} == {
        "secret"
    }


def test_a_folded_copy_is_one_that_the_viewer_may_see(app: App, write: Callable[..., Any]) -> None:
    same = "the old bridge is closed until further notice today"
    write({"id": "open", "text": same}, {"id": "secret", "text": same, "visibility": "followers"})
    (result,) = app.search.search(app.view(ANONYMOUS), "bridge").results
    assert (result.seen.post.id, result.folded) == ("open", ())
