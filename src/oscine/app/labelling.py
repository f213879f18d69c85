"""Labels, as an `App` has them: by the machine in the background, by people who outrank it, appeals."""

from __future__ import annotations

from oscine.app.engines import Engines


class Labelling(Engines):
    """Labels."""
