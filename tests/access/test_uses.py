"""Who may use what: the words that explain it and the SQL that enforces it agree, on random authors, policies and licences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from oscine.access import uses
from oscine.access.fields import FIELDS
from oscine.access.uses import Facts, Policy
from oscine.errors import NotFound
from oscine.records import ANONYMOUS, Licence, Purpose, Use, Viewer
from oscine.safety.visibility import LabelPolicy
from oscine.search.retrieve import SEARCHABLE
from oscine.store.postgres import Database
from oscine.view import EVERYTHING, View

NOW = datetime.now(UTC)
AUTHORS = st.lists(st.fixed_dictionaries({
    "searchable": st.booleans(), "network": st.sampled_from(["one", "two"]), "age": st.sampled_from([0.5, 5, 50]),
    "intents": st.dictionaries(st.sampled_from(["training", "archive", "bulk"]), st.sampled_from(["allow", "deny", "unset"])),
}), min_size=3, max_size=9)  # fmt: skip
LICENCES = st.none() | st.builds(
    lambda **given: Licence(holder="h", fields=FIELDS, **given),
    purpose=st.sampled_from(get_args(Purpose)), uses=st.frozensets(st.sampled_from(get_args(Use)), min_size=1),
    networks=st.sampled_from([frozenset(), frozenset({"one"}), frozenset({"one", "two"}), frozenset({"three"})]), days=st.sampled_from([None, 1.0, 10.0]),
    expires_at=st.sampled_from([None, NOW - timedelta(days=1), NOW + timedelta(days=365)]),
)  # fmt: skip
POLICIES = st.builds(Policy, training=st.sampled_from(["allow", "opt-in"]), bulk=st.sampled_from(["allow", "opt-in"]))


def store(database: Database, authors: list[dict[str, Any]]) -> None:
    """Each author with one public post, by its place in the list."""
    with database.connection() as connection:
        connection.execute("DELETE FROM accounts")
        connection.cursor().executemany(
            "INSERT INTO accounts (network, key, handle, searchable, intents) VALUES (%s, %s, 'x', %s, %s)",
            [(author["network"], str(n), author["searchable"], Jsonb(author["intents"])) for n, author in enumerate(authors)],
        )
        connection.cursor().executemany(
            "INSERT INTO posts (network, key, author, text, created_at, visibility, words, lexemes)"
            " SELECT network, key, id, 'storm', %s, 'public', 'storm', '''storm'':1' FROM accounts WHERE key = %s",
            [(NOW - timedelta(days=author["age"]), str(n)) for n, author in enumerate(authors)],
        )


def test_the_view_and_the_words_agree(database: Database) -> None:
    @given(AUTHORS, LICENCES, POLICIES)
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    def agree(authors: list[dict[str, Any]], licence: Licence | None, policy: Policy) -> None:
        store(database, authors)
        view = View(database, Viewer(licence=licence), LabelPolicy(), silent=policy)
        for use in sorted(licence.uses) if licence else ("read", "search", "answer"):
            where = SEARCHABLE if use in uses.BY_SEARCH else EVERYTHING
            seen = {row["key"] for row in view.select(SQL("p.key"), where, 100)}
            told = {
                str(n): uses.refusal(use, Facts(network=a["network"], created_at=NOW - timedelta(days=a["age"]), now=NOW, searchable=a["searchable"],
                                                intents=a["intents"], policy=policy, licence=licence))
                for n, a in enumerate(authors)
            }  # fmt: skip
            assert seen == {key for key, why in told.items() if not why}, told

    agree()


OPEN = Licence(holder="h", purpose="research", uses=frozenset({"search"}), fields=FIELDS)


@pytest.mark.parametrize(("use", "facts", "why"), [
    ("search", {"searchable": False}, "the author asks not to be found by search"),
    ("read", {"searchable": False}, ""),
    ("export", {"intents": {"bulk": "deny"}}, "the author does not want to be exported"),
    ("export", {"policy": Policy(bulk="opt-in")}, "the author has not said that their posts may be exported"),
    ("read", {"intents": {"bulk": "deny"}}, ""),
    ("export", {"licence": OPEN}, "the licence does not cover export"),
    ("search", {"licence": OPEN}, ""),
    ("search", {"licence": OPEN, "intents": {"bulk": "deny", "training": "deny"}}, ""),
    ("search", {"licence": OPEN, "searchable": False}, "the author asks not to be found by search"),
    ("search", {"licence": Licence(holder="h", purpose="training", uses=frozenset({"search"}), fields=FIELDS), "intents": {"training": "deny"}},
     "the author does not want to be trained on"),
    ("search", {"licence": Licence(holder="h", purpose="archive", uses=frozenset({"search"}), fields=FIELDS), "policy": Policy(bulk="opt-in")},
     "the author has not said that their posts may be archived"),
    ("read", {"licence": Licence(holder="h", purpose="search", uses=frozenset({"read"}), fields=FIELDS), "searchable": False},
     "the author asks not to be found by search"),
    ("search", {"licence": Licence(holder="h", purpose="other", uses=frozenset({"search"}), fields=FIELDS, networks=frozenset({"far"}))},
     "the licence does not cover the network net"),
    ("search", {"licence": Licence(holder="h", purpose="other", uses=frozenset({"search"}), fields=FIELDS, days=1.5)}, "the licence reaches 1.5 days back"),
    ("search", {"licence": Licence(holder="h", purpose="other", uses=frozenset({"search"}), fields=FIELDS, expires_at=NOW)}, "the licence has ended"),
])  # fmt: skip
def test_the_words(use: Use, facts: dict[str, Any], why: str) -> None:
    assert uses.refusal(use, Facts(network="net", created_at=NOW - timedelta(days=3), now=NOW, **facts)) == why


POST = {
    "id": "p1", "author": "did:plc:ann", "author_handle": "ann.example", "author_name": "Ann", "text": "Look @bob #birds", "tags": ["birds"],
    "mentions": ["bob"],
    "likes": 7, "reposts": 6, "replies": 5, "quotes": 4, "urls": ["https://far.example/x"], "media": [{"url": "https://pic.example/1", "alt": "a wren"}],
    "labels": ["nsfw"], "sensitive": True, "geo": {"name": "Turin"}, "reply_to": "at://did:plc:cleo/1", "root": "at://did:plc:cleo/1", "source": "Anns Phone",
    "card": {"name": "summary", "url": "https://far.example/card"}, "content_warning": "", "odd": "Ann likes this",
}  # fmt: skip
TRACES = {
    "text": ["Look", "birds", "bob"], "author": ["ann", "Ann", "cleo", "bob", "p1", "Phone"], "counts": ["7", "6", "5", "4"],
    "media": ["pic.example", "wren"], "links": ["far.example"], "place": ["Turin"], "labels": ["nsfw"],
}  # fmt: skip


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_what_a_licence_withholds_is_nowhere_in_a_post(app: Any, write: Any, field: str) -> None:
    write({"id": "first", "text": "pad"}, POST)
    licence = Licence(holder="h", purpose="research", uses=frozenset({"read"}), fields=FIELDS - {field})
    whole, (first, seen) = app.view(ANONYMOUS).post("p1"), app.view(Viewer(licence=licence)).posts([1, 2])
    assert first.number == 1 and seen.number == 2
    told = repr((seen.post, seen.author, seen.blurred)).replace(seen.post.text, "").replace(repr(seen.post.created_at), "")
    assert [trace for trace in TRACES[field] if trace in told.replace("post:2", "")] == []
    assert field == "text" or seen.post.text == POST["text"]
    assert field in ("author", "labels") or seen.author.handle == whole.author.handle
    assert seen.blurred and (seen.blurred == "covered") == (field in ("labels", "text"))


def test_without_its_author_a_post_goes_by_a_number(app: Any, write: Any) -> None:
    write(POST)
    licence = Licence(holder="h", purpose="research", uses=frozenset({"read"}), fields=FIELDS - {"author"})
    view = app.view(Viewer(licence=licence))
    assert view.post("post:1").post.id == "post:1" and [seen.post.id for seen in view.keyed(["post:1", "p1", "post:x"], "local")] == ["post:1"]
    for key in ("p1", "post:2", "post:", "post:-1", "post:" + "9" * 30):
        with pytest.raises(NotFound):
            view.post(key)
    assert view.accounts(EVERYTHING, 10) == []


def test_people_are_narrowed_too(app: Any, write: Any) -> None:
    write({"id": "1", "text": "x", "author": "ann", "author_bio": "a bio", "author_followers": 9},
          {"id": "2", "text": "x", "author": "bob", "author_bio": "a bio", "author_intents": {"bulk": "deny"}})  # fmt: skip
    licence = Licence(holder="h", purpose="research", uses=frozenset({"search", "export"}), fields=frozenset({"text", "author"}))
    assert [(row["key"], row["followers"]) for row in app.view(Viewer(licence=licence)).accounts(EVERYTHING, 10)] == [("ann", None)]
    assert len(app.view(ANONYMOUS).accounts(EVERYTHING, 10)) == 2
