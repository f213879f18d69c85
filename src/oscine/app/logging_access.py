"""The log of accesses, as an `App` has it."""

from __future__ import annotations

from oscine.app.engines import Engines


class LoggingAccess(Engines):
    """The log of accesses."""
