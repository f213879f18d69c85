"""What is made for people to use, as an `App` has it: drafts, pictures, ads."""

from __future__ import annotations

from functools import cached_property

from oscine.app.engines import Engines
from oscine.create.drafts import Drafts
from oscine.records import ANONYMOUS


class Making(Engines):
    """What writes and draws."""

    @cached_property
    def drafts(self) -> Drafts:
        """Drafts of posts by the model in use."""
        return Drafts(lambda: self.language_model[0], self.view(ANONYMOUS), bool(self.settings.watermark))
