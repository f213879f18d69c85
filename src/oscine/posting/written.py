"""What a person wrote, as pieces: web addresses in it are links. Names in it tell nobody; it does not look anybody up."""

from __future__ import annotations

import re

from oscine.posting.base import Piece

_LINK = re.compile(r"(https?://[^\s<>\"]*[^\s<>\".,;:!?()\[\]'»”…])")


def pieces(text: str) -> list[Piece]:
    """The pieces, which together are the text."""
    return [Piece(part, link=part if _LINK.fullmatch(part) else "") for part in _LINK.split(text) if part]
