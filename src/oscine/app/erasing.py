"""What is held about a person, deleting it, purging it from every file, certificates, as an `App` has them."""

from __future__ import annotations

from oscine.app.engines import Engines


class Erasing(Engines):
    """What is held about a person."""
