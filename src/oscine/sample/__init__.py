"""Posts to begin with: a small public sample that comes with the package (see `README.md` beside this file)."""

from __future__ import annotations

from importlib.resources import files as resources
from pathlib import Path

FILES: tuple[str, ...] = ("tweetqa.jsonl.gz", "communities.jsonl.gz")


def files() -> list[Path]:
    """The sample's files, in the order in which to import them."""
    folder = Path(str(resources(__name__)))
    return [folder / name for name in FILES]
