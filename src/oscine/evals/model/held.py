"""The posts that a model is measured on, and bits per byte of them: in all, by language, by year, beside other models on the same posts.

Every post is scored alone with its end, every byte of its raw text counts. Intervals are a bootstrap by post (Efron 1979).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine import text
from oscine.errors import InputError, NotFound
from oscine.evals import metrics
from oscine.sources.jsonl import decompressed, language_code

if TYPE_CHECKING:
    from oscine.model.bits import Scores

SEED = 7
UNKNOWN = "?"


class Held(NamedTuple):
    """Posts in a fixed random order, with their languages and years; `unread` lines of the file were no posts."""

    texts: list[str]
    languages: list[str]
    years: list[str]
    unread: int

    def first(self, count: int) -> Held:
        """The first so many."""
        return Held(self.texts[:count], self.languages[:count], self.years[:count], self.unread)


def read(path: Path, sample: int = 0) -> Held:
    """Posts of an Oscine JSONL file (plain, .gz, .zst), `sample` of them or all for 0. Raises `NotFound`, and `InputError` where there is none.

    The text stays as it stands in the file. Lines that are neither posts nor other lines of the format are counted and passed over.
    """
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", "Name a file of posts, one JSON object a line.")
    posts, unread = [], 0
    with path.open("rb") as file:
        for line in decompressed(file):
            try:
                post = json.loads(line)
                if isinstance(post, dict) and isinstance(post.get("text"), str):
                    posts.append((post["text"], post.get("lang"), str(post.get("created_at", ""))[:4] or UNKNOWN))
            except ValueError:
                unread += bool(line.strip())
    if not any(words for words, _, _ in posts):
        raise InputError(f"{path} holds no posts.", "Each line is an object with a text.")
    chosen = np.random.default_rng(SEED).permutation(len(posts))[: sample or None]
    kept = [posts[place] for place in chosen]
    languages = [language_code(lang if isinstance(lang, str) else None) or text.language(words) or UNKNOWN for words, lang, _ in kept]
    return Held([words for words, _, _ in kept], languages, [year for _, _, year in kept], unread)


def rate(bits: NDArray[np.float64], size: NDArray[np.int64]) -> dict[str, Any]:
    """Bits per byte with its interval, over how many posts and bytes."""
    if not size.sum():
        return {"value": None, "low": None, "high": None, "posts": len(size), "bytes": 0}
    found = metrics.paired(bits.tolist(), size.tolist(), "ratio")
    return {"value": found.value, "low": found.low, "high": found.high, "posts": len(size), "bytes": int(size.sum())}


def measured(held: Held, scores: Scores) -> dict[str, Any]:
    """What a model needs for the posts that it scored, the first of `held`."""
    tokens = sum(len(each) - 1 for each in scores.logs)
    return {
        "bits_per_byte": rate(scores.bits, scores.bytes),
        "bits_per_byte_of_ends": float(scores.ends.sum() / max(1, scores.bytes.sum())),
        "posts": len(scores.bits),
        "bytes": int(scores.bytes.sum()),
        "tokens": tokens,
        "tokens_per_byte": tokens / max(1, int(scores.bytes.sum())),
        "by_language": _by(held.languages, scores),
        "by_year": _by(held.years, scores),
    }


def _by(groups: Sequence[str], scores: Scores) -> dict[str, Any]:
    """Bits per byte of each group, the largest first."""
    named = np.array(groups[: len(scores.bits)])
    names, counts = np.unique(named, return_counts=True)
    return {str(name): rate(scores.bits[named == name], scores.bytes[named == name]) for name in names[np.argsort(-counts, kind="stable")]}


def compared(ours: Scores, theirs: Scores) -> dict[str, Any]:
    """Our bits over theirs on the posts that both scored; below 1, ours is better."""
    both = min(len(ours.bits), len(theirs.bits))
    found = metrics.paired(ours.bits[:both].tolist(), theirs.bits[:both].tolist(), "ratio")
    size = ours.bytes[:both]
    return {
        "ratio": {"value": found.value, "low": found.low, "high": found.high, "posts": both, "bytes": int(size.sum())},
        "ours": rate(ours.bits[:both], size),
        "theirs": rate(theirs.bits[:both], size),
    }


def mixture(network: Scores, ngrams: Scores) -> dict[str, Any]:
    """Bits per byte of the token-by-token mixture of two models with one tokenizer.

    Each half of the posts is scored with the weight that the other half chose, so that no post chooses its own.
    """
    from oscine.model.kneser_ney import mixed
    from oscine.model.kneser_ney import mixture as weigh

    pairs = list(zip(network.logs, ngrams.logs, strict=False))
    bits, weights = np.zeros(len(pairs)), []
    for half in (0, 1):
        others = pairs[1 - half :: 2]
        if not others:
            return {}
        weights.append(weigh(np.concatenate([one for one, _ in others]), np.concatenate([other for _, other in others])))
        bits[half::2] = [-mixed(one, other, weights[-1]).sum() / np.log(2) for one, other in pairs[half::2]]
    size = network.bytes[: len(pairs)]
    over = metrics.paired(bits.tolist(), ngrams.bits[: len(pairs)].tolist(), "ratio")
    return {
        "network_weight": float(np.mean(weights)),
        "bits_per_byte": rate(bits, size),
        "kneser_ney": rate(ngrams.bits[: len(pairs)], size),
        "ratio_to_kneser_ney": {"value": over.value, "low": over.low, "high": over.high},
    }


def bytes_per_token(texts: Sequence[str], encoded: Sequence[Sequence[int]]) -> float:
    """How many bytes a tokenizer puts into a token, on average."""
    return sum(len(words.encode()) for words in texts) / max(1, sum(map(len, encoded)))
