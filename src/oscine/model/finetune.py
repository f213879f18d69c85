"""Teaches a language model by examples: conversations whose last message is to be said, by trl; all weights, or a LoRA adapter (Hu et al. 2021) by peft.

It learns from what the assistant says and from nothing else in a conversation, and knows nothing of what examples are about. The one dial is
time: steps grow shorter as it runs out. On a CPU it computes in bfloat16.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from oscine.errors import InputError, SetupError
from oscine.model import base, quick

Say = Callable[[str], None]
Message = dict[str, str]
WARM = 0.03  # of the time, while steps grow to their full size


@dataclass(frozen=True)
class Config:
    """How to learn. `minutes` end it, or `epochs` if they come first; `rank` 0 learns all weights; `length` tokens at most of an example."""

    minutes: float = 60.0
    epochs: float = 1.0
    rank: int = 16
    rate: float = 8e-4
    batch: int = 8
    length: int = 512
    held: float = 0.02  # of the examples, not learned from: the curve
    judged: int = 32  # of those, looked at each time
    seed: int = 0


class Point(NamedTuple):
    """What was known at a moment: examples learned from, minutes, and the loss in nats a token of what was held."""

    examples: int
    minutes: float
    held: float


class Lesson(NamedTuple):
    """A conversation whose last message is to be said, and what it teaches."""

    messages: list[Message]
    form: str


def read(path: Path) -> list[Lesson]:
    """Lessons from JSON lines of `messages`, the last the assistant's, and `form`. Raises `InputError`, naming the line."""
    found = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                found.append(_lesson(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                fix = 'A line is {"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}.'
                raise InputError(f"Line {number} of {path} is no example ({error}).", fix) from None
    return found


def _lesson(told: Any) -> Lesson:
    messages = [{"role": each["role"], "content": each["content"]} for each in told["messages"]]
    if not all(isinstance(words, str) and words.strip() for each in messages for words in each.values()):
        raise ValueError("a role and a content are words")
    if len(messages) < 2 or messages[-1]["role"] != "assistant":
        raise ValueError("it does not end with the assistant")
    if (form := told.get("form", "chat")) not in ("chat", "answers"):
        raise ValueError(f"there is no form {form!r}")
    return Lesson(messages, form)


def learn(
    begin: base.Base, examples: Sequence[list[Message]], out: Path, config: Config, say: Say, adapter: Path | None = None
) -> list[Point]:
    """Teach a model the examples and write what comes of it into the folder `out`: an adapter, or with rank 0 the model; its curve.

    Raises `InputError` where there is nothing to learn or the model has no chat template, `SetupError` where trl or peft is not installed.
    """
    if len(examples) < 2:
        raise InputError("There are no examples to learn from.", "Give at least a few hundred.")
    if not begin.tokenizer.chat_template:
        raise InputError(f"{begin.name} has no chat template.", "Begin with a model that answers messages.")
    try:
        from transformers.trainer_callback import PrinterCallback

        trainer_of = _trainer()
    except ImportError as error:
        raise SetupError(f"{error.name} is not installed.", "Run `pip install 'oscine[train]'`.") from None
    kept, held = _apart(examples, config)
    model = quick.quicken(_adapted(begin, config, adapter))
    clock = _clock(config, len(kept), say)
    with tempfile.TemporaryDirectory() as scratch:
        trainer = trainer_of(
            model, args=_arguments(config, scratch), train_dataset=_rows(kept), eval_dataset=_rows(held[: config.judged]),
            processing_class=begin.tokenizer, callbacks=[clock], optimizers=_optimizer(model, config, clock),
        )  # fmt: skip
        trainer.remove_callback(PrinterCallback)
        say(f"{len(kept)} examples, {config.minutes:g} minutes or {config.epochs:g} times.")
        trainer.train()
    if config.rank:
        base.save_adapter(trainer.model, out, begin.name)
    else:
        base.merged(trainer.model, begin.tokenizer, out)
    return list(clock.curve)


def _apart(examples: Sequence[list[Message]], config: Config) -> tuple[list[list[Message]], list[list[Message]]]:
    """Those to learn from, and those that are held."""
    mixed = list(examples)
    random.Random(config.seed).shuffle(mixed)
    count = max(1, round(config.held * len(mixed)))
    return mixed[count:], mixed[:count]


def _adapted(begin: base.Base, config: Config, adapter: Path | None) -> Any:
    import peft

    if adapter:
        return peft.PeftModel.from_pretrained(begin.model, adapter, is_trainable=True)
    if not config.rank:
        return begin.model
    layers = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    return peft.get_peft_model(
        begin.model, peft.LoraConfig(r=config.rank, lora_alpha=2 * config.rank, target_modules=layers, task_type="CAUSAL_LM")
    )


def _rows(examples: Sequence[list[Message]]) -> Any:
    import datasets

    datasets.disable_progress_bars()
    return datasets.Dataset.from_list([{"prompt": each[:-1], "completion": each[-1:]} for each in examples])


def _arguments(config: Config, scratch: str) -> Any:
    """The settings of trl's trainer: nothing is fetched, reported or kept but what is learned."""
    import torch
    from trl import SFTConfig

    cuda = torch.cuda.is_available()
    return SFTConfig(
        output_dir=scratch, save_strategy="no", report_to="none", disable_tqdm=True, logging_steps=10, eval_strategy="steps", eval_steps=80,
        eval_on_start=True,
        num_train_epochs=config.epochs, per_device_train_batch_size=config.batch, per_device_eval_batch_size=config.batch, max_length=config.length,
        learning_rate=config.rate, max_grad_norm=1.0, completion_only_loss=True, gradient_checkpointing=False, bf16=True, use_cpu=not cuda,
        dataloader_pin_memory=cuda, prediction_loss_only=True, train_sampling_strategy="group_by_length", seed=config.seed, data_seed=config.seed,
    )  # fmt: skip


def _trainer() -> Any:
    """trl's trainer with a loss that makes logits of what is to be said only, in the type of the head's weights."""
    import torch
    from torch.nn import functional
    from trl import SFTTrainer

    class Trainer(SFTTrainer):
        def compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
            whole = self.accelerator.unwrap_model(model)
            whole = whole.get_base_model() if hasattr(whole, "get_base_model") else whole
            targets = inputs["labels"][:, 1:]
            said = targets != -100
            head = whole.get_output_embeddings()
            with torch.autocast(targets.device.type, torch.bfloat16):
                hidden = whole.model(input_ids=inputs["input_ids"], attention_mask=inputs.get("attention_mask")).last_hidden_state[:, :-1][
                    said
                ]
                logits = functional.linear(hidden.to(head.weight.dtype), head.weight)
            loss = functional.cross_entropy(logits.float(), targets[said], reduction="sum") / (
                num_items_in_batch or said.sum().clamp(min=1)
            )
            return (loss, {"loss": loss}) if return_outputs else loss

    return Trainer


def _optimizer(model: Any, config: Config, clock: Any) -> tuple[Any, Any]:
    """AdamW, its steps shorter as the time goes: linearly to nothing, by the clock or by the steps, whichever is further."""
    import torch

    parameters = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=config.rate, weight_decay=0.0)
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: clock.size())


def _clock(config: Config, examples: int, say: Say) -> Any:
    """A callback that knows how far learning is, ends it when its time is over, and keeps its curve."""
    from transformers import TrainerCallback

    class Clock(TrainerCallback):
        def __init__(self) -> None:
            self.began: float | None = None
            self.steps, self.last = 0, max(1, round(config.epochs * examples / config.batch))
            self.curve: list[Point] = []

        def minutes(self) -> float:
            return (time.monotonic() - self.began) / 60 if self.began else 0.0

        def size(self) -> float:
            done = max(self.minutes() / config.minutes, self.steps / self.last)
            return max(0.0, min(done / WARM + 0.05, (1 - done) / (1 - WARM), 1.0))

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.began = time.monotonic()

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.steps = state.global_step
            if self.minutes() >= config.minutes or self.steps >= state.max_steps:
                control.should_training_stop = control.should_evaluate = True

        def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, float], **_: Any) -> None:
            self.curve.append(Point(self.steps * config.batch, round(self.minutes(), 2), round(metrics["eval_loss"], 4)))
            point = self.curve[-1]
            say(f"{point.examples} examples, {point.minutes:.1f} minutes: {point.held:.3f} nats a token of what was held")

    return Clock()
