"""What an operator chooses for a corpus. It is written into `corpus.json`, so that the same corpus can be built again."""

from __future__ import annotations

from typing import Literal

import msgspec

from oscine.errors import InputError

Policy = Literal["allow", "opt-in"]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Defaults are what suits posts of people on a public network. Raises `InputError` for what cannot be meant."""

    network: str = "local"
    policy: Policy = "allow"  # of authors who say nothing
    hidden_labels: tuple[str, ...] = ()
    unlisted: bool = False
    without: tuple[str, ...] = ()  # accounts, as ids or network/ids; not told in corpus.json
    urls: bool = False
    handles: bool = False
    numbers: bool = False  # whether numbers become ‹number›
    shortest: int = 3  # letters
    longest: int = 20_000
    toxicity: int = 1  # the highest tier kept
    quality: float = 0.0  # the least kept
    keep_duplicates: bool = False
    decontaminate: tuple[str, ...] = ()  # files
    balance: float | None = None
    hold_authors: float = 0.02
    hold_newest: float = 0.02
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("quality", "hold_authors", "hold_newest", "balance"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise InputError(f"--{name.replace('_', '-')} {value} is not between 0 and 1.", "Give a share, as .02.")
        if self.toxicity not in (0, 1, 2):
            raise InputError(f"There is no toxicity tier {self.toxicity}.", "It is 0, 1 or 2, the highest tier that is kept.")
        if not 0 <= self.shortest <= self.longest:
            raise InputError(f"No post is longer than {self.shortest} and shorter than {self.longest}.", "Give --shortest below --longest.")
