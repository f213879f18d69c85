"""How fast training is on a CPU, beside transformers' model of the same shape as it comes: bfloat16, SDPA, its own loss.

python -m benchmarks.training [--threads N]

Forward and backward passes over the same rows, turn about, so that both meet the same machine; tokens per CPU-second, medians.
Ours keeps its documents apart, which theirs is not asked to do.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from benchmarks.table import Row, markdown
from oscine.model.budget import shape
from oscine.model.gpt import GPT
from oscine.model.pretrain import loss
from oscine.model.shards import Batch

ROWS, LENGTH, VOCABULARY, POST = 16, 128, 4096, 20
DEPTHS = (4, 6, 8)
ROUNDS, STEPS = 15, 3


def batch() -> Batch:
    """Rows of random tokens, in documents of about 20."""
    tokens = torch.randint(0, VOCABULARY, (ROWS, LENGTH + 1)).numpy()
    documents = torch.randint(0, LENGTH // POST, (ROWS, LENGTH)).sort(1).values.numpy() + 1
    return Batch(tokens[:, :-1], documents, tokens[:, 1:])


def ours(depth: int, rows: Batch) -> Callable[[], None]:
    """A pass of our model."""
    model = GPT(shape(depth, VOCABULARY, LENGTH))

    def once() -> None:
        loss(model, rows, torch.device("cpu")).backward()
        model.zero_grad()

    return once


def theirs(depth: int, rows: Batch) -> Callable[[], None]:
    """A pass of transformers'."""
    from transformers import Qwen3Config, Qwen3ForCausalLM

    ours = shape(depth, VOCABULARY, LENGTH)
    config = Qwen3Config(
        vocab_size=VOCABULARY, hidden_size=ours.width, num_hidden_layers=depth, num_attention_heads=ours.heads,
        num_key_value_heads=ours.kv_heads, intermediate_size=ours.hidden, head_dim=ours.head_dim, tie_word_embeddings=True,
        attn_implementation="sdpa",
    )  # fmt: skip
    model, tokens = Qwen3ForCausalLM(config).bfloat16().train(), torch.from_numpy(rows.tokens)

    def once() -> None:
        model(input_ids=tokens, labels=tokens).loss.backward()
        model.zero_grad()

    return once


def tokens_a_cpu_second(once: Callable[[], None]) -> float:
    """Of a few passes."""
    began = time.process_time()
    for _ in range(STEPS):
        once()
    return STEPS * ROWS * LENGTH / (time.process_time() - began)


def measure(depth: int) -> Row:
    """Ours and theirs of one depth."""
    rows = batch()
    pair = ours(depth, rows), theirs(depth, rows)
    for once in pair:
        once()
    speeds = [[tokens_a_cpu_second(once) for once in pair] for _ in range(ROUNDS)]
    mine, other = (statistics.median(column) for column in zip(*speeds, strict=True))
    ratio = statistics.median(a / b for a, b in speeds)
    return Row(f"depth {depth}: tokens per CPU-second", f"{mine:,.0f} ({ratio:.2f} times)", f"{other:,.0f} (transformers)", "1.25 times")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description="Training speed beside transformers.")
    parser.add_argument("--threads", type=int, default=1)
    torch.set_num_threads(parser.parse_args().threads)
    torch.manual_seed(0)
    print(markdown([measure(depth) for depth in DEPTHS]))


if __name__ == "__main__":
    main()
