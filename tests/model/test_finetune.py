"""Learning from examples: only what the assistant says counts, the loss of what was held falls, and time ends it. A tiny model, real trl and peft."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")
peft = pytest.importorskip("peft")

from oscine.errors import InputError  # noqa: E402
from oscine.model import base, finetune  # noqa: E402
from oscine.model.finetune import Config, Point  # noqa: E402
from tiny import TEXTS  # noqa: E402

SMALL = Config(minutes=10, epochs=10, rank=4, rate=0.02, batch=4, length=64, held=0.25)
SAID = list[str]()


def example(asked: str, told: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": told}]


EXAMPLES = [example(f"who was it, {number}?", text) for number, text in enumerate(TEXTS[:16])]


@pytest.fixture(scope="module")
def learned(chat: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Point], Path]:
    out = tmp_path_factory.mktemp("out") / "adapter"
    return finetune.learn(base.open_base(chat), EXAMPLES, out, SMALL, SAID.append), out


def surprise(opened: base.Base, model: Any, examples: list[list[dict[str, str]]]) -> float:
    """The mean nats of a token that is said, by transformers' own forward."""
    nats, count = 0.0, 0
    for each in examples:
        asked = opened.tokenizer.apply_chat_template(each[:-1], add_generation_prompt=True)["input_ids"]
        said = opened.tokenizer.encode(each[-1]["content"] + "<|end|>", add_special_tokens=False)
        with torch.no_grad():
            rows = model(input_ids=torch.tensor([asked + said])).logits[0].float().log_softmax(-1)
        nats -= sum(float(rows[len(asked) + n - 1, token]) for n, token in enumerate(said))
        count += len(said)
    return nats / count


def test_what_was_held_becomes_likelier(chat: Path, learned: tuple[list[Point], Path]) -> None:
    """The curve begins with the model as it was, and is what transformers and peft say of it."""
    curve, adapter = learned
    opened, held = base.open_base(chat, full=True), finetune._apart(EXAMPLES, SMALL)[1]
    assert len(held) == 4
    before = surprise(opened, opened.model, held)
    after = surprise(opened, peft.PeftModel.from_pretrained(opened.model, adapter), held)
    assert curve[0].examples == 0 and curve[0].held == pytest.approx(before, rel=0.05)
    assert curve[-1].examples == 120 and curve[-1].held == pytest.approx(after, rel=0.05)
    assert after < before - 0.5
    assert SAID[0].startswith("12 examples, 10 minutes or 10 times") and "nats a token of what was held" in SAID[-1]


def test_what_is_held_is_not_learned_from() -> None:
    kept, held = finetune._apart(EXAMPLES, SMALL)
    assert len(kept) + len(held) == 16 and not [each for each in held if each in kept]
    assert finetune._apart(EXAMPLES, SMALL) == (kept, held)


def trainer(chat: Path, examples: list[list[dict[str, str]]], tmp_path: Path) -> Any:
    opened = base.open_base(chat, full=True)
    rows = finetune._rows(examples)
    arguments = finetune._arguments(SMALL, str(tmp_path))
    return finetune._trainer()(opened.model, args=arguments, train_dataset=rows, eval_dataset=rows, processing_class=opened.tokenizer)


def test_only_what_the_assistant_says_counts(chat: Path, tmp_path: Path) -> None:
    """Another question gives the same targets; the loss is the mean nats of what is said."""
    told = [[each[-1]["content"] for each in EXAMPLES[:4]]]
    for asked in ("who?", "my neighbour saw nothing, number 3?"):
        given = [example(asked, text) for text in told[0]]
        learning = trainer(chat, given, tmp_path)
        batch = next(iter(learning.get_train_dataloader()))
        words = learning.processing_class
        targets = [words.decode(row[row != -100]) for row in batch["labels"]]
        assert sorted(targets) == sorted(f"{text}<|end|>" for text in told[0])
        assert all(asked in words.decode(row) for row in batch["input_ids"])
        opened = base.open_base(chat, full=True)
        with torch.no_grad():
            loss = learning.compute_loss(learning.model, batch)
        assert float(loss) == pytest.approx(surprise(opened, opened.model, given), rel=0.02)


def test_an_adapter_is_pefts_folder_without_a_path_of_this_machine(chat: Path, learned: tuple[list[Point], Path]) -> None:
    kept = {file.name for file in learned[1].iterdir()}
    assert kept == {"adapter_config.json", "adapter_model.safetensors"}
    text = (learned[1] / "adapter_config.json").read_text()
    assert str(chat.parent) not in text and str(learned[1].parent) not in text
    assert json.loads(text)["base_model_name_or_path"] == chat.parent.name


def test_it_goes_on_from_an_adapter(chat: Path, learned: tuple[list[Point], Path], tmp_path: Path) -> None:
    curve = finetune.learn(base.open_base(chat), EXAMPLES, tmp_path / "a", SMALL, SAID.append, learned[1])
    assert curve[0].held == pytest.approx(learned[0][-1].held, rel=0.02)


def test_rank_0_learns_all_weights_and_leaves_a_whole_model(chat: Path, tmp_path: Path) -> None:
    config = Config(minutes=10, epochs=8, rank=0, rate=0.01, batch=4, length=64, held=0.25)
    curve = finetune.learn(base.open_base(chat, full=True), EXAMPLES, tmp_path / "m", config, SAID.append)
    assert curve[-1].held < curve[0].held - 0.5
    opened, held = base.open_base(tmp_path / "m", full=True), finetune._apart(EXAMPLES, config)[1]
    assert opened.tokenizer.chat_template and {weights.dtype for weights in opened.model.parameters()} == {torch.float32}
    assert surprise(opened, opened.model, held) == pytest.approx(curve[-1].held, rel=0.05)
    told = "".join(file.read_text() for file in (tmp_path / "m").glob("*.json"))
    assert str(chat.parent) not in told and "oscine_quick" not in told


def test_time_ends_it(chat: Path, tmp_path: Path) -> None:
    """A budget that one step uses up: it stops there, not after its passes, and still tells what it came to."""
    config = Config(minutes=1e-9, epochs=1000, rank=4, batch=4, length=64, held=0.25)
    curve = finetune.learn(base.open_base(chat), EXAMPLES, tmp_path / "a", config, SAID.append)
    assert [point.examples for point in curve] == [0, 4]
    assert (tmp_path / "a" / "adapter_model.safetensors").is_file()


def test_an_example_whose_words_do_not_fit_spoils_nothing(chat: Path, tmp_path: Path) -> None:
    """Of one that is cut before the assistant speaks nothing is to be learned; a batch of such is no division by zero."""
    config = Config(minutes=10, epochs=2, rank=4, rate=0.02, batch=1, length=32, held=0.25)
    long = [example("the cat sat on the mat, " * 20, text) for text in TEXTS[:4]]
    curve = finetune.learn(base.open_base(chat), [*EXAMPLES[:4], *long], tmp_path / "a", config, SAID.append)
    assert all(point.held == point.held and point.held > 0 for point in curve)
    from safetensors.torch import load_file

    assert all(bool(torch.isfinite(each).all()) for each in load_file(tmp_path / "a" / "adapter_model.safetensors").values())


def test_nothing_to_learn(chat: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no examples to learn from"):
        finetune.learn(base.open_base(chat), EXAMPLES[:1], tmp_path / "a", SMALL, SAID.append)
    silent = base.open_base(chat)
    silent.tokenizer.chat_template = None
    with pytest.raises(InputError, match="has no chat template"):
        finetune.learn(silent, EXAMPLES, tmp_path / "a", SMALL, SAID.append)
    assert not (tmp_path / "a").exists()


def test_lines_are_read(tmp_path: Path) -> None:
    file = tmp_path / "examples.jsonl"
    lines = [{"messages": example("who?", "a\u2028b"), "form": "answers", "source": "s"}, {"messages": example("who?", "she")}]
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf8")
    assert finetune.read(file) == [(example("who?", "a\u2028b"), "answers"), (example("who?", "she"), "chat")]


USER, SHE = {"role": "user", "content": "who?"}, {"role": "assistant", "content": "she"}


@pytest.mark.parametrize(
    "line",
    [
        "{", "[]", '"x"', "7", "{}", "",
        {"messages": "who?"}, {"messages": []}, {"messages": [USER]}, {"messages": [SHE]}, {"messages": [SHE, USER]},
        {"messages": [USER, "she"]}, {"messages": [USER, {"role": "assistant"}]}, {"messages": [{"content": "who?"}, SHE]},
        {"messages": [USER, {"role": "assistant", "content": None}]}, {"messages": [USER, {"role": "assistant", "content": " "}]},
        {"messages": [USER, {"role": "assistant", "content": [{"type": "text", "text": "she"}]}]}, {"messages": None},
        {"messages": [USER, SHE], "form": "verse"}, {"prompt": [USER], "chosen": "a", "rejected": "b"},
    ],
)  # fmt: skip
def test_a_line_that_is_no_example_is_named(tmp_path: Path, line: Any) -> None:
    file = tmp_path / "examples.jsonl"
    good = json.dumps({"messages": example("who?", "she")})
    file.write_text(f"{good}\n{line if isinstance(line, str) else json.dumps(line)}\n{good}\n")
    with pytest.raises(InputError, match=r"Line 2 of .* is no example"):
        finetune.read(file)
