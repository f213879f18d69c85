"""The whole of it: same bytes with any number of workers, files of every kind, a folder that can be verified, a report that leaks nothing."""

from __future__ import annotations

import errno
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard
from typer.testing import CliRunner

from oscine import sample
from oscine.cli import cli
from oscine.corpus.corpora import Corpora
from oscine.errors import InputError, NotFound

COLUMNS = {
    "id": pl.String, "lang": pl.String, "split": pl.String, "turns": pl.List(pl.Struct({"speaker": pl.Int8, "text": pl.String})), "year": pl.Int16,
    "month": pl.Int8, "posts": pl.List(pl.String), "authors": pl.List(pl.String), "quality": pl.Float32, "toxicity": pl.Int8, "bytes": pl.Int32,
}  # fmt: skip


def hashes(about: dict[str, Any]) -> list[str]:
    return [part["sha256"] for part in about["parts"]] + [about["ledger"]["root"]]


@pytest.fixture(scope="module")
def tweets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two thousand real posts, with planted lines between them."""
    path = tmp_path_factory.mktemp("posts") / "posts.jsonl"
    lines = gzip.decompress(sample.files()[1].read_bytes()).splitlines()[:2_000]
    first = json.loads(lines[0])
    planted = [
        {**first, "id": "copy", "author": "copycat"},
        {"id": "mail", "author": "mia", "created_at": "2012-05-01T12:00:00Z", "text": "Do write to mia.quibble@example.org about the old piano."},
        {"id": "mail2", "author": "max", "created_at": "2012-05-01T12:00:00Z", "text": "Order now! Free shipping, write to max.quibble@example.org"},
        {"delete": "nobody"}, "nonsense",
    ]  # fmt: skip
    path.write_bytes(b"\n".join([*lines, *(json.dumps(line).encode() for line in planted)]))
    return path


def test_the_same_bytes_with_any_number_of_workers(corpora: Corpora, tweets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oscine.corpus.posts.BLOCK_BYTES", 100_000)
    monkeypatch.setattr("oscine.corpus.shards.PER_PART", 700)
    one, two, other = (
        corpora.build(f"w{workers}s{seed}", [str(tweets)], "", {"seed": seed}, workers=workers)
        for workers, seed in ((1, 0), (2, 0), (1, 1))
    )
    assert hashes(one) == hashes(two) != hashes(other)
    assert len(one["parts"]) == -(-one["documents"] // 700) > 1
    assert [one[name] for name in ("posts", "dropped", "personal", "splits")] == [
        two[name] for name in ("posts", "dropped", "personal", "splits")
    ]
    texts = [Path(corpora.path(name), "report.md").read_text().replace(name, "") for name in ("w1s0", "w2s0")]
    assert texts[0] == texts[1]


def test_what_stands_in_the_folder(corpora: Corpora, tweets: Path) -> None:
    about = corpora.build("tiny", [str(tweets)], "", {})
    folder = Path(corpora.path("tiny"))
    assert {path.name for path in folder.iterdir()} == {
        "documents", "corpus.json", "report.md", "ledger.jsonl", "ledger.sig", "DATA_CARD.md", "DATA_CARD.json",
    }  # fmt: skip
    documents = pl.read_parquet(folder / "documents")
    assert dict(documents.schema) == COLUMNS and documents["id"].is_sorted() and documents["id"].is_unique().all()
    assert about["read"] == 2_003 and about["refused"] == 1
    assert about["posts"] + sum(n for reasons in about["dropped"].values() for n in reasons.values()) == about["read"]
    assert about["dropped"]["deduplicated"]["exact duplicate"] >= 1 and "local/copy" not in set(documents["posts"].explode())
    [mail] = documents.filter(id="local/mail")["turns"][0]
    assert mail["text"] == "Do write to ‹email› about the old piano." and about["personal"]["email"] >= 1
    report = (folder / "report.md").read_text()
    assert "Order now! Free shipping, write to ‹email›" in report and "quibble" not in report
    assert about == json.loads((folder / "corpus.json").read_text()) == corpora.all()[0]


def test_held_authors_are_in_no_other_split(corpora: Corpora, tweets: Path) -> None:
    corpora.build("held", [str(tweets)], "", {"hold_authors": 0.2, "hold_newest": 0.1})
    documents = pl.read_parquet(Path(corpora.path("held")) / "documents")
    by_split = {split: set(rows["authors"].explode()) for (split,), rows in documents.group_by("split")}
    assert by_split.keys() == {"train", "held_authors", "held_time"}
    assert not by_split["held_authors"] & (by_split["train"] | by_split["held_time"])


def test_what_was_tampered_with_is_found(corpora: Corpora, tweets: Path) -> None:
    corpora.build("tiny", [str(tweets)], "", {})
    folder, corpus = Path(corpora.path("tiny")), corpora.open("tiny")
    assert all(check["ok"] for check in corpus.verify())
    assert corpus.prove("mia").inside and not corpus.prove("nobody").inside

    def wrong(name: str, change: Callable[[bytes], bytes]) -> set[str]:
        path = folder / name
        before = path.read_bytes()
        path.write_bytes(change(before))
        found = {check["what"] for check in corpus.verify() if not check["ok"]}
        path.write_bytes(before)
        return found

    part = "documents/part-00000.parquet"
    assert part in wrong(part, lambda data: data[:-1] + b"x")
    assert wrong("ledger.jsonl", lambda data: data.partition(b"\n")[2]) == {"ledger.jsonl", "the ledger's root"}
    assert "ledger.sig" in wrong("ledger.sig", lambda data: data.replace(b'"signature": "', b'"signature": "00'))
    (folder.parent.parent / "corpus-signing.key").unlink()
    assert [check["what"] for check in corpora.open("tiny").verify() if not check["ok"]] == ["the signer"]


def test_files_of_every_kind_say_the_same(corpora: Corpora, tweets: Path, tmp_path: Path) -> None:
    data = tweets.read_bytes()
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(data))
    (tmp_path / "a.jsonl.zst").write_bytes(zstandard.compress(data))
    posts = pl.read_ndjson(data[: data.index(b'\n{"delete"')], infer_schema_length=None).with_columns(
        pl.col("created_at").str.to_datetime(time_zone="UTC")
    )
    posts.write_parquet(tmp_path / "a.parquet")
    made = [corpora.build(name, [f"file://{tmp_path}/a.{name}"], "", {}) for name in ("jsonl.gz", "jsonl.zst", "parquet")]
    assert hashes(made[0]) == hashes(made[1]) == hashes(made[2])


def test_it_does_not_write_over_what_is_there(corpora: Corpora, tweets: Path, tmp_path: Path) -> None:
    corpora.build("tiny", [str(tweets)], "", {})
    with pytest.raises(InputError, match="already"):
        corpora.build("tiny", [str(tweets)], "", {})
    corpora.build("tiny", [str(tweets)], "", {"seed": 5}, replace=True)
    assert corpora.open("tiny").about()["seed"] == 5
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("mine")
    with pytest.raises(InputError, match="other things"):
        corpora.build("tiny", [str(tweets)], str(tmp_path / "home"), {}, replace=True)
    assert (tmp_path / "home" / "letter.txt").read_text() == "mine"


@pytest.mark.parametrize("theirs", ["documents/letter.txt", "report.md", "documents"])
def test_what_only_bears_the_name_of_a_corpus_s_file_is_not_touched(corpora: Corpora, tweets: Path, tmp_path: Path, theirs: str) -> None:
    path = tmp_path / "home" / theirs
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(InputError, match="other things"):
        corpora.build("tiny", [str(tweets)], str(tmp_path / "home"), {}, replace=True)
    with pytest.raises(InputError, match="is a file"):
        corpora.build("tiny", [str(tweets)], str(path), {}, replace=True)
    assert path.read_text() == "mine"


def test_the_old_corpus_stands_until_the_new_one_is_whole(corpora: Corpora, tweets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = corpora.build("tiny", [str(tweets)], "", {})

    def no_space(*_: object) -> str:
        assert all(check["ok"] for check in corpora.open("tiny").verify())
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("oscine.corpus.report.markdown", no_space)
    with pytest.raises(OSError, match="No space"):
        corpora.build("tiny", [str(tweets)], "", {"seed": 5}, replace=True)
    assert corpora.open("tiny").about() == before and all(check["ok"] for check in corpora.open("tiny").verify())
    assert [path.name for path in Path(corpora.path("tiny")).parent.iterdir()] == ["tiny"]


def test_a_corpus_elsewhere_is_replaced_whole(corpora: Corpora, tweets: Path) -> None:
    first = corpora.build("tiny", [str(tweets)], "memory://corpora/tiny", {})
    assert corpora.open("tiny", "memory://corpora/tiny").about() == first
    second = corpora.build("tiny", [str(tweets)], "memory://corpora/tiny", {"seed": 5}, replace=True)
    there = corpora.open("tiny", "memory://corpora/tiny")
    assert there.about() == second and all(check["ok"] for check in there.verify())


def test_decontamination_by_a_file(built: Callable[..., Any], tmp_path: Path) -> None:
    text = "A sentence of a set that somebody else will measure this very model on, one day in spring."
    held = tmp_path / "held.jsonl"
    held.write_text(json.dumps({"id": "h", "author": "x", "created_at": "2024-05-01T12:00:00Z", "text": text}) + "\n")
    lines = [{"text": text, "id": "in"}, {"text": "Another sentence, which is about boats and rivers.", "id": "out"}]
    assert built(*lines).posts == {"local/in", "local/out"}
    made = built(*lines, decontaminate=(str(held),))
    assert (made.posts, made.dropped("decontaminated")) == ({"local/out"}, {"in an evaluation set": 1})


@pytest.mark.parametrize("name", ["", "../up", "a/b", "Tiny", "-x", "x" * 65])
def test_a_name_is_no_path(corpora: Corpora, name: str) -> None:
    with pytest.raises(InputError, match="is no name"):
        corpora.path(name)


def test_errors_name_the_culprit(corpora: Corpora) -> None:
    with pytest.raises(InputError, match=r"/nowhere/posts.jsonl cannot be read: .*No such file"):
        corpora.build("tiny", ["/nowhere/posts.jsonl"], "", {})
    with pytest.raises(NotFound, match="There is no corpus 'tiny' here"):
        corpora.open("tiny")
    with pytest.raises(InputError, match="--balance 7"):
        corpora.build("tiny", ["-"], "", {"balance": 7.0})


def test_the_command_line(tweets: Path, tmp_path: Path) -> None:
    def oscine(*words: str) -> Any:
        return CliRunner().invoke(cli, ["--data", str(tmp_path), "corpus", *words])

    left_out = tmp_path / "without.txt"
    left_out.write_text("mia\n")
    made = oscine("build", str(tweets), "--name", "tiny", "--without", str(left_out), "--seed", "3")
    assert made.exit_code == 0, made.output
    assert "tiny: " in made.output and "withdrawn: 1" in made.output
    assert json.loads(oscine("list", "--json").stdout)[0]["seed"] == 3
    assert oscine("list").stdout.startswith("tiny ")
    assert {check["ok"] for check in json.loads(oscine("verify", "tiny", "--json").stdout)} == {True}
    proof = json.loads(oscine("prove", "tiny", "mia", "--json").stdout)
    assert (proof["inside"], proof["holds"], proof["account"]) == (False, True, "local/mia")
    assert "local/mia is not in tiny: it would stand beside " in oscine("prove", "tiny", "mia").stdout
    (tmp_path / "corpora" / "tiny" / "ledger.jsonl").write_text("")
    assert oscine("verify", "tiny").exit_code == 1
    assert oscine("prove", "tiny", "mia").exit_code == 1
