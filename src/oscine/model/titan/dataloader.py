"""Our rows as torchtitan reads them: where a document begins, its positions begin at nought, which is how torchtitan keeps documents apart.

It knows nothing of models, and as little of texts as `shards.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchtitan.components.dataloader import BaseDataLoader

from oscine.model.shards import Place, Stream

Rows = tuple[dict[str, Tensor], Tensor]


class Posts(BaseDataLoader):
    """Rows of a run without end: {input, positions}[rows, length] and targets[rows, length], where −100 is no target.

    Its state is a place in the stream, the same for all ranks: it goes on with any number of them.
    """

    @dataclass(kw_only=True, slots=True)
    class Config(BaseDataLoader.Config):
        """`dataset_path` is a run's `tokens/`."""

        seed: int = 0

    def __init__(self, config: Config, *, dp_world_size: int, dp_rank: int, seq_len: int, local_batch_size: int, **_: Any) -> None:
        self._stream = Stream(Path(str(config.dataset_path)), seq_len, config.seed, Place(), dp_rank, dp_world_size)
        self._rows = local_batch_size * dp_world_size

    def __iter__(self) -> Iterator[Rows]:
        while True:
            batch = self._stream.take(self._rows)
            yield (
                {"input": torch.from_numpy(batch.tokens), "positions": torch.from_numpy(positions(batch.documents))},
                torch.from_numpy(batch.targets),
            )

    def state_dict(self) -> dict[str, Any]:
        """Where it is."""
        return {"place": list(self._stream.place)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from there."""
        if state_dict:
            self._stream.place = Place(*state_dict["place"])


def positions(documents: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of numbers of documents[rows, length], each token's place in its own; what fills up a row is a document too."""
    places = np.arange(documents.shape[1])
    begins = np.ones(documents.shape, bool)
    begins[:, 1:] = documents[:, 1:] != documents[:, :-1]
    within: NDArray[np.int64] = places - np.maximum.accumulate(np.where(begins, places, 0), axis=1)
    return within
