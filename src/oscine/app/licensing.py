"""Licences of keys, exports and streams, as an `App` has them."""

from __future__ import annotations

from oscine.app.engines import Engines


class Licensing(Engines):
    """Licences of keys."""
