"""How often one person may see a campaign. It counts what `Person.seen` tells and nothing else: of an unknown person, nothing can be counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from oscine.advertising import Caps


def reached(caps: Caps, shown: Sequence[datetime], at: datetime) -> bool:
    """Whether it was `shown` (the newest first) as often as it may be within the hours up to `at`."""
    most = caps.impressions
    return 0 < most <= len(shown) and shown[most - 1] > at - timedelta(hours=caps.hours)


def capped(caps: Mapping[int, Caps], seen: Mapping[int, tuple[datetime, ...]], at: datetime) -> list[int]:
    """The campaigns, of those with caps, that the person has seen as often as they may."""
    return [campaign for campaign, shown in seen.items() if campaign in caps and reached(caps[campaign], shown, at)]
