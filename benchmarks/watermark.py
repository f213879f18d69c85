"""How well the watermark is told, by length: true positives at 1% false positives, on text that a language model wrote with it and without.

    python benchmarks/watermark.py DATA/runs/NAME/model [--texts 48]     # a few CPU-minutes; any Hugging Face folder

Texts are detected as text: decoded, and read into tokens again. False positives
are counted on posts of people (the sample network's) and on the same model's unmarked texts.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
import transformers

from oscine import sample
from oscine.engines.language import TOP_P
from oscine.engines.watermark import HISTORY, NGRAM, UNLIKELY, Watermark, keys

SECRET = "the benchmark's"  # noqa: S105 - of nobody
LENGTHS = (50, 100, 200)
LONGEST = 230  # tokens that are written, for the first four of a text cannot be scored and reading it again may join some
WINDOWS = 300  # of people's posts
PROMPTS = ("The night ferry", "I have been thinking about", "Breaking:", "My cat", "What I learned today is", "The match yesterday")


def main() -> None:
    """Print the table."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("folder", type=Path)
    given.add_argument("--texts", type=int, default=48)
    chosen = given.parse_args()
    tokenizer = transformers.AutoTokenizer.from_pretrained(chosen.folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(chosen.folder, dtype=torch.float32).eval()
    people = posts(tokenizer)
    print("| written by | temperature | tokens | texts | called marked (p < 0.01) | mean score |\n| --- | --- | --- | --- | --- | --- |")
    for length in LENGTHS:
        report("people", "", length, windows(people, length))
    for temperature in (1.0, 0.7):
        for marked in (True, False):
            written_texts = list(written(model, tokenizer, chosen.texts, temperature, marked))
            for length in LENGTHS:
                report(
                    "the model, marked" if marked else "the model",
                    temperature,
                    length,
                    (text[:length] for text in written_texts if len(text) >= length),
                )


def written(model: Any, tokenizer: Any, texts: int, temperature: float, marked: bool) -> Iterator[list[int]]:
    """The tokens of texts as whoever is given the text reads them."""
    torch.manual_seed(0)
    tokenizer.padding_side = "left"
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    prompts = [PROMPTS[number % len(PROMPTS)] for number in range(texts)]
    into = tokenizer(prompts, return_tensors="pt", padding=True)
    mark = transformers.SynthIDTextWatermarkingConfig(ngram_len=NGRAM, keys=keys(SECRET), context_history_size=HISTORY) if marked else None
    made = model.generate(
        **into, do_sample=True, temperature=temperature, top_p=TOP_P, top_k=0, max_new_tokens=LONGEST, min_new_tokens=LONGEST,
        watermarking_config=mark, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    for row in made[:, into["input_ids"].shape[1] :]:
        yield tokenizer.encode(tokenizer.decode(row, skip_special_tokens=True), add_special_tokens=False)


def posts(tokenizer: Any) -> list[int]:
    """Posts of people, one after the other, as tokens."""
    lines = [line for file in sample.files() for line in gzip.decompress(file.read_bytes()).decode().splitlines()]
    found = [post["text"] for post in map(json.loads, lines) if post.get("text")]
    return list(tokenizer.encode("\n".join(found[: WINDOWS * 10]), add_special_tokens=False))


def windows(tokens: list[int], length: int) -> Iterator[list[int]]:
    """Stretches of one length."""
    yield from (tokens[start : start + length] for start in range(0, min(len(tokens) - length, WINDOWS * length), length))


def report(who: str, temperature: Any, length: int, texts: Iterable[list[int]]) -> None:
    """A row of the table."""
    mark = Watermark(SECRET)
    found = [mark.detect(text) for text in texts]
    hits, mean = sum(one.p < UNLIKELY for one in found), sum(one.score for one in found) / max(1, len(found))
    print(f"| {who} | {temperature} | {length} | {len(found)} | {hits / max(1, len(found)):.1%} | {mean:.4f} |", flush=True)


if __name__ == "__main__":
    main()
