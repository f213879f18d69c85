"""What the software publishes about itself, and its incidents, as an `App` has them."""

from __future__ import annotations

from oscine.app.engines import Engines


class Reporting(Engines):
    """What the software publishes about itself."""
