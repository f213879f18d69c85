"""Models that come in parts, because a package may not be larger: put together once, and checked."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from pathlib import Path

from oscine.errors import EngineUnavailable


def whole(target: Path, parts: Iterable[Path], sha256: str) -> Path:
    """The file that the parts make; made anew unless it is there. Raises `EngineUnavailable` where they do not make it."""
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as making:
        for part in parts:
            piece = part.read_bytes()
            digest.update(piece)
            making.write(piece)
    if digest.hexdigest() != sha256:
        Path(making.name).unlink()
        raise EngineUnavailable(
            f"The parts of {target.name} do not fit together.", "Install the extra anew: pip install --force-reinstall 'oscine[voice]'."
        )
    return Path(making.name).replace(target)
