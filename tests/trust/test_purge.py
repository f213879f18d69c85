"""What was deleted leaves every file, and nobody else's words do. Searched here by plain `in`, not by the purge's own search.

By grep, on a real network, beside a running server and after kill -9: benchmarks/purge.py.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from oscine.app import App
from oscine.cli import cli
from oscine.errors import SetupError
from oscine.ingest import Events
from oscine.records import ANONYMOUS, AccountDeleted
from oscine.settings import Settings
from oscine.store import erase, vectors
from oscine.trust import certificate

Write = Callable[..., Any]
ANNS = ["A heron stands in the reeds by Quarnholm, and nobody on the ferry sees it.", "My neighbour keeps seven clocks, each of them wrong by an hour."]
BOS = ["The ferry leaves from pier nine at midnight, and it is never full.", "Bread needs flour, water, salt, and more time than you think it does."]
BOTHS = "Good morning everybody out there on the water!"
EDITED = "Nobody shall read what stood here before it was edited, ever."


@pytest.fixture
def own(folder: Path) -> Iterator[App]:
    """An `App` on a data directory of its own."""
    with App(Settings(data=folder, embedding="none", reader="none", language_model="none", labels="none")) as app:
        yield app


def files_with(folder: Path, text: str) -> set[str]:
    """Where a text stands, as it is or in gzip or Parquet, by the first part of the path."""
    found, looked = set(), text.encode()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            data += gzip.decompress(data) if path.suffix == ".gz" else b""
            data += _parquet(path) if path.suffix == ".parquet" else b""
            if looked in data or json.dumps(text).encode()[1:-1] in data:
                found.add("/".join(path.relative_to(folder).parts[:2]))
    return found


def _parquet(path: Path) -> bytes:
    import polars

    return json.dumps(polars.read_parquet(path).to_dicts(), default=str, ensure_ascii=False).encode()


def lines() -> list[dict[str, Any]]:
    said = [("ann", text) for text in [*ANNS, BOTHS]] + [("bo", text) for text in [*BOS, BOTHS]] + [("cleo", EDITED)]
    return [{"id": f"p{n}", "author": who, "created_at": "2024-05-01T12:00:00Z", "text": text} for n, (who, text) in enumerate(said)]


def bring(app: App, tmp_path: Path, posts: list[dict[str, Any]]) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(json.dumps(post) + "\n" for post in posts))
    app.ingest(app.source(str(path)))


def copies(app: App, folder: Path) -> None:
    """What an operator may have lying about: an export, examples, a report, logs, a corpus, a run."""
    pytest.importorskip("polars")
    written = [json.dumps(post) + "\n" for post in lines()]
    for name in ("exports", "evals", "runs/tiny/tokens"):
        (folder / name).mkdir(parents=True)
    with gzip.open(folder / "exports" / "posts.jsonl.gz", "wt") as file:
        file.writelines(written)
    named: list[dict[str, Any]] = [{"messages": [], "source": f"post local/p9 by local/{who}"} for who in ("ann", "bo")]
    examples = [{"messages": [{"content": text}]} for text in [*ANNS, *BOS]] + named
    (folder / "exports" / "examples.jsonl").write_text("".join(json.dumps(each) + "\n" for each in examples))
    (folder / "evals" / "ask-1.json").write_text(json.dumps({"failures": [{"what": ANNS[0]}]}))
    (folder / "evals" / "ask-2.json").write_text(json.dumps({"failures": [{"what": BOS[0]}]}))
    (folder / "service.log").write_text(f"somebody posted {ANNS[1]}\n")
    app.corpora.build("tiny", [], "", {})
    for name in ("corpus.json", "ledger.jsonl"):
        (folder / "runs" / "tiny" / name).write_bytes((folder / "corpora" / "tiny" / name).read_bytes())
    (folder / "runs" / "tiny" / "tokens" / "train.json").write_text("{}")
    app.database.execute("INSERT INTO connections (name, network) VALUES ('net', 'local')")
    told = [json.dumps({"post": {"id": "x", "author": who, "text": "…"}}).encode() for who in ("ann", "bo")]
    for raw in told:
        app.database.execute("INSERT INTO dead_letters (connection, reason, raw) VALUES ('net', 'x', %s)", [b"PostWritten\n" + raw])


def test_everything_of_a_deleted_account_is_gone_and_nothing_of_others(own: App, folder: Path, tmp_path: Path) -> None:
    bring(own, tmp_path, lines())
    copies(own, folder)
    own.ingest(Events([AccountDeleted(cursor=1, network="local", id="ann")]))
    bring(own, tmp_path, [{**lines()[-1], "text": "It says something else now.", "edited_at": "2024-05-02T12:00:00Z"}])
    before = {where for text in ANNS for where in files_with(folder, text)}
    assert before >= {"exports/posts.jsonl.gz", "exports/examples.jsonl", "evals/ask-1.json", "service.log", "corpora/tiny", "postgres/pg_wal"}
    assert files_with(folder, EDITED)
    (folder / "notes.txt").write_text(ANNS[0])

    found = own.purge()
    assert found and [(each["path"], each["read"]) for each in found["found_in"]] == [("notes.txt", "raw")], "what nobody knows stays, and is told"
    assert own.pending()["waiting"] == {"account": 1, "edit": 1}
    (folder / "notes.txt").unlink()
    made = own.purge()
    assert made and made["found"] == 0 and own.pending()["waiting"] == {}

    assert {where for text in [*ANNS, EDITED] for where in files_with(folder, text)} == set()
    assert all(files_with(folder, text) >= {"exports/posts.jsonl.gz", "exports/examples.jsonl", "postgres/base"} for text in BOS)
    assert files_with(folder, BOS[0]) >= {"evals/ask-2.json"} and made["search"]["said_by_others_too"] > 0
    assert BOTHS in {row["text"] for row in own.database.rows("SELECT text FROM posts")}
    assert [row["raw"] for row in own.database.rows("SELECT convert_from(raw, 'UTF8') AS raw FROM dead_letters")] == [
        'PostWritten\n{"post": {"id": "x", "author": "bo", "text": "\\u2026"}}'
    ]
    assert (folder / "exports" / "examples.jsonl").read_text().count("by local/") == 1
    certified(own, found, made)
    searchable(own)


def certified(app: App, first: dict[str, Any], made: dict[str, Any]) -> None:
    assert certificate.valid(made) and app.certificate(made["id"]) == made
    [corpus] = first["corpora"]
    assert (corpus["name"], corpus["did"], corpus["accounts"]) == ("tiny", "built again without them", 1)
    assert corpus["root_after"] == app.corpora.open("tiny").about()["ledger"]["root"] != corpus["root_before"]
    [model] = made["models"]
    assert (model["name"], model["known"], model["accounts"], model["posts"]) == ("tiny", True, 1, 3)
    assert certificate.covers(made, "account", "local", "ann") and "ann" not in json.dumps(made["covers"])
    assert not {each["why"] for each in made["search"]["skipped"]} - {"a socket"}


def searchable(app: App) -> None:
    """Words are found after the tables were written anew, by sessions that were open before, and new posts come in."""
    bring(app, Path(app.settings.data), [{"id": "new", "author": "bo", "created_at": "2024-06-01T12:00:00Z", "text": "The ferry was full tonight."}])
    found, _ = app.search.find(app.view(ANONYMOUS), "ferry", 10, datetime(2024, 7, 1, tzinfo=UTC), plainly=False)
    assert {item.seen.post.id for item in found} == {"p3", "new"}


def test_what_was_withdrawn_leaves_corpora_and_stays_in_the_network(own: App, folder: Path, tmp_path: Path) -> None:
    bring(own, tmp_path, lines())
    copies(own, folder)
    vectors.prepare(own.database, "made up", 3)
    own.database.execute("INSERT INTO vectors SELECT id, format('[1,%s,0]', id)::halfvec FROM posts")
    own.agree(own_viewer(own, "ann"), {"training": "deny"}, None)
    made = own.purge()
    assert made and (made["found"], made["covers"]["consent"]) == (0, 1)
    where = {where for text in ANNS for where in files_with(folder, text)}
    assert where and all(place.startswith("postgres") for place in where)
    assert own.database.one("SELECT count(*) AS n FROM posts") == {"n": 7}
    assert not (folder / "runs" / "tiny" / "tokens").exists()
    assert own.purge() is None, "nothing waits"
    assert own.database.one("SELECT count(*) AS n, sum(post)::int AS s FROM vectors") == {"n": 7, "s": 28}, "the vectors are as they were, under their index"
    assert {row["indexname"] for row in own.database.rows("SELECT indexname FROM pg_indexes WHERE tablename = 'vectors'")} == {"vectors_pkey", "vectors_near"}
    own.ingest(Events([AccountDeleted(cursor=1, network="local", id="ann")]))
    assert own.database.one("SELECT count(*) AS n FROM vectors") == {"n": 4}


def own_viewer(app: App, account: str) -> Any:
    from oscine import access

    return access.named(app.database, account, "local")


def test_there_is_one_purge_at_a_time(app: App, write: Write) -> None:
    write({"id": "p1", "text": "A heron stands in the reeds."}, {"delete": "p1"})
    with erase.Alone(app.database), pytest.raises(SetupError, match="Another process purges"):
        app.purge()


def test_it_is_overdue_when_it_waited_too_long_and_is_done_before(app: App, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    monkeypatch.setattr(app, "purge", lambda: done.append(1))
    write({"id": "p1", "text": "A heron stands in the reeds."}, {"id": "p2", "text": "short"})
    write({"delete": "p1"}, {"delete": "p2"}, {"delete": "p9"})
    told = app.pending()
    assert (told["waiting"], told["posts"], told["overdue"], told["bound_days"]) == ({"post": 2}, 2, False, 30.0)
    app.purge_when_due()
    app.database.execute("UPDATE deletions SET at = at - interval '26 days' WHERE key = 'p1'")
    app.purge_when_due()
    assert (done, app.pending()["overdue"]) == ([], False)
    app.database.execute("UPDATE deletions SET at = at - interval '5 days' WHERE key = 'p1'")
    app.purge_when_due()
    app.settings.purge_days = 0
    app.purge_when_due()
    assert (done, app.pending()["due"]) == ([1], None)
    app.settings.purge_days = 30
    assert app.pending()["overdue"] and app.pending()["oldest"] < told["oldest"]


def test_the_commands_tell_what_waits_and_what_is_held(app: App, data: Path, write: Write) -> None:
    write({"id": "p1", "text": "A heron stands in the reeds."}, {"id": "p2", "text": "And another \x1b[31mone."}, {"delete": "p1"})

    def oscine(*words: str) -> str:
        told = CliRunner().invoke(cli, ["--data", str(data), *words])
        assert told.exit_code == 0, told.output
        return told.stdout

    waits = json.loads(oscine("purge", "--pending", "--json"))
    assert (waits["waiting"], waits["overdue"], waits["due"][-1]) == ({"post": 1}, False, "Z")
    assert oscine("purge", "--pending").splitlines()[0].startswith("waiting: 1 post; 1 posts; since 20")
    told = json.loads(oscine("held", "local/ann", "--json"))
    assert {"posts", "deletions of yours"} <= {each["what"] for each in told["held"]} and told["reads"]["total"] == 0
    assert "posts: kept until you delete it" in oscine("held", "ann")
    rows = [json.loads(line) for line in oscine("held", "ann", "--all").splitlines()]
    assert [row["text"] for row in rows if row["what"] == "posts"] == ["And another \x1b[31mone."]
