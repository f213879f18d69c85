"""Does learning what people prefer make better texts? Headlines by a small model, taught on Upworthy's tests, beside the best of four of its base.

    nice python -m benchmarks.preference --data FOLDER [--minutes 25] [--out FOLDER] [--json FILE]

On the tuning stories: a reward is fitted; SmolLM2-135M-Instruct learns to write headlines from the ones that won (supervised), then from significant
pairs of people's tests (DPO), then from pairs of its own headlines that the reward ranks (DPO again). On held stories each writes headlines. Best of
four is chosen by the tuning reward, and all are judged by rewards fitted on other stories. `--minutes` of one core set how much is learned.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from benchmarks import headlines
from benchmarks.headlines import Reward, Story
from benchmarks.vector_cache import embedder
from oscine.engines import registry
from oscine.evals import metrics
from oscine.model import base, finetune, launch, preference

BASE = "smollm2-135m"
HELD, BEST_OF = 150, 4
TAUGHT, PAIRS, OWN = 10, 11, 4  # stories and pairs for each minute: to imitate, people's, its own
TOKENS, TEMPERATURE, LIKELIEST, TOGETHER = 32, 0.8, 40, 64
EXAMPLES = 10


def say(words: str) -> None:
    """Progress, to standard error."""
    print(f"[{time.process_time() / 60:5.1f} CPU-minutes] {words}", file=sys.stderr, flush=True)


class Judges(NamedTuple):
    """`tuning` chooses and ranks what is learned from; `judge` and `words_judge` learned from other stories and judge."""

    tuning: Reward
    judge: Reward
    words_judge: Reward


def judges(stories: dict[str, list[Story]], vectors: headlines.Vectors) -> tuple[Judges, dict[str, metrics.Interval]]:
    """The three rewards, and the share of held stories' significant pairs that each orders rightly."""
    found = Judges(Reward(vectors, stories["tuning"]), Reward(vectors, stories["judging"]), Reward(headlines.words, stories["judging"]))
    right = {name: headlines.accuracy(reward, stories["held"]) for name, reward in found._asdict().items()}
    return found, {name: metrics.wilson(*counts) for name, counts in right.items()}


def write(begin: base.Base, adapter: Path | None, stories: Sequence[Story], times: int, seed: int) -> list[list[str]]:
    """So many headlines for each story, drawn from the model, under the adapter where there is one."""
    import peft

    model = copy.deepcopy(begin.model)
    model = (peft.PeftModel.from_pretrained(model, adapter) if adapter else model).to(torch.bfloat16).eval()
    asked = [begin.tokenizer.apply_chat_template(story.prompt, add_generation_prompt=True)["input_ids"] for story in stories]
    order = sorted(range(len(asked)), key=lambda place: len(asked[place]))
    found: list[list[str]] = [[] for _ in asked]
    torch.manual_seed(seed)
    for start in range(0, len(order), max(1, TOGETHER // times)):
        places = order[start : start + max(1, TOGETHER // times)]
        texts = begin.tokenizer.batch_decode(
            _drawn(model, begin.tokenizer, [asked[place] for place in places], times), skip_special_tokens=True
        )
        for number, place in enumerate(places):
            found[place] = [headline(text) for text in texts[number * times : (number + 1) * times]]
    return found


@torch.no_grad()
def _drawn(model: Any, tokenizer: Any, asked: list[list[int]], times: int) -> list[list[int]]:
    """What a model says to each, so many times; each prompt is read once, and drawn from are the likeliest tokens."""
    given = tokenizer.pad({"input_ids": asked}, padding_side="left", return_tensors="pt")
    mask = given["attention_mask"]
    whole = model.get_base_model() if hasattr(model, "get_base_model") else model
    told = whole.model(**given, position_ids=(mask.cumsum(1) - 1).clamp(0), use_cache=True)
    cache, mask = told.past_key_values, mask.repeat_interleave(times, 0)
    logits = whole.lm_head(told.last_hidden_state[:, -1].contiguous()).repeat_interleave(times, 0)
    cache.batch_repeat_interleave(times)
    said, ended = list[Any](), torch.zeros(len(mask), dtype=torch.bool)
    while True:
        likeliest = logits.float().topk(LIKELIEST)
        drawn = likeliest.indices.gather(1, torch.multinomial((likeliest.values / TEMPERATURE).softmax(-1), 1))
        said.append(torch.where(ended[:, None], tokenizer.eos_token_id, drawn))
        ended |= drawn[:, 0] == tokenizer.eos_token_id
        if ended.all() or len(said) == TOKENS:
            break
        mask = torch.cat([mask, torch.ones(len(mask), 1, dtype=mask.dtype)], 1)
        positions = mask.sum(1, keepdim=True) - 1
        logits = model(input_ids=drawn, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True).logits[:, -1]
    rows: list[list[int]] = torch.cat(said, 1).tolist()
    return rows


def headline(told: str) -> str:
    """The first line of what a model said, without quotation marks around it."""
    return (told.strip().splitlines() or [""])[0].strip().strip('"*').strip()


def imitate(begin: base.Base, stories: Sequence[Story], out: Path) -> None:
    """Learn to write headlines from the one of each story that won."""
    best = [max(story.arms, key=lambda arm: arm.clicks / arm.impressions).text for story in stories]
    examples = [[*story.prompt, {"role": "assistant", "content": text}] for story, text in zip(stories, best, strict=True)]
    config = finetune.Config(minutes=600, epochs=1, rank=16, rate=5e-4, held=0.04, length=128)
    finetune.learn(_fresh(begin), examples, out, config, say)


def prefer(begin: base.Base, pairs: list[preference.Pair], adapter: Path, out: Path) -> None:
    """Go on from an adapter with pairs."""
    config = preference.Config(rate=3e-4, beta=0.1, batch=8, micro=8, length=128)
    told = preference.learn(_fresh(begin), pairs, out, config, say, adapter)
    say(f"{told.accuracy:.0%} of pairs told rightly at the end.")


def peoples(stories: Sequence[Story], count: int) -> list[preference.Pair]:
    """So many significant pairs, no more of one story than must be."""
    rounds = [story.pairs for story in stories]
    turns = [
        (story, pairs[turn])
        for turn in range(max(map(len, rounds)))
        for story, pairs in zip(stories, rounds, strict=True)
        if turn < len(pairs)
    ]
    return [preference.Pair(story.prompt, *pair) for story, pair in turns[:count]]


def own(begin: base.Base, adapter: Path, stories: Sequence[Story], reward: Reward, seed: int) -> list[preference.Pair]:
    """For each story the best and the worst of what it writes, by the reward."""
    pairs = []
    for story, texts in zip(stories, write(begin, adapter, stories, BEST_OF, seed), strict=True):
        ranked = [text for _, text in sorted(zip(reward(texts).tolist(), texts, strict=True))]
        if ranked[0] != ranked[-1]:
            pairs.append(preference.Pair(story.prompt, ranked[-1], ranked[0]))
    return pairs


def _fresh(begin: base.Base) -> base.Base:
    """The base as it was opened: learning changes what it is given."""
    return begin._replace(model=copy.deepcopy(begin.model))


class Written(NamedTuple):
    """A headline for each held story, and what is said of whoever wrote them."""

    by: str
    texts: list[str]


def written(begin: base.Base, sft: Path, preferring: dict[str, Path], stories: Sequence[Story], reward: Reward) -> list[Written]:
    """By the base and by the imitator one headline and the best of four, by those that learned preferences one."""
    found = []
    for name, adapter in {"base": None, "imitation": sft}.items():
        many = write(begin, adapter, stories, BEST_OF, seed=1)
        found.append(Written(f"{name}, one", [texts[0] for texts in many]))
        found.append(Written(f"{name}, best of {BEST_OF}", [texts[int(reward(texts).argmax())] for texts in many]))
    for name, adapter in preferring.items():
        found.append(Written(f"{name}, one", [texts[0] for texts in write(begin, adapter, stories, 1, seed=1)]))
    return found


def people(stories: Sequence[Story]) -> list[Written]:
    """By the people of Upworthy: one as it comes, and the one that won its test."""
    first = [min(story.arms, key=lambda arm: arm.text).text for story in stories]
    won = [max(story.arms, key=lambda arm: arm.clicks / arm.impressions).text for story in stories]
    return [Written("people, one as it comes", first), Written("people, the one that won", won)]


def compared(
    writers: list[Written], stories: Sequence[Story], rewards: Judges, vectors: headlines.Vectors, against: str
) -> list[dict[str, Any]]:
    """Each writer's rewards, above those of `against` with intervals over stories, and signs of a reward that is gamed."""
    scores = {one.by: {name: reward(one.texts) for name, reward in rewards._asdict().items()} for one in writers}
    told = vectors([story.text for story in stories])
    rows = []
    for one in writers:
        above = {name: metrics.paired(scores[one.by][name].tolist(), scores[against][name].tolist()) for name in rewards._fields}
        words = [text.split() for text in one.texts]
        pairs = [pair for each in words for pair in pairwise(each)]
        rows.append(
            {
                "by": one.by,
                **{name: {"value": found.value, "low": found.low, "high": found.high} for name, found in above.items()},
                "words": float(np.mean([len(each) for each in words])),
                "distinct": len(set(one.texts)) / len(one.texts),
                "distinct_pairs": len(set(pairs)) / max(1, len(pairs)),
                "on_topic": float((vectors(one.texts) * told).sum(1).mean()),
            }
        )
    return rows


def run(data: Path, minutes: float, folder: Path) -> dict[str, Any]:
    """Fit, teach, write, judge."""
    model, kept = embedder(), dict[str, Any]()

    def vectors(texts: Sequence[str]) -> Any:
        new = [text for text in dict.fromkeys(texts) if text not in kept]
        kept.update(zip(new, model.embed_passages(new), strict=True))
        return np.stack([kept[text] for text in texts])

    stories: dict[str, list[Story]] = {part: [] for part, _ in headlines.SHARES}
    for story in headlines.stories(data):
        stories[story.part].append(story)
    rewards, right = judges(stories, vectors)
    say(f"Rewards: {', '.join(f'{name} {each.value:.1%}' for name, each in right.items())} of held pairs.")
    for part in stories.values():
        random.Random(0).shuffle(part)
    begin = base.open_base(registry.find(registry.MODELS[BASE]))
    held, tuning = stories["held"][:HELD], stories["tuning"]
    sft, peoples_, own_ = (folder / name for name in ("imitation", "people", "own"))  # what is there already is not learned anew
    if not sft.exists():
        imitate(begin, tuning[: round(TAUGHT * minutes)], sft)
    told = peoples(tuning, round(PAIRS * minutes))
    if not peoples_.exists():
        prefer(begin, told, sft, peoples_)
    if not own_.exists():
        prefer(begin, own(begin, peoples_, tuning[-round(OWN * minutes) :], rewards.tuning, seed=2), peoples_, own_)
    say("Writing for held stories.")
    writers = [*written(begin, sft, {"people's pairs": peoples_, "and its own pairs": own_}, held, rewards.tuning), *people(held)]
    return {
        "accuracy": {name: each._asdict() for name, each in right.items()},
        "learned from": {
            "imitated": round(TAUGHT * minutes),
            "people's pairs": len(told),
            "stories of its own pairs": round(OWN * minutes),
        },
        "stories": {part: len(each) for part, each in stories.items()} | {"written for": len(held)},
        "minutes": time.process_time() / 60,
        "rows": compared(writers, held, rewards, vectors, f"base, best of {BEST_OF}"),
        "examples": [
            {"story": story.prompt[-1]["content"], **{one.by: one.texts[place] for one in writers}}
            for place, story in enumerate(held[:EXAMPLES])
        ],
    }


def table(found: dict[str, Any]) -> str:
    """The comparison in Markdown."""
    lines = [
        "| by | judge | judge of words | reward tuned on | words | distinct | distinct pairs of words | like its story |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in found["rows"]:
        judged = [
            f"{row[name]['value']:+.3f} ({row[name]['low']:+.3f} to {row[name]['high']:+.3f})"
            for name in ("judge", "words_judge", "tuning")
        ]
        lines.append(
            f"| {row['by']} | {' | '.join(judged)} | {row['words']:.1f} | {row['distinct']:.0%} | {row['distinct_pairs']:.0%} | {row['on_topic']:.3f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run, print the table and ten stories' headlines."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.preference", description="Learning what people prefer; see docs/guides/finetune.md."
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with upworthy/tests.jsonl.gz")
    parser.add_argument("--minutes", type=float, default=25, help="of one core, about: how much is learned")
    parser.add_argument("--out", type=Path, help="where adapters are kept, and found again by a run that goes on")
    parser.add_argument("--json", type=Path, help="where all figures go")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        found = run(chosen.data, chosen.minutes, chosen.out or Path(scratch))
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1))
    print(table(found))
    for example in found["examples"]:
        print("\n" + "\n".join(f"{name}: {text}" for name, text in example.items()))


if __name__ == "__main__":
    launch.again("benchmarks.preference", sys.argv[1:], most=1)
    main()
