"""Teaches a model what people prefer, from pairs: direct preference optimisation (Rafailov et al. 2023) by trl, of a LoRA adapter (Hu et al. 2021) by peft.

The reference is the model as it was given: without an adapter, or under the one that learning goes on from; what it makes of the pairs is computed
once, before. Pairs come as they are; it does not know who preferred what. On a CPU it computes in bfloat16. The model that it is given is changed.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from oscine.errors import InputError, SetupError
from oscine.model import base, quick

Say = Callable[[str], None]
RISE = 0.05  # of the steps, in which the rate rises


@dataclass(frozen=True)
class Config:
    """How to learn. `beta` is how dear it is to part from the reference, `rate` the step's size, `length` tokens at most of a prompt with its answer.

    It ends after `epochs`, or after `minutes` by the clock where that is sooner; the rate falls in a line to nothing by whichever is nearer.
    """

    minutes: float = math.inf
    rank: int = 16
    beta: float = 0.1
    rate: float = 1e-4
    batch: int = 16  # pairs a step
    micro: int = 4  # pairs at a time
    epochs: float = 1
    length: int = 512
    seed: int = 0


class Pair(NamedTuple):
    """To the messages of `prompt`, `chosen` was preferred over `rejected`."""

    prompt: list[dict[str, str]]
    chosen: str
    rejected: str


class Learned(NamedTuple):
    """What the last tenth of the steps showed: the loss, and the share of pairs that the model tells rightly more than its reference does."""

    loss: float
    accuracy: float
    seconds: float


def read(path: Path) -> list[Pair]:
    """Pairs from JSON lines of `prompt` (messages), `chosen` and `rejected`. Raises `InputError`, naming the line."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf8").rstrip("\n").split("\n"), 1):
        try:
            told = json.loads(line)
            pair = Pair([dict(message) for message in told["prompt"]], told["chosen"], told["rejected"])
            if not (pair.prompt and isinstance(pair.chosen, str) and isinstance(pair.rejected, str)):
                raise ValueError("it takes messages and two texts")
        except (ValueError, KeyError, TypeError) as error:
            fix = 'A line is {"prompt": [{"role": "user", "content": "…"}], "chosen": "…", "rejected": "…"}.'
            raise InputError(f"Line {number} of {path} is no pair ({error}).", fix) from None
        found.append(pair)
    return found


def learn(begin: base.Base, pairs: Sequence[Pair], out: Path, config: Config, say: Say, adapter: Path | None = None) -> Learned:
    """Teach a model the pairs, beginning with `adapter` where there is one, and write the adapter that it comes to into the folder `out`.

    Raises `InputError` where there is nothing to learn or the model does not answer messages, `SetupError` where trl or peft is not installed.
    """
    if not pairs:
        raise InputError("There are no pairs to learn from.", "Give at least a few hundred.")
    if begin.form == "post" or not begin.tokenizer.chat_template:
        raise InputError(f"{begin.name} does not answer messages.", "Begin with a model that has a chat template.")
    try:
        import peft
        from transformers import set_seed
        from transformers.trainer_callback import PrinterCallback

        trainer_of = _trainer()
    except ImportError as error:
        raise SetupError(f"{error.name} is not installed.", "Run `pip install 'oscine[train]'`.") from None
    set_seed(config.seed)
    lora = peft.LoraConfig(r=config.rank, lora_alpha=2 * config.rank, target_modules="all-linear", task_type="CAUSAL_LM")
    with_adapter = (
        peft.PeftModel.from_pretrained(begin.model, adapter, is_trainable=True) if adapter else peft.get_peft_model(begin.model, lora)
    )
    model = quick.quicken(with_adapter)  # before the reference is computed: two ways of rounding differ by more than a step
    progress = _progress(config, say)
    with tempfile.TemporaryDirectory() as scratch:
        say(f"{len(pairs)} pairs, {config.epochs:g} times; first what the model as it is makes of them.")
        arguments, rows = _arguments(config, scratch), _rows(pairs)
        trainer = trainer_of(model, args=arguments, train_dataset=rows, processing_class=begin.tokenizer, callbacks=[progress])
        trainer.remove_callback(PrinterCallback)
        trainer.model.delete_adapter("ref")  # trl's copy of the adapter, which has been asked all that it will be
        trainer.train()
    base.save_adapter(trainer.model, out, begin.name)
    last = progress.seen[-max(1, len(progress.seen) // 10) :]
    loss, accuracy = (sum(each[key] for each in last) / len(last) for key in ("loss", "rewards/accuracies"))
    return Learned(loss, accuracy, time.monotonic() - progress.began)


def _rows(pairs: Sequence[Pair]) -> Any:
    """The pairs as trl wants them, texts as messages of the assistant's."""
    import datasets

    datasets.disable_progress_bars()
    answer = [[{"role": "assistant", "content": text} for text in (pair.chosen, pair.rejected)] for pair in pairs]
    return datasets.Dataset.from_list(
        [{"prompt": pair.prompt, "chosen": [good], "rejected": [bad]} for pair, (good, bad) in zip(pairs, answer, strict=True)]
    )


def _arguments(config: Config, scratch: str) -> Any:
    """The settings of trl's trainer: nothing is fetched, reported or kept but the adapter."""
    import torch
    from trl import DPOConfig

    cuda = torch.cuda.is_available()
    micro = min(config.micro, config.batch)
    return DPOConfig(
        output_dir=scratch, save_strategy="no", report_to="none", disable_tqdm=True, logging_steps=1,
        beta=config.beta, learning_rate=config.rate, lr_scheduler_type="constant", num_train_epochs=config.epochs,
        per_device_train_batch_size=micro, gradient_accumulation_steps=max(1, config.batch // micro), max_length=config.length,
        precompute_ref_log_probs=True, gradient_checkpointing=False, bf16=True, use_cpu=not cuda,
        dataloader_pin_memory=cuda, seed=config.seed, data_seed=config.seed,
    )  # fmt: skip


def _trainer() -> Any:
    """trl's trainer; on a CPU, where trl makes logits of every token and in float32, with those of what was said only, in the weights' type."""
    import torch
    from torch.nn import functional
    from trl import DPOTrainer

    if torch.cuda.is_available():
        return DPOTrainer

    def said(model: Any, inputs: dict[str, Any]) -> Any:
        """The logarithm of each row's probability of what was said in it, chosen texts first."""
        whole = model.get_base_model()
        targets, told = inputs["input_ids"][:, 1:], inputs["completion_mask"][:, 1:].bool()
        with torch.autocast("cpu", torch.bfloat16):
            hidden = whole.model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], use_cache=False).last_hidden_state
            head = whole.get_output_embeddings().weight
            logits = functional.linear(hidden[:, :-1][told].to(head.dtype), head)
        logs = -functional.cross_entropy(logits.float(), targets[told], reduction="none")
        return logs.new_zeros(len(targets)).index_add(0, told.nonzero()[:, 0], logs)

    class Trainer(DPOTrainer):
        def compute_ref_log_probs(self, model: Any, inputs: dict[str, Any]) -> Any:
            with torch.no_grad():
                return said(model, inputs).chunk(2)

        def compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
            chosen, rejected = said(model, inputs).chunk(2)
            margin = self.beta * ((chosen - inputs["ref_chosen_logps"]) - (rejected - inputs["ref_rejected_logps"]))
            self._metrics["train"]["rewards/accuracies"].append((margin > 0).float().mean().item())
            return -functional.logsigmoid(margin).mean()

    return Trainer


def _progress(config: Config, say: Say) -> Any:
    """A callback that sets the rate, ends what has had its time, keeps what each step showed, and says it now and then."""
    from transformers import TrainerCallback

    class Progress(TrainerCallback):
        def __init__(self) -> None:
            self.seen: list[dict[str, float]] = []
            self.began = self.said = time.monotonic()

        def done(self, state: Any) -> float:
            """The share that lies behind."""
            steps: float = state.global_step / state.max_steps
            return max(steps, (time.monotonic() - self.began) / (60 * config.minutes))

        def on_step_begin(self, args: Any, state: Any, control: Any, optimizer: Any = None, **_: Any) -> None:
            rise = min(1.0, (state.global_step + 1) / max(1.0, RISE * state.max_steps))
            for group in optimizer.param_groups:
                group["lr"] = config.rate * rise * max(0.0, 1 - self.done(state))

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            control.should_training_stop |= self.done(state) >= 1

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
            if not logs or "rewards/accuracies" not in logs:
                return
            self.seen.append(logs)
            now = time.monotonic()
            if now - self.said > 10 or state.global_step in (1, state.max_steps):
                self.said = now
                left = (now - self.began) / 60 * (1 / self.done(state) - 1)
                told = f"loss {logs['loss']:.3f}, {logs['rewards/accuracies']:.0%} of pairs told rightly, {left:.0f} minutes left"
                say(f"Step {state.global_step} of {state.max_steps}: {told}")

    return Progress()
