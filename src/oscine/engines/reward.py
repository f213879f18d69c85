"""Which wording of one story wins more clicks? multilingual-e5-small with a small trained head, on the CPU.

The head (`reward.npz`, trained by `python -m oscine.evals.train_reward`; its card is `reward.md`) reads the mean of a headline's tokens after several
of the encoder's layers, as written and in lower case: how a thing is said shows in the middle of the network, what it is about at its end (Tenney et
al. 2019, "BERT Rediscovers the Classical NLP Pipeline"). A score means something beside those of other wordings of the same story, and nothing alone.
It reads the headline only, and knows clicks: neither truth nor worth.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from oscine.engines import adapters, e5, e5_graph, prepared
from oscine.errors import InputError
from oscine.model import reward

LAYERS = (2, 5, 8, 11)
TOKENS = 64  # of a headline that are read, its prefix among them
TOKENS_PER_RUN = 384


class Ad(NamedTuple):
    """A headline, and what may be known of where it stands; this reward reads the headline alone."""

    headline: str
    lede: str = ""
    excerpt: str = ""
    image: str = ""
    audience: str = ""
    test: str = ""


class Score(NamedTuple):
    """Log-odds of a click, comparable within one story only, and the standard deviation of what is not known of them."""

    mean: float
    spread: float


class Outcome(Protocol):
    """How a text of a test did, as `teach.pairs.Arm` tells it; texts of one test and package (an image, and whatever else was shown) compare best."""

    @property
    def test(self) -> str: ...  # noqa: D102
    @property
    def package(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def impressions(self) -> int: ...  # noqa: D102
    @property
    def clicks(self) -> int: ...  # noqa: D102


class Layers:
    """Texts as the means of their tokens after several layers, in float32: what a text gives does not depend on what is read beside it."""

    def __init__(self, folder: Path, threads: int = 1, log: Callable[[str], None] | None = None) -> None:
        """Open the converted model below `folder`, converted first where needed. Raises `EngineUnavailable` without weights."""
        weights = e5_graph.Weights(e5.find_weights())
        made = folder / f"e5-layers-{'-'.join(map(str, LAYERS))}-{e5.SHA256[:8]}"
        self._width, self._padding, self._end = weights.width, weights.pad, weights.eos
        self._table, self._tokenizer = weights.word_table(), e5.tokenizer()
        self._session = prepared.session(made, lambda: e5_graph.means(weights, LAYERS, quantised=False), threads, log or (lambda _: None))

    def views(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (n, 2 * layers * width), in the order given: each text as it stands, and in lower case, which says the same in other tokens."""
        return np.hstack([self.means(texts), self.means([text.lower() for text in texts])])

    def means(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (n, layers * width), in the order given; of a text beyond 64 tokens the beginning is read."""
        tokens = [self._tokens(text) for text in texts]
        found = np.empty((len(texts), len(LAYERS) * self._width), np.float32)
        for rows in e5.groups([len(ids) for ids in tokens], TOKENS_PER_RUN):
            found[rows] = self._run([tokens[row] for row in rows])
        return found

    def _tokens(self, text: str) -> list[int]:
        # Lone surrogates occur in JSON and in no tokenizer.
        clean = text[: TOKENS * e5.LONGEST_PIECE].encode("utf-8", "replace").decode()
        ids: list[int] = self._tokenizer.encode(e5.PASSAGE_PREFIX + clean).ids
        return ids if len(ids) <= TOKENS else [*ids[: TOKENS - 1], self._end]

    def _run(self, tokens: list[list[int]]) -> NDArray[np.float32]:
        ids = np.full((len(tokens), max(map(len, tokens))), self._padding)
        mask = np.zeros(ids.shape, np.float32)
        for row, of_text in enumerate(tokens):
            ids[row, : len(of_text)] = of_text
            mask[row, : len(of_text)] = 1
        means: NDArray[np.float32] = self._session.run(None, {"words": e5_graph.unpack(self._table[ids], self._width), "mask": mask})[0]
        return means


class E5Reward:
    """Scores wordings by the clicks they would win; safe to use from several threads at once."""

    def __init__(self, folder: Path, threads: int = 1, log: Callable[[str], None] | None = None) -> None:
        """Open the converted model below `folder`, converted first where needed. Raises `EngineUnavailable` without weights."""
        trained = adapters.load("reward").arrays
        self._layers = Layers(folder, threads, log)
        self._centre, self._scale = trained["centre"], trained["scale"]
        self._heads = trained["heads"].astype(float)
        self._rest, self._share = trained["spread"].tolist()

    def scores(self, ads: Sequence[Ad]) -> list[Score]:
        """One score an ad, in their order. Raises `InputError` for a headline without words."""
        foretold = self._features([ad.headline for ad in ads]) @ self._heads.T
        unsure = ((foretold[:, 1:] - foretold[:, :1]) ** 2).mean(axis=1)
        spread = np.sqrt(self._rest**2 + self._share * unsure)
        return [Score(float(mean), float(wide)) for mean, wide in zip(foretold[:, 0], spread, strict=True)]

    def wins(self, one: Score, other: Score) -> float:
        """The probability that the first's rate of clicks is the higher, both being wordings of one story shown to the same readers."""
        wide = math.hypot(one.spread, other.spread)
        return 0.5 * (1 + math.erf((one.mean - other.mean) / wide / math.sqrt(2)))

    def adapted(self, outcomes: Sequence[Outcome]) -> E5Reward:
        """This reward and what these outcomes add to it: little where they are few. Raises `InputError` for outcomes that cannot be."""
        arms = reward.Arms(
            self._features([each.text for each in outcomes]),
            _numbers([each.test for each in outcomes]),
            _numbers([(each.test, each.package) for each in outcomes]),
            np.array([each.impressions for each in outcomes], float),
            np.array([each.clicks for each in outcomes], float),
        )
        made = copy.copy(self)
        made._heads = reward.fit(arms, reward.Config(), self._heads)
        return made

    def _features(self, headlines: Sequence[str]) -> NDArray[np.float32]:
        if not all(headline.strip() for headline in headlines):
            raise InputError("A headline is empty.", "Give each ad a headline.")
        found: NDArray[np.float32] = (self._layers.views(headlines) - self._centre) * self._scale
        return found


def _numbers(keys: Sequence[Hashable]) -> NDArray[np.int64]:
    """A number for each key, equal ones having the same."""
    known = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([known[key] for key in keys], np.int64)
