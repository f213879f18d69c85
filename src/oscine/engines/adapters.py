"""The small trained adapters that come with the package: what they hold, and the name by which a model made with one is kept.

`query.npz` for how questions are embedded, `reader.npz` for reading posts; their cards (`query.md`, `reader.md`) say what on, and by which command.
"""

from __future__ import annotations

import hashlib
import io
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.errors import EngineUnavailable


class Adapter(NamedTuple):
    """Its arrays by name, and the beginning of its file's SHA-256."""

    arrays: dict[str, NDArray[Any]]
    digest: str


def load(name: str) -> Adapter:
    """The adapter of that name. Raises `EngineUnavailable` where it is not installed."""
    source = resources.files("oscine.engines").joinpath(f"{name}.npz")
    if not source.is_file():
        raise EngineUnavailable(f"The adapter {name} is not installed.", "Install Oscine again.")
    raw = source.read_bytes()
    with np.load(io.BytesIO(raw)) as file:
        return Adapter({key: file[key] for key in file.files}, hashlib.sha256(raw).hexdigest()[:16])
