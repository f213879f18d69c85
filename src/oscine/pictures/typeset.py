"""Typst at work in a folder of its own: a layout's boxes told, its pixels drawn. All text goes in as data, never as markup.

It knows nothing of what a layout means, and Typst is given no folder but its own.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oscine.pictures import fonts

if TYPE_CHECKING:
    from PIL.Image import Image

LAYOUTS = resources.files("oscine.pictures") / "layouts"


@cache
def _faces() -> Any:
    import typst

    folders = sorted({str(path.parent) for paths in fonts.files().values() for path in paths})
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


class Page:
    """One picture's folder with its layouts and files."""

    def __init__(self, folder: Path) -> None:
        for file in LAYOUTS.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        self.folder = folder

    def put(self, name: str, data: bytes) -> None:
        """A file that the layout draws."""
        (self.folder / name).write_bytes(data)

    def told(self, data: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
        """What the layout tells of itself, by kind: `text` and `photo` boxes, `refused` where the words do not fit."""
        found: dict[str, list[dict[str, Any]]] = {"text": [], "photo": [], "refused": []}
        for value in json.loads(self._typst(data).query("metadata", field="value")):
            found[value.pop("told")].append(value)
        return found

    def layer(self, data: Mapping[str, Any], name: str) -> Image:
        """The `art`, or the `words` alone on nothing, one pixel a point."""
        from PIL import Image as Pillow

        return Pillow.open(io.BytesIO(self._typst({**data, "layer": name}).compile(format="png", ppi=72)))

    def _typst(self, data: Mapping[str, Any]) -> Any:
        import typst

        inputs = {"data": json.dumps({"layer": "art", **data})}
        return typst.Compiler(input=self.folder / "main.typ", root=self.folder, font_paths=_faces(), sys_inputs=inputs)
