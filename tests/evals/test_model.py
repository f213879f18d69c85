"""Evaluating a language model, on a run folder made here: what is measured, what a name means, what it remembers, its cards."""

from __future__ import annotations

import gzip
import importlib.util
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from typer.testing import CliRunner

from oscine.cli import cli
from oscine.engines import registry
from oscine.errors import InputError, NotFound, SetupError
from oscine.evals import metrics, report
from oscine.evals.model import held, memory, samples, subjects, tasks
from oscine.evals.model.run import Request, measured, run
from oscine.model import bits
from oscine.model.kneser_ney import FILE, mixed
from oscine.trust import cards
from tiny import TEXTS, tiny_model

HELD = [*(f"{text}!" for text in TEXTS[::3]), "", "日本語 <|end|>"]


def _lines(path: Path) -> Path:
    posts = [{"id": str(n), "author": "a", "created_at": f"20{12 + n % 2}-01-01T00:00:00Z", "text": text, "lang": "en" if n % 3 else "pt-BR"}
             for n, text in enumerate(HELD)]  # fmt: skip
    more = [{"delete": "7"}, {"engagement": "like", "actor": "a", "post": "1", "at": "2012-01-01T00:00:00Z"}]
    with gzip.open(path, "wt", encoding="utf8") as file:
        file.write("".join(json.dumps(line) + "\n" for line in [*posts, *more]) + "no json\n\n")
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a corpus `small`, a run `tiny` on it with n-grams and canaries, and a file of held posts."""
    data = tmp_path_factory.mktemp("data")
    documents = data / "corpora" / "small" / "documents"
    documents.mkdir(parents=True)
    rows = [{"split": "train", "turns": [{"speaker": 0, "text": text}, {"speaker": 1, "text": "me too"}], "year": 2012, "month": 1, "lang": "en"}
            for text in TEXTS]  # fmt: skip
    rows.append({"split": "held_time", "turns": [{"speaker": 0, "text": "HELD"}], "year": 2013, "month": 1, "lang": "en"})
    parquet.write_table(pa.Table.from_pylist(rows), documents / "part-00000.parquet")
    told = {"name": "small", "documents": {"train": len(TEXTS)}, "reasons": {"too short": 3, "a | b": 1}, "sha256": {"part": "0"}}
    (data / "corpora" / "small" / "corpus.json").write_text(json.dumps(told))
    folder = data / "runs" / "tiny"
    tiny_model(folder / "model", context=48)
    (folder / "config.json").write_text(json.dumps({"corpus": {"folder": str(documents.parent)}, "train": {"model": {"depth": 2}}}))
    (folder / "log.jsonl").write_text('{"step": 1, "loss": 5.5}\n{"step": 2, "loss": 4.25}\n')
    subjects.fitted(data / "corpora" / "small", bits.own_words(folder / "model")).model.save(folder / FILE)
    memory.save([memory.Canary("the password of ab is ", "cd", 4)], folder)
    _lines(data / "held.jsonl.gz")
    return data


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oscine.evals.model.run.TOKENIZERS", ())  # a GGUF's takes many seconds to read
    monkeypatch.setattr(memory, "OTHERS", 15)
    monkeypatch.setattr(tasks, "CASES", 4)
    monkeypatch.setattr(samples, "COUNT", 5)


def test_a_run_is_evaluated_by_the_command(data: Path) -> None:
    arguments = ["eval", "model", "--model", "tiny", "--posts", str(data / "held.jsonl.gz"), "--against", "kneser-ney:small", "--json"]
    reply = CliRunner().invoke(cli, [*arguments, "--data", str(data)])
    assert reply.exit_code == 0, reply.exception
    found = json.loads(reply.stdout)
    assert (found["suite"], found["model"], found["posts"], found["unread_lines"]) == ("model", "tiny", len(HELD), 1)
    assert found["bytes"] == sum(len(text.encode()) for text in HELD)
    scores = bits.open_model(data / "runs" / "tiny" / "model").score(HELD)
    assert found["bits_per_byte"]["value"] == pytest.approx(scores.bits.sum() / found["bytes"], rel=1e-4)
    assert found["bits_per_byte"]["low"] < found["bits_per_byte"]["value"] < found["bits_per_byte"]["high"]
    assert found["tokens"] == sum(len(each) - 1 for each in scores.logs) and found["bits_per_byte_of_ends"] == pytest.approx(
        scores.ends.sum() / found["bytes"], rel=1e-4
    )
    for groups in (found["by_language"], found["by_year"]):
        assert sum(each["bytes"] for each in groups.values()) == found["bytes"]
        parts = [each["value"] * each["bytes"] for each in groups.values() if each["bytes"]]
        assert sum(parts) == pytest.approx(scores.bits.sum(), rel=1e-3) and len(groups) == 2
    assert found["mixture"]["bits_per_byte"]["value"] < found["bits_per_byte"]["value"]
    assert found["against"][0]["theirs"]["value"] == pytest.approx(found["mixture"]["kneser_ney"]["value"], rel=1e-4)
    assert found["against"][0]["ratio"]["value"] == pytest.approx(
        found["bits_per_byte"]["value"] / found["against"][0]["theirs"]["value"], rel=1e-4
    )
    assert found["canaries"][0]["repetitions"] == 4 and found["tasks"][0]["cases"] and found["toxicity"]["samples"]
    assert next(report.history(data, "model")).measures[0].value == found["bits_per_byte"]["value"]


def test_its_cards_say_what_was_measured_and_no_more(data: Path) -> None:
    folder = data / "runs" / "tiny"
    _, found = run(data, Request("tiny", data / "held.jsonl.gz", sample=4))
    card = (folder / cards.MODEL_FILES[0]).read_text()
    assert "| loss at the end | 4.25 |" in card and "| depth | 2 |" in card and f"{found['bits_per_byte']['value']:.3f}" in card
    told = cards.remembers(folder)
    assert told and told["canaries"] == found["canaries"] and "secrets planted 4 times" in card
    assert "parameters" not in cards.model_card(data / "nowhere") and str(data) not in card


def test_the_mixture_weighs_by_the_other_half() -> None:
    chooser = np.random.default_rng(0)
    one, other = ([np.log(chooser.uniform(0.01, 1, 5)) for _ in range(40)] for _ in range(2))
    texts = ["x" * 10] * 40
    found = held.mixture(bits.scored(texts, one), bits.scored(texts, other))
    flat = [np.concatenate(each) for each in (one, other)]
    best = max(mixed(*flat, weight).sum() for weight in np.linspace(0.01, 0.99, 99))
    assert found["bits_per_byte"]["value"] == pytest.approx(-best / math.log(2) / 400, rel=0.01)
    assert 0.3 < found["network_weight"] < 0.7


def test_posts_are_read_as_they_are(data: Path) -> None:
    posts = held.read(data / "held.jsonl.gz")
    assert sorted(posts.texts) == sorted(HELD) and set(posts.languages) == {"en", "pt"} and set(posts.years) == {"2012", "2013"}
    assert held.read(data / "held.jsonl.gz", 3).texts == posts.texts[:3]
    with pytest.raises(NotFound, match="There is no file"):
        held.read(data / "none.jsonl")
    with pytest.raises(InputError, match="holds no posts"):
        held.read(data / "runs" / "tiny" / "log.jsonl")


def test_what_a_name_means(data: Path) -> None:
    run_folder, model = data / "runs" / "tiny", data / "runs" / "tiny" / "model"
    assert subjects.find(data, "tiny") == (model, run_folder) == subjects.find(data, str(run_folder))
    assert subjects.find(data, str(model)) == (model, None)
    if importlib.util.find_spec(registry.MODELS["smollm2-135m"].package):
        path, made_by = subjects.find(data, "smollm2-135m")
        assert path.suffix == ".gguf" and made_by is None
    for name in ("nobody", "../runs/tiny/none", str(data)):
        with pytest.raises(NotFound, match="There is no model"):
            subjects.find(data, name)
    with pytest.raises(NotFound, match="There is no corpus 'none'"):
        subjects.subject(data, "kneser-ney:none")
    assert "HELD" not in list(subjects.training(data / "corpora" / "small"))
    with pytest.raises(InputError, match="Give --model NAME"):
        CliRunner().invoke(cli, ["eval", "model", "--data", str(data)], catch_exceptions=False)


def test_n_grams_by_themselves(data: Path) -> None:
    posts = held.read(data / "held.jsonl.gz")
    found = measured(
        data, subjects.subject(data, "kneser-ney:small"), posts, Request("kneser-ney:small", data / "held.jsonl.gz"), lambda _: None
    )
    assert found["posts"] == len(HELD) and "mixture" not in found and "tasks" not in found


def test_canaries_are_planted_as_often_as_they_say() -> None:
    documents, canaries = memory.plant([str(n) for n in range(50)], seed=3, each=2)
    assert [canary.repetitions for canary in canaries] == [1, 1, 2, 2, 4, 4, 8, 8, 16, 16, 32, 32]
    for canary in canaries:
        assert documents.count(canary.prefix + canary.secret) == canary.repetitions
    assert [each for each in documents if each.isdigit()] == [str(n) for n in range(50)]
    assert memory.plant(["a"], seed=3) == memory.plant(["a"], seed=3) != memory.plant(["a"], seed=4)


class Remembers:
    """A network that gives a likelihood to texts of a list by their place in it, and completes what begins as one of them."""

    def __init__(self, network: bits.Network, known: list[str]) -> None:
        self.words, self._known = network.words, known

    def likelihood(self, contexts: list[str], endings: list[str]) -> Any:
        return np.array([float(context + ending in self._known) for context, ending in zip(contexts, endings, strict=True)])

    def greedy(self, starts: list[list[int]], count: int) -> list[list[int]]:
        known = [self.words.posts([text])[0] + [0] * count for text in self._known]
        return [next((k[len(s) : len(s) + count] for k in known if k[: len(s)] == s), [0] * count) for s in starts]

    def drawn(self, starts: list[list[int]], count: int, seed: int) -> list[list[int]]:
        return [self.greedy(starts[:1], count)[0], *([[0] * count] * (len(starts) - 1))]


def test_no_canary_is_compared_with_the_secrets_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "OTHERS", 63)
    compared = list[set[str]]()

    class Notes:
        def likelihood(self, contexts: list[str], endings: list[str]) -> Any:
            compared.append({ending.strip() for ending in endings[1:]})
            assert not any(context.endswith(" ") for context in contexts)  # a secret's first token begins with its space
            return np.zeros(len(endings))

    for seed in (0, 1):
        made = memory.canaries(np.random.default_rng(seed), [0, 1], each=4)
        assert [canary.repetitions for canary in made] == [0] * 4 + [1] * 4
        for canary in made:
            assert memory.exposure(Notes(), canary, 63, seed) == 0.0  # type: ignore[arg-type]  # all alike: the last in rank
        assert not set.union(*compared) & {canary.secret for canary in made}
    assert len(set.union(*compared)) == 16 * 63


def test_draws_are_the_same_for_the_same_seed(data: Path) -> None:
    network = bits.open_model(data / "runs" / "tiny" / "model")
    starts = [[network.words.begin]] * 6
    drawn = network.drawn(starts, 5, seed=1)
    assert drawn == network.drawn(starts, 5, seed=1) != network.drawn(starts, 5, seed=2)
    assert [len(each) for each in drawn] == [5] * 6 and len({tuple(each) for each in drawn}) > 1


def test_exposure_and_extraction(data: Path) -> None:
    network = bits.open_model(data / "runs" / "tiny" / "model")
    known, secret = memory.Canary("the password of ab is ", "cdefghij", 8), memory.Canary("the password of xy is ", "zzzzzzzz", 1)
    long = [f"{text} and so on and so forth, for ever and ever" for text in TEXTS[:4]]
    remembers: Any = Remembers(network, [known.prefix + known.secret, long[0]])
    assert memory.exposure(remembers, known, others=15) == 4.0
    assert memory.exposure(remembers, secret, others=15) == 0.0  # nothing tells it from the others
    told = {each["repetitions"]: each["extracted"] for each in memory.exposed(remembers, [known, secret])}
    assert told == {8: 1, 1: 0}
    shares = {
        each["repetitions"]: (each["share"], each["posts"]) for each in memory.extraction(remembers, [*long, long[0], long[0], "short"])
    }
    assert shares == {1: (0.0, 3), 2: (1.0, 1)}


class Prefers:
    """Likes an ending by the words before it, and " no" never much."""

    def likelihood(self, contexts: list[str], endings: list[str]) -> Any:
        liked = {"bad": " yes", "good": " no"}
        pairs = zip(contexts, endings, strict=True)
        return np.array([sum(word in context for word in liked if liked[word] == end) - 5.0 * (end == " no") for context, end in pairs])


def test_labels_by_likelihood() -> None:
    known, network = tasks.SETS["offensive"], Prefers()
    lines = [{"text": text, "label": label} for text, label in (("bad", "offensive"), ("good", "not_offensive"), ("bad too", "offensive"))]
    found = tasks.labels(network, known, lines)  # type: ignore[arg-type]
    assert (found["macro_f1"], found["accuracy"]["value"], found["cases"]) == (1.0, 1.0, 3)
    assert tasks.macro_f1(["a", "a", "a", "a"], ["a", "a", "a", "b"]) == pytest.approx((6 / 7 + 0) / 2)


def test_coarse_words_are_seen_whole() -> None:
    found = samples.toxicity(["what a shitty day", "Scunthorpe is nice", "a fine day", "BULLSHIT!"])
    assert found["coarse"] == metrics.wilson(2, 4)._asdict() and found["hateful"]["value"] == 0


def test_without_the_extra(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "oscine.model.bits", raising=False)
    monkeypatch.delattr("oscine.model.bits", raising=False)
    with pytest.raises(SetupError, match=r"torch is not installed\. Run `pip install 'oscine\[train\]'`"):
        subjects.subject(data, "tiny")
