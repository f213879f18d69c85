"""Only what may be trained on goes in, and of what is withdrawn not a byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from oscine.app import App
from oscine.cli.base import lines as lines_of
from oscine.corpus.corpora import Corpora
from oscine.corpus.permission import copies, withdrawn_marks
from oscine.errors import InputError

FERRY = "The Quarnholm ferry leaves the northern pier at seven in the morning."
KEPT = {"id": "kept", "author": "kay", "text": "A plain post about bread and butter that anybody may read."}
DENY, ALLOW = {"training": "deny"}, {"training": "allow"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"visibility": "unlisted"}, "not public"),
        ({"visibility": "followers"}, "not public"),
        ({"visibility": "direct"}, "not public"),
        ({"labels": ["spam"]}, "hidden by a label"),
        ({"author_intents": DENY}, "withdrawn"),
    ],
)
def test_what_is_not_permitted(built: Callable[..., Any], line: dict[str, Any], reason: str) -> None:
    made = built(KEPT, {"text": FERRY, "author": "bob", **line})
    assert (made.posts, made.dropped("permitted")) == ({"local/kept"}, {reason: 1})
    assert b"Quarnholm" not in made.all_bytes()


def test_unlisted_posts_on_request(built: Callable[..., Any]) -> None:
    assert len(built(KEPT, {"text": FERRY, "visibility": "unlisted"}, unlisted=True).posts) == 2


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("line", [{"delete": "gone"}, {"delete_account": "bob"}, {"account": "bob", "intents": DENY}])
def test_a_word_counts_wherever_it_stands(built: Callable[..., Any], line: dict[str, Any], first: bool) -> None:
    lines = [line, {"id": "gone", "author": "bob", "text": FERRY}]
    assert built(KEPT, *(lines if first else reversed(lines))).posts == {"local/kept"}


def test_the_newest_statement_counts_for_all_posts(built: Callable[..., Any]) -> None:
    early = {"author": "bob", "created_at": "2020-01-01T00:00:00Z", "text": FERRY, "id": "early"}
    late = {"author": "bob", "created_at": "2021-01-01T00:00:00Z", "text": "Something else entirely was said here.", "id": "late"}
    denied = built(KEPT, {**late, "author_intents": DENY}, {**early, "author_intents": ALLOW})
    allowed = built(KEPT, {**late, "author_intents": ALLOW}, {**early, "author_intents": DENY})
    assert denied.posts == {"local/kept"}
    assert allowed.posts == {"local/kept", "local/early", "local/late"}
    assert [line.split(b'"basis":')[1] for line in (allowed.folder / "ledger.jsonl").read_bytes().splitlines()] == [
        b'"author allows"}', b'"operator\'s policy"}',
    ]  # fmt: skip


def test_opt_in_takes_only_those_who_allow(built: Callable[..., Any]) -> None:
    made = built(KEPT, {"author": "bob", "text": FERRY, "author_intents": ALLOW, "id": "yes"}, policy="opt-in")
    assert made.posts == {"local/yes"}


def test_the_operator_leaves_accounts_out(built: Callable[..., Any]) -> None:
    made = built(KEPT, {"author": "bob", "text": FERRY}, without=("bob",))
    assert made.posts == {"local/kept"} and b"bob" not in made.all_bytes()


def test_the_newest_version_goes_in(built: Callable[..., Any]) -> None:
    old = {"id": "one", "text": FERRY}
    made = built({**old, "text": "The ferry is cancelled.", "edited_at": "2024-06-01T00:00:00Z"}, old)
    assert (made.texts, made.dropped("permitted")) == (["The ferry is cancelled."], {"a newer version exists": 1})


def test_a_withdrawn_author_leaves_nothing(built: Callable[..., Any]) -> None:
    others = [
        {"author": "cid", "text": f"RT @zebedee: {FERRY}"},
        {"author": "dan", "text": FERRY.upper()},
        {"author": "eve", "text": f"So true: “{FERRY}” says my neighbour, and she would know https://x.org/1"},
        {"author": "fay", "text": "ferry leaves the northern pier at seven in the… https://t.co/abcd"},
        {"author": "gil", "text": "The ferry leaves at nine."},
    ]
    made = built(KEPT, {"author": "zebedee", "author_intents": DENY, "text": FERRY, "author_name": "Zebedee Q"}, *others)
    assert made.texts == [KEPT["text"], "The ferry leaves at nine."]
    assert made.dropped("cleaned") == {"a copy of a withdrawn post": 4}
    for words in (b"uarnholm", b"UARNHOLM", b"northern pier", b"ebedee"):
        assert words not in made.all_bytes()


def test_copies_of_short_texts_are_found_whole_only() -> None:
    marks = withdrawn_marks(pl.Series(["I love ferrets"]))
    batch = pl.DataFrame({"key": ["a", "b", "c"], "text": ["i LOVE ferrets!", "I love ferrets and dogs", "I love"]})
    assert copies(batch, marks)[0]["key"].to_list() == ["b", "c"]


def test_nothing_left_is_an_error_and_no_folder(corpora: Corpora, tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"id": "1", "author": "a", "created_at": "2024-05-01T12:00:00Z", "text": "no"}\n')
    with pytest.raises(InputError, match="too short 1"):
        corpora.build("none", [str(path)], "", {})
    assert not Path(corpora.path("none")).exists()


LINES = [
    KEPT,
    {"id": "b1", "author": "bob", "text": FERRY, "author_intents": ALLOW, "created_at": "2024-05-01T12:00:00Z"},
    {
        "id": "b2",
        "author": "bob",
        "text": "Bob wrote a second thing which nobody has read.",
        "author_intents": DENY,
        "created_at": "2024-06-01T12:00:00Z",
    },
    {
        "id": "b3",
        "author": "bob",
        "text": "And a third thing, before both of them.",
        "author_intents": ALLOW,
        "created_at": "2024-04-01T12:00:00Z",
    },
    {"id": "c1", "author": "cid", "text": FERRY},
    {"id": "d1", "author": "dan", "text": "Unlisted words are for those who look for them.", "visibility": "unlisted"},
    {"id": "e1", "author": "eve", "text": "Cheap watches and nothing else in this place.", "labels": ["spam"]},
    {"id": "f1", "author": "fay", "text": "A post that is deleted soon after it was written."},
    {"id": "g1", "author": "gil", "text": "Gil is away and all that he ever wrote as well."},
    {"account": "hal", "intents": DENY, "at": "2024-01-01T00:00:00Z"},
    {"id": "h1", "author": "hal", "text": "Hal changed his mind in the spring of that year.", "author_intents": ALLOW},
    {"id": "h2", "author": "hal", "text": "Hal says nothing about training in this one."},
    {"delete": "f1"},
    {"delete_account": "gil"},
]


def test_store_and_files_agree(app: App, write: Callable[..., Any], built: Callable[..., Any]) -> None:
    write(*LINES)
    about = app.corpora.build("store", [], "", {"hold_authors": 0.0, "hold_newest": 0.0}, replace=True)
    stored = pl.read_parquet(Path(app.corpora.path("store")) / "documents")
    from_files = built(*LINES)
    assert from_files.posts == {"local/kept", "local/h1", "local/h2"}
    assert stored.drop("lang", "quality").equals(from_files.documents.drop("lang", "quality"))
    assert about["posts"] == 3


def test_an_account_s_id_may_hold_a_slash(built: Callable[..., Any], corpora: Corpora) -> None:
    ann = "https://m.example/users/ann"
    lines = [{"text": FERRY, "author": ann}, {**KEPT, "author": "bob", "id": "bob"}]
    assert built(*lines, without=(ann,)).posts == {"local/bob"}
    assert built(*lines, without=(f"local/{ann}",)).posts == {"local/bob"}
    made = built(*lines)
    proofs = [
        corpora.open(made.about["name"]).prove(account) for account in (ann, f"local/{ann}", "bob", "local/bob", "https://m.example/ann")
    ]
    assert [proof.inside for proof in proofs] == [True, True, True, True, False] and all(proof.holds() for proof in proofs)


def test_a_word_counts_however_its_line_is_written(corpora: Corpora, tmp_path: Path) -> None:
    """A NUL in an id vanishes, as in the store; a byte order mark stands before what some editors write."""
    path = tmp_path / "posts.jsonl"
    posts = [
        {"id": who, "author": who, "created_at": "2024-05-01T12:00:00Z", "text": f"Murals of whales by {who} are on the wall."}
        for who in ("a\0nn", "zoe", "max")
    ]
    denied = [{"account": who, "intents": {"training": "deny"}} for who in ("zoe", "an\0n")]
    path.write_bytes(b"\xef\xbb\xbf" + b"\n".join(json.dumps(line).encode() for line in [*denied, *posts]))
    assert corpora.build("tiny", [str(path)], "", {})["refused"] == 0
    assert [entry.account for entry in corpora.open("tiny").entries()] == ["local/max"]
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(posts[1]).encode())
    assert corpora.build("one", [str(path)], "", {})["read"] == 1
    path.write_bytes(b"\xef\xbb\xbfzoe\n")
    assert lines_of(path) == ("zoe",)
