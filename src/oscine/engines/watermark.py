"""A watermark in generated text, and how to tell it: SynthID-Text (Dathathri et al., Nature 2024), as transformers has it.

Each token is drawn in a tournament that functions of the tokens before it, keyed by a secret, decide; in marked text these functions are 1
more often than in other text. It knows no model: whoever detects needs the tokens as the model's own tokenizer gives them.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from oscine.errors import EngineUnavailable

DEPTH = 30  # rounds of the tournament, a key each
NGRAM = 5  # a token and the four before it
TABLE_SEED, TABLE_SIZE, HISTORY = 0, 1 << 16, 1024  # transformers' own
LEAST = 50  # scored tokens below which nothing is said
UNLIKELY = 0.01  # unmarked texts that score as high as what is called marked


class Found(NamedTuple):
    """What was found in a text: `score` is the weighted mean of the functions, `expected` what unmarked text has, give or take `spread`."""

    verdict: str  # "marked", "not found", "too short"
    tokens: int  # that could be scored
    score: float
    expected: float
    spread: float
    p: float


class Watermark:
    """The watermark of a secret. Raises `EngineUnavailable` where transformers is not installed."""

    def __init__(self, secret: str) -> None:
        try:
            from transformers import SynthIDTextWatermarkLogitsProcessor
        except ImportError:
            raise EngineUnavailable("transformers is not installed.", "Run `pip install 'oscine[train]'`.") from None
        self._processor: Any = SynthIDTextWatermarkLogitsProcessor
        self.keys = keys(secret)

    def processor(self) -> Any:
        """What marks one text as it is drawn: a logits processor, to be used once."""
        return self._processor(NGRAM, self.keys, TABLE_SIZE, TABLE_SEED, HISTORY, device="cpu")

    def detect(self, tokens: Sequence[int]) -> Found:
        """How likely it is that these tokens were drawn with this watermark.

        The mean over the layers is weighted from 10 down to 1, as in the paper. The test is a one-sided z-test: without the secret's mark
        each function is a coin, so the mean of many is normal; every context counts once, so that repetition is no evidence.
        """
        import torch

        inner = self.processor()
        fair = float(inner.sampling_table.double().mean())
        places = _first_places(tokens)
        if not places:
            return Found("too short", 0, fair, fair, 0.0, 1.0)
        values = inner.compute_g_values(torch.tensor([list(tokens)]))[0, places].double()
        weights = torch.linspace(10, 1, DEPTH, dtype=torch.float64)
        weights /= weights.sum()
        score = float((values * weights).sum(-1).mean())
        spread = math.sqrt(fair * (1 - fair) * float((weights**2).sum()) / len(places))
        p = math.erfc((score - fair) / spread / math.sqrt(2)) / 2
        verdict = "too short" if len(places) < LEAST else "marked" if p < UNLIKELY else "not found"
        return Found(verdict, len(places), score, fair, spread, p)


def keys(secret: str) -> list[int]:
    """A key for each round, made from the secret by HMAC-SHA-256; none of them tells the secret or another."""
    digests = [hmac.digest(secret.encode(), f"oscine watermark {round_}".encode(), hashlib.sha256) for round_ in range(DEPTH)]
    return [int.from_bytes(digest[:8]) >> 2 for digest in digests]


def _first_places(tokens: Sequence[int]) -> list[int]:
    """Where each context of four tokens stands first."""
    seen: dict[tuple[int, ...], int] = {}
    for place in range(len(tokens) - NGRAM + 1):
        seen.setdefault(tuple(tokens[place : place + NGRAM - 1]), place)
    return list(seen.values())
