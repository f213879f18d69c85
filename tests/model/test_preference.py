"""Learning from pairs: what was chosen becomes likelier than what was rejected, measured against the model as it was."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import peft
import pytest
import torch

from oscine.errors import InputError
from oscine.model import base, preference
from oscine.model.preference import Config, Pair
from tiny import TEXTS, tiny_model

trl = pytest.importorskip("trl")
TEMPLATE = (
    "{% for message in messages %}<|post|>{{ message['content'] }}<|end|>{% endfor %}{% if add_generation_prompt %}<|post|>{% endif %}"
)
SAID, SMALL = list[str](), Config(rank=4, rate=0.02, batch=4, micro=4, epochs=6, length=64)
PAIRS = [Pair([{"role": "user", "content": "who?"}], text, TEXTS[-1 - n]) for n, text in enumerate(TEXTS[:8])]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tiny_model(tmp_path_factory.mktemp("run") / "model", context=128)
    (made / "chat_template.jinja").write_text(TEMPLATE)
    return made


@pytest.fixture(scope="module")
def learned(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[preference.Learned, Path]:
    out = tmp_path_factory.mktemp("out") / "adapter"
    return preference.learn(base.open_base(folder), PAIRS, out, SMALL, SAID.append), out


def margins(opened: base.Base, model: Any) -> list[float]:
    """By how much each chosen text is likelier than the rejected one, in nats."""
    found = []
    for pair in PAIRS:
        asked = opened.tokenizer.apply_chat_template(pair.prompt, add_generation_prompt=True)["input_ids"]
        logs = []
        for text in (pair.chosen, pair.rejected):
            said = opened.tokenizer.encode(text + "<|end|>", add_special_tokens=False)
            with torch.no_grad():
                rows = model(input_ids=torch.tensor([asked + said])).logits[0].float().log_softmax(-1)
            logs.append(sum(float(rows[len(asked) + n - 1, token]) for n, token in enumerate(said)))
        found.append(logs[0] - logs[1])
    return found


def test_what_was_chosen_becomes_likelier(folder: Path, learned: tuple[preference.Learned, Path]) -> None:
    told, adapter = learned
    opened = base.open_base(folder, full=True)
    before = margins(opened, opened.model)
    after = margins(opened, peft.PeftModel.from_pretrained(opened.model, adapter))
    assert sum(later > sooner + 1 for later, sooner in zip(after, before, strict=True)) >= 7
    assert told.accuracy > 0.8 and told.loss < 0.6
    assert SAID[0].startswith("8 pairs") and "Step 12 of 12" in SAID[-1]


def test_an_adapter_is_gone_on_with_and_is_then_the_reference(
    folder: Path, learned: tuple[preference.Learned, Path], tmp_path: Path
) -> None:
    """Without a step's worth of change the loss is log 2: nothing is preferred more than by the adapter that it began with."""
    said = list[str]()
    told = preference.learn(base.open_base(folder), PAIRS, tmp_path / "a", Config(rate=1e-9, batch=8, micro=8), said.append, learned[1])
    assert told.loss == pytest.approx(0.6931, abs=0.01)
    kept, begun = ({file.name for file in place.iterdir()} for place in (tmp_path / "a", learned[1]))
    assert kept == begun == {"adapter_config.json", "adapter_model.safetensors"}
    opened = base.open_base(folder, full=True)
    same = margins(opened, peft.PeftModel.from_pretrained(opened.model, tmp_path / "a"))
    opened = base.open_base(folder, full=True)
    assert same == pytest.approx(margins(opened, peft.PeftModel.from_pretrained(opened.model, learned[1])), abs=0.05)


def test_the_same_seed_learns_the_same(folder: Path, learned: tuple[preference.Learned, Path], tmp_path: Path) -> None:
    again = preference.learn(base.open_base(folder), PAIRS, tmp_path / "a", SMALL, SAID.append)
    assert again.loss == pytest.approx(learned[0].loss, rel=1e-3)


def test_it_ends_when_its_time_is_up(folder: Path, tmp_path: Path) -> None:
    said = list[str]()
    preference.learn(base.open_base(folder), PAIRS, tmp_path / "a", dataclasses.replace(SMALL, minutes=1e-6), said.append)
    assert [line.partition(":")[0] for line in said[1:]] == ["Step 1 of 12"]


def test_on_a_cpu_it_learns_as_trls_own_trainer_does(
    folder: Path, learned: tuple[preference.Learned, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preference, "_trainer", lambda: trl.DPOTrainer)
    preference.learn(base.open_base(folder), PAIRS, tmp_path / "a", SMALL, SAID.append)
    by = []
    for adapter in (tmp_path / "a", learned[1]):
        opened = base.open_base(folder, full=True)
        by.append(margins(opened, peft.PeftModel.from_pretrained(opened.model, adapter)))
    assert by[0] == pytest.approx(by[1], rel=0.2)


def test_lines_that_are_no_pairs_are_named(tmp_path: Path) -> None:
    file, line = tmp_path / "pairs.jsonl", {"prompt": [{"role": "user", "content": "who?"}], "chosen": "a", "rejected": "b", "source": "s"}
    file.write_text(json.dumps(line) + "\n")
    assert preference.read(file) == [Pair([{"role": "user", "content": "who?"}], "a", "b")]
    for broken in ({"prompt": "who?"}, {"chosen": 1}, {"prompt": []}):
        file.write_text(json.dumps(line) + "\n" + json.dumps(line | broken) + "\n")
        with pytest.raises(InputError, match="Line 2 of"):
            preference.read(file)


def test_nothing_to_learn(folder: Path, tmp_path: Path) -> None:
    opened = base.open_base(folder)
    with pytest.raises(InputError, match="no pairs"):
        preference.learn(opened, [], tmp_path, SMALL, SAID.append)
    with pytest.raises(InputError, match="does not answer messages"):
        preference.learn(opened._replace(form="post"), PAIRS, tmp_path, SMALL, SAID.append)
