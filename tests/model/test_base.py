"""What training begins with and what it leaves: folders and GGUF files in, adapters and folders out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import peft
import pytest
import torch

from oscine.errors import InputError
from oscine.model import base, gguf
from tiny import tiny_model

TEMPLATE = "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}{% endfor %}"
LORA = peft.LoraConfig(r=2, lora_alpha=4, target_modules=["q_proj", "down_proj"], init_lora_weights=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tiny_model(tmp_path_factory.mktemp("run") / "model")
    (made / "oscine.json").write_text(json.dumps({"form": "post"}))
    return made


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(input_ids=torch.arange(12)[None]).logits
    return found


def test_a_folder_is_opened_frozen_or_whole(folder: Path) -> None:
    frozen, whole = base.open_base(folder), base.open_base(folder, full=True)
    assert {(each.dtype, each.requires_grad) for each in frozen.model.parameters()} == {(torch.bfloat16, False)}
    assert {(each.dtype, each.requires_grad) for each in whole.model.parameters()} == {(torch.float32, True)}
    assert frozen.tokenizer.pad_token and frozen.tokenizer.model_max_length == 32
    assert (frozen.form, frozen.name) == ("post", folder.parent.name)


def test_the_form_is_what_the_folder_says(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "oscine.json"
    assert base.form(tmp_path) == "post"
    (tmp_path / "chat_template.jinja").write_text(TEMPLATE)
    assert base.form(tmp_path) == "chat"
    file.write_text(json.dumps({"form": "post"}))
    assert base.form(tmp_path) == "post"


def test_a_gguf_file_is_the_folder_that_it_was_made_of(small_model: Path, tmp_path: Path) -> None:
    gguf.export(small_model, tmp_path / "small.gguf")
    read, made = base.open_base(tmp_path / "small.gguf", full=True), base.open_base(small_model, full=True)
    assert torch.allclose(logits(read.model), logits(made.model), atol=0.02)
    text = "The  night ferry leaves at  23:40, ‹url› 😀 <|end|>"
    assert read.tokenizer.encode(text, add_special_tokens=False) == made.tokenizer.encode(text, add_special_tokens=False)
    assert (read.form, read.name) == ("post", "small")


def test_an_adapter_is_kept_without_a_path_and_merged_as_it_ran(folder: Path, tmp_path: Path) -> None:
    opened = base.open_base(folder, full=True)
    plain = logits(opened.model)
    torch.manual_seed(1)
    adapted = peft.get_peft_model(opened.model, LORA)
    expected = logits(adapted)
    assert not torch.allclose(plain, expected, atol=0.1)
    base.save_adapter(adapted, tmp_path / "adapter", "tiny")
    told = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    assert told["base_model_name_or_path"] == "tiny" and str(folder) not in json.dumps(told)
    again = peft.PeftModel.from_pretrained(base.open_base(folder, full=True).model, tmp_path / "adapter")
    assert torch.allclose(logits(again), expected, atol=1e-5)
    base.merged(adapted, opened.tokenizer, tmp_path / "merged")
    assert torch.allclose(logits(base.open_base(tmp_path / "merged", full=True).model), expected, atol=1e-4)
    assert str(folder) not in "".join(file.read_text() for file in (tmp_path / "merged").glob("*.json"))


def test_no_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no language model"):
        base.open_base(tmp_path)
