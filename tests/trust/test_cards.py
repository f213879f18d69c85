"""Cards of models and corpora: out of their own files, with no path, no name of an account and no text in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from oscine.app import App
from oscine.cli import cli
from oscine.corpus import card as data_cards
from oscine.corpus.corpora import Corpora
from oscine.corpus.options import Options
from oscine.errors import InputError, NotFound
from oscine.settings import Settings
from oscine.trust import cards

CANARIES = [{"repetitions": 10, "canaries": 4, "exposure": 5.25, "low": 4.0, "high": 6.0, "most": 9.0, "extracted": 1, "drawn": 2}]


def no_database() -> Any:
    raise AssertionError("the store is not asked")


def _build(data: Path, authors: int, **chosen: Any) -> Path:
    file = data.parent / f"{authors}.jsonl"
    word = {0: "allow", 1: "allow", 2: "deny"}
    posts = [{"id": str(n), "author": f"account-{n}", "created_at": "2024-05-01T12:00:00Z", "lang": "en",
              "text": f"Quite another sentence about thing{n} today", "author_intents": {"training": word[n]} if n in word else {}}
             for n in range(authors)]  # fmt: skip
    file.write_text("".join(json.dumps(post) + "\n" for post in posts))
    Corpora(data, Options(), 1_000_000, no_database).build("birds", [str(file)], "", {"hold_authors": 0.0, **chosen}, replace=True)
    return data / "corpora" / "birds"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a corpus `birds` and a run `wren` that was trained on it."""
    data = tmp_path / "data"
    corpus = _build(data, 6)
    run = data / "runs" / "wren"
    run.mkdir(parents=True)
    for name in ("corpus.json", "ledger.jsonl"):
        (run / name).write_bytes((corpus / name).read_bytes())
    train = {
        "model": {"depth": 3, "width": 192},
        "steps": 7,
        "rows": 2,
        "length": 128,
        "seed": 5,
        "begin_with": str(tmp_path / "runs" / "old" / "model"),
    }
    (run / "config.json").write_text(json.dumps({"train": train, "budget": "5m", "corpus": {"folder": str(corpus)}}))
    (run / "result.json").write_text(json.dumps({"parameters": 12345, "held_posts": 40, "bits_per_byte": {"network": 2.5}}))
    (run / "log.jsonl").write_text('{"step": 6, "loss": 5.5, "seconds": 3.0}\n{"step": 7, "loss": 4.25, "seconds": 4.0}\n{"step": 7, "lo')
    return data


def test_a_corpus_is_written_with_its_card(data: Path) -> None:
    folder = data / "corpora" / "birds"
    written, told = ((folder / name).read_text() for name in data_cards.FILES)
    facts = json.loads(told)
    assert facts["consent"] == {
        basis: {"authors": n, "posts": n, "bytes": facts["consent"][basis]["bytes"]}
        for basis, n in (("author allows", 2), ("operator's policy", 3))
    }
    assert sum(each["bytes"] for each in facts["consent"].values()) == facts["bytes"] and facts["dropped"]["permitted"]["withdrawn"] == 1
    assert "| author allows | 2 authors, 2 posts" in written and "| withdrawn | 1 |" in written and "To be taken out" in written
    assert written == cards.data_card(folder)
    for text in (written, told):
        assert "account-" not in text and "sentence" not in text and str(data) not in text
    _build(data, 4)  # a corpus with a card is one that may be replaced
    assert "| posts | 3 |" in (folder / data_cards.FILES[0]).read_text()


def test_the_card_of_a_run(data: Path) -> None:
    run = data / "runs" / "wren"
    card = cards.model_card(run, data)
    for row in ("| parameters | 12,345 |", "| depth | 3 |", "| steps | 7 |", "| loss at the end | 4.25 |", "| went on from | old |",
                "| budget | 5m |", "| consent, author allows | 2 authors, 2 posts", "| since | the corpus is as it was |", "network | 2.5 |",
                "This was not measured"):  # fmt: skip
        assert row in card
    assert "account-" not in card and str(data) not in card and str(data.parent) not in card
    assert cards.remembers(run) is None
    cards.evaluated(run, {"model": "wren", "canaries": CANARIES, "tasks": []}, "| A TABLE |", data)
    card = (run / cards.MODEL_FILES[0]).read_text()
    assert "| secrets planted 10 times: exposure, of 9 bits | 5.25 | 4 |" in card and "| A TABLE |" in card and "not measured" not in card
    told = cards.remembers(run)
    assert told and told["canaries"] == CANARIES and "extraction" not in told
    assert json.loads((run / cards.MODEL_FILES[1]).read_text())["remembers"] == told
    assert (run / data_cards.FILES[0]).read_text() == (data / "corpora" / "birds" / data_cards.FILES[0]).read_text()


def test_a_card_says_when_its_corpus_has_changed_since(data: Path) -> None:
    _build(data, 4)
    assert "built again since" in cards.model_card(data / "runs" / "wren", data)
    for path in sorted((data / "corpora" / "birds").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    card = cards.model_card(data / "runs" / "wren", data)
    assert "the corpus is not here any more" in card and "| consent, author allows | 2 authors" in card  # the run keeps the ledger


def test_the_cards_of_a_data_directory(data: Path) -> None:
    assert [(each.kind, each.name) for each in cards.cards(data)] == [("model", "wren"), ("corpus", "birds")]
    assert cards.card(data, "corpus", "birds").facts["posts"] == 5
    for name, error in (("nobody", NotFound), ("../birds", InputError)):
        with pytest.raises(error):
            cards.card(data, "corpus", name)
    assert cards.cards(data / "nowhere") == []


def test_names_are_no_markup(data: Path) -> None:
    told = data_cards.facts({"name": "<b>|`x`\n# y", "dropped": {"s": {"a | b": 1}}, "languages": {"<i>": {"posts": 1}}}, [])
    card = data_cards.markdown(told)
    assert "<b>" not in card and "<i>" not in card and r"a \| b" in card and "\n# y" not in card


def test_written_cards_are_for_everyone(data: Path) -> None:
    assert [each["name"] for each in cards.published(data)["corpora"]] == ["birds"] and not cards.published(data)["models"]
    cards.write(data / "runs" / "wren", data)
    told = cards.published(data)["models"][0]
    assert told["url"] == "/v1/trust/cards/models/wren.md" and told["bytes"] == (data / "runs" / "wren" / "MODEL_CARD.md").stat().st_size
    assert cards.text(data, "models/wren.md") == (data / "runs" / "wren" / "MODEL_CARD.md").read_text()
    for path in (
        "models/../runs/wren.md",
        "models/wren",
        "models/nobody.md",
        "corpora/wren.md",
        "",
        "models/.md",
        "x/wren.md",
        "models/wren.md/x",
    ):
        with pytest.raises(NotFound):
            cards.text(data, path)


def test_cards_by_command(data: Path) -> None:
    for words, line in ((["corpus", "card", "birds"], "# Data card: birds"), (["models", "card", "wren"], "# Model card: wren")):
        reply = CliRunner().invoke(cli, [*words, "--data", str(data)])
        assert reply.exit_code == 0 and reply.stdout.startswith(line), reply.exception
        told = json.loads(CliRunner().invoke(cli, [*words, "--data", str(data), "--json"]).stdout)
        assert told["limits"] and told["withdraw"]
    assert isinstance(CliRunner().invoke(cli, ["models", "card", "nobody", "--data", str(data)]).exception, NotFound)


def test_an_app_tells_of_them(data: Path) -> None:
    app = App(Settings(data=data, embedding="none", reader="none", language_model="none", labels="none"))
    assert [each.name for each in app.cards()] == ["wren", "birds"] and app.card("corpora/birds.md").startswith("# Data card")
