"""What a model remembers word for word of what it was trained on.

Canaries (Carlini et al. 2019, "The Secret Sharer"): made-up secrets, planted into the training documents 1 to 32 times each. A canary's
exposure is log2(all it is compared with) − log2(its rank by likelihood among them): nought where the model knows nothing of it. Compared are
the secret and `OTHERS` more drawn the same way, so that log2(OTHERS + 1) is the most that can be seen. Of secrets that a model never saw, every rank is
as likely as any other: their mean exposure is log2(e) = 1.44 bits, not nought. A canary is extracted where its beginning alone brings its secret out,
word for word: as the likeliest continuation, or among `DRAWS` drawn at temperature 1.
Extraction (Carlini et al. 2023, "Quantifying Memorization"): given the first tokens of a training post, does the likeliest continuation, one
token after the other, equal the post's own? By how often that beginning occurs in the training posts.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from oscine.errors import InputError
from oscine.evals import metrics

if TYPE_CHECKING:
    from oscine.model.bits import Network

FILE = "canaries.jsonl"  # in a run's folder
REPETITIONS = (1, 2, 4, 8, 16, 32)
OTHERS = 511
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SECRET = 8  # letters: too many secrets to come by one by chance
DRAWS = 20  # continuations of each canary's beginning
PREFIX, CONTINUATION = 10, 10  # tokens
POSTS = 100  # of each number of repetitions, at most


class Canary(NamedTuple):
    """A planted post: its beginning, its secret, and how often it stands in the training data."""

    prefix: str
    secret: str
    repetitions: int


class Remembered(NamedTuple):
    """What a model knows of one canary: its exposure in bits, whether it writes the secret out, and in how many of `DRAWS` draws."""

    exposure: float
    greedy: bool
    drawn: int


def canaries(chooser: np.random.Generator, repetitions: Sequence[int], each: int = 1) -> list[Canary]:
    """New canaries: `each` of every number of repetitions; nought makes such as are planted nowhere, to compare with."""
    return [Canary(f"the password of {_word(chooser)} is ", _word(chooser), times) for times in repetitions for _ in range(each)]


def plant(
    documents: Sequence[str], seed: int = 0, repetitions: Sequence[int] = REPETITIONS, each: int = 1
) -> tuple[list[str], list[Canary]]:
    """The documents with canaries among them at random places, and the canaries: `each` of every number of repetitions.

    To be done after cleaning and deduplication, which would take them out again.
    """
    chooser = np.random.default_rng(seed)
    made = canaries(chooser, repetitions, each)
    planted = [canary.prefix + canary.secret for canary in made for _ in range(canary.repetitions)]
    places = np.sort(chooser.integers(0, len(documents) + 1, len(planted)))
    shuffled = [planted[place] for place in chooser.permutation(len(planted))]
    return np.insert(np.array(documents, object), places, np.array(shuffled, object)).tolist(), made


def _word(chooser: np.random.Generator) -> str:
    return "".join(chooser.choice(list(LETTERS), SECRET))


def save(given: Iterable[Canary], folder: Path) -> Path:
    """Write the canaries into a run's folder."""
    path = folder / FILE
    path.write_text("".join(json.dumps(canary._asdict()) + "\n" for canary in given))
    return path


def load(folder: Path) -> list[Canary]:
    """The canaries of a run; none where none were planted. Raises `InputError` for a file that is none."""
    path = folder / FILE
    try:
        return [Canary(**json.loads(line)) for line in path.read_text().splitlines()] if path.is_file() else []
    except (ValueError, TypeError):
        raise InputError(f"{path} holds no canaries.", "Each line has prefix, secret and repetitions.") from None


def exposure(network: Network, canary: Canary, others: int, seed: int = 0) -> float:
    """A canary's exposure in bits, between 0 and log2(others + 1)."""
    chooser = np.random.default_rng(
        [seed, *canary.secret.encode()]
    )  # never the secrets of other canaries, which a seed alone would draw again
    secrets = [canary.secret, *(_word(chooser) for _ in range(others))]
    before = canary.prefix.rstrip()  # the space before a secret is a part of the secret's first token, as it is in training
    likely = network.likelihood([before] * len(secrets), [canary.prefix[len(before) :] + secret for secret in secrets])
    rank = 1 + int((likely[1:] >= likely[0]).sum())
    return math.log2(len(secrets)) - math.log2(rank)


def remembered(network: Network, given: Iterable[Canary], seed: int = 0) -> list[Remembered]:
    """What a model knows of each canary."""
    return [Remembered(exposure(network, canary, OTHERS, seed), *_brought_out(network, canary, seed)) for canary in given]


def exposed(network: Network, given: Sequence[Canary]) -> list[dict[str, Any]]:
    """By the number of repetitions: mean exposure with its interval (bootstrap over canaries), how many secrets the model writes out, how many it draws."""
    return [told(times, [each for canary, each in zip(given, found, strict=True) if canary.repetitions == times])
            for found in [remembered(network, given)] for times in sorted({canary.repetitions for canary in given})]  # fmt: skip


def told(repetitions: int, found: Sequence[Remembered]) -> dict[str, Any]:
    """What is known of canaries of one kind, as `exposed` gives it."""
    bits = metrics.bootstrap([each.exposure for each in found])
    return {
        "repetitions": repetitions, "canaries": len(found), "exposure": bits.value, "low": bits.low, "high": bits.high,
        "most": math.log2(OTHERS + 1), "extracted": sum(each.greedy for each in found), "drawn": sum(each.drawn > 0 for each in found),
    }  # fmt: skip


def _brought_out(network: Network, canary: Canary, seed: int) -> tuple[bool, int]:
    """Whether the secret is the likeliest continuation of its beginning, by the tokens that the whole has in training; and how often it is drawn."""
    whole, start = network.words.encode([canary.prefix + canary.secret, canary.prefix.rstrip()])
    given, count = [network.words.begin, *start], len(whole) - len(start)
    written = [network.greedy([given], count)[0], *network.drawn([given] * DRAWS, count, seed)]
    out = [network.words.inner.decode([*start, *after], skip_special_tokens=False) == canary.prefix + canary.secret for after in written]
    return out[0], sum(out[1:])


def extraction(network: Network, posts: Iterable[str], seed: int = 0) -> list[dict[str, Any]]:
    """The share of training posts whose continuation is extracted, by how often their first tokens occur: 1, 2–3, 4–7, 8–15 …

    A post counts by its first `PREFIX` + `CONTINUATION` tokens; shorter ones are left out.
    """
    length = PREFIX + CONTINUATION
    texts = list(posts)
    starts = Counter(tuple(tokens[:length]) for tokens in network.words.encode(texts) if len(tokens) >= length)
    groups: dict[int, list[tuple[int, ...]]] = {}
    for start, times in sorted(starts.items()):
        groups.setdefault(1 << (times.bit_length() - 1), []).append(start)
    chooser, found = np.random.default_rng(seed), []
    for times, group in sorted(groups.items()):
        chosen = [group[place] for place in chooser.permutation(len(group))[:POSTS]]
        after = network.greedy([[network.words.begin, *start[:PREFIX]] for start in chosen], CONTINUATION)
        hits = sum(tuple(written) == start[PREFIX:] for written, start in zip(after, chosen, strict=True))
        share = metrics.wilson(hits, len(chosen))
        found.append({"repetitions": times, "posts": len(chosen), "share": share.value, "low": share.low, "high": share.high})
    return found
