"""How fast the voice reads a prompt: llama.cpp's wheel and OpenVINO, by turns in one process, and how near OpenVINO's run is to llama.cpp's.

    python -m benchmarks.prompting DATA [--rounds 7]     # some minutes; DATA is where the model is prepared

Time is CPU time of the whole process, so that a busy machine counts less, and wall time beside it. Each prompt is new: three posts of the sample
network and a question, as Ask gives them. "Again" is the same posts with another question, whose beginning an engine may have kept.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from oscine import sample
from oscine.engines import openvino, registry
from oscine.engines.language import Message
from oscine.engines.llamacpp import LocalLanguageModel
from oscine.engines.openvino import OpenVinoLanguageModel
from oscine.model import requantise

VOICE = registry.MODELS["voice"]
RULES = "You answer from numbered posts, and cite them."
QUESTIONS = ("What did the first one write about?", "Who is glad of it, and why?")
CHARACTERS = (120, 400)  # of a post, least and most
MOST_TOKENS = 24  # of an answer
LIKELIEST, POSITIONS = 40, 24  # tokens that are compared, at so many places of a prompt

Model = LocalLanguageModel | OpenVinoLanguageModel


class Turn(NamedTuple):
    """One answer: tokens of the prompt and the answer, seconds to the first piece (CPU, wall), CPU seconds after it."""

    read: int
    written: int
    first: float
    wall: float
    rest: float


class Lookup:
    """A pipeline that guesses the next tokens from the prompt (n-gram speculation)."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline, self.get_tokenizer = pipeline, pipeline.get_tokenizer

    def generate(self, tokens: Any, **how: Any) -> None:
        """As the plain one."""
        self._pipeline.generate(tokens, num_assistant_tokens=5, max_ngram_size=3, **how)


def main() -> None:
    """Print the tables."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("data", type=Path)
    given.add_argument("--rounds", type=int, default=7)
    chosen = given.parse_args()
    folder, merged = prepared(chosen.data)
    adapters = [(Path(registry.__file__).parent / VOICE.adapter, 1.0)]
    plain = LocalLanguageModel("voice", merged, form="answers")
    models: dict[str, Model] = {
        "llama.cpp, Q4_1 and adapter (as without `fast`)": LocalLanguageModel(
            "voice", registry.find(VOICE), form="answers", adapters=adapters
        ),
        "llama.cpp, Q8_0": plain,
        "OpenVINO, Q8_0 (as with `fast`)": OpenVinoLanguageModel("voice", folder, form="answers"),
        "OpenVINO, paged, prefixes kept": other(folder, lambda pipeline: pipeline),
        "OpenVINO, paged, guessing from the prompt": other(folder, Lookup, prompt_lookup=True),
    }
    turns = {name: [[], []] for name in models}  # type: dict[str, list[list[Turn]]]
    for number in range(chosen.rounds + 1):
        for name, model in models.items():
            for again, question in enumerate(QUESTIONS):
                turns[name][again].append(taken(model, asked(number, question), plain))
    print("| engine | prompt tokens/CPU-s | first piece: CPU s | wall s | again: CPU s | written tokens/CPU-s |\n|" + " --- |" * 6)
    for name, (fresh, again) in turns.items():
        print(row(name, fresh[1:], again[1:]))  # the first warms up
    same, divergence, text = agreement(folder, plain, models["OpenVINO, Q8_0 (as with `fast`)"])
    print(f"\nOpenVINO beside llama.cpp on the same Q8_0: likeliest token the same at {same:.1%} of {3 * POSITIONS} places,")
    print(f"mean KL {divergence:.4f} nats over the {LIKELIEST} likeliest; the same answer to {text} of 8 questions.")


def prepared(data: Path) -> tuple[Path, Path]:
    """The voice for OpenVINO, and the file that it was made of."""
    found, adapters = registry.find(VOICE), [(Path(registry.__file__).parent / VOICE.adapter, 1.0)]
    merged = data / "voice-q8_0.gguf"
    if not merged.is_file():
        data.mkdir(parents=True, exist_ok=True)
        requantise.write(found, data / "making.gguf", adapters)
        (data / "making.gguf").rename(merged)
    return openvino.prepare("voice", found, adapters, data), merged


def other(folder: Path, wrap: Callable[[Any], Any], **options: Any) -> OpenVinoLanguageModel:
    """The same model by OpenVINO's paged attention, which keeps the beginnings of prompts."""
    model = OpenVinoLanguageModel("voice", folder, form="answers")
    model._pipeline = wrap(openvino._pipeline("voice", folder, INFERENCE_NUM_THREADS=1, ENABLE_CPU_PINNING=False, **options))
    return model


def asked(number: int, question: str) -> list[Message]:
    """Three posts, other ones for each number, and a question."""
    chance = random.Random(number)
    lines = [line for file in sample.files() for line in gzip.decompress(file.read_bytes()).decode().splitlines()]
    posts = [" ".join(text.split()) for text in (json.loads(line).get("text") or "" for line in lines)]
    long = sorted({text for text in posts if CHARACTERS[0] < len(text) < CHARACTERS[1]})
    shown = [f"[{place}] Somebody (@someone, 3 March 2026): {text}" for place, text in enumerate(chance.sample(long, 3), 1)]
    return [{"role": "system", "content": RULES}, {"role": "user", "content": "\n".join([*shown, "", f"Question: {question}"])}]


def taken(model: Model, messages: list[Message], reader: LocalLanguageModel) -> Turn:
    """One answer, timed."""
    cpu, wall = time.process_time(), time.perf_counter()
    first = (0.0, 0.0)
    text = ""
    for piece in model.write(messages, MOST_TOKENS):
        first = first if text else (time.process_time() - cpu, time.perf_counter() - wall)
        text += piece
    rest = time.process_time() - cpu - first[0]
    return Turn(len(tokens(reader, messages)), len(reader._tokenized(text)), *first, rest)


def tokens(reader: LocalLanguageModel, messages: list[Message]) -> list[int]:
    """A prompt as llama.cpp reads it."""
    prompt = reader._client.post(f"{reader._address}/apply-template", {"messages": messages}).json()["prompt"]
    return reader._tokenized(prompt, parse_special=True)


def row(name: str, fresh: Sequence[Turn], again: Sequence[Turn]) -> str:
    """Medians over the rounds; writing over all of them together."""
    read = median(turn.read / turn.first for turn in fresh)
    first, wall, kept = (median(values) for values in ([t.first for t in fresh], [t.wall for t in fresh], [t.first for t in again]))
    both = [turn for turn in (*fresh, *again) if turn.written > 1]
    written = sum(turn.written - 1 for turn in both) / max(1e-9, sum(turn.rest for turn in both))
    return f"| {name} | {read:.0f} | {first:.2f} | {wall:.2f} | {kept:.2f} | {written:.0f} |"


def agreement(folder: Path, plain: LocalLanguageModel, quick: Model) -> tuple[float, float, int]:
    """How often the likeliest token is the same, the mean KL divergence from llama.cpp's, and how many of eight answers are the same."""
    import openvino as runtime

    model = runtime.Core().compile_model(str(folder / openvino.FILE), "CPU", {"INFERENCE_NUM_THREADS": 1})
    same, divergence = [], []
    for number in range(3):
        prompt = tokens(plain, asked(100 + number, QUESTIONS[0]))
        count = len(prompt)
        told = {"input_ids": np.array([prompt]), "attention_mask": np.ones((1, count), int), "position_ids": np.arange(count)[None]}
        logits = model.create_infer_request().infer({**told, "beam_idx": np.zeros(1, np.int32)})["logits"][0].astype(float)
        for place in range(count - POSITIONS, count):
            ours = logits[place] - np.logaddexp.reduce(logits[place])
            body = {"prompt": prompt[: place + 1], "n_predict": 1, "n_probs": LIKELIEST, "logit_bias": [["a", 1000]]}
            theirs = plain._client.post(f"{plain._address}/completion", body).json()["completion_probabilities"][0]["top_logprobs"]
            ids, chances = [each["id"] for each in theirs], np.array([each["logprob"] for each in theirs])
            same.append(int(ours.argmax()) == ids[int(chances.argmax())])
            divergence.append(float((np.exp(chances) * (chances - ours[ids])).sum()))
    questions = [asked(200 + number, QUESTIONS[number % 2]) for number in range(8)]
    text = sum("".join(plain.write(each, MOST_TOKENS)) == "".join(quick.write(each, MOST_TOKENS)) for each in questions)
    return float(np.mean(same)), float(np.mean(divergence)), text


if __name__ == "__main__":
    main()
