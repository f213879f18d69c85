"""Which of a campaign's creatives stands in a place: drawn from the exact chance that it is the best, so that the log can be evaluated afterwards.

Thompson sampling on counts that fade, because tastes drift (discounted Thompson sampling, Raj & Kalyani 2017). Before anything is seen, an arm is believed
to do as its campaign does, a little better or worse by the reward model's score of its text. It knows neither place nor person, so a creative that is best in
one placement only is shown by how it does in all; and of what was shown elsewhere it is not told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.advertising import Campaign, Creative
from oscine.errors import InputError
from oscine.experiments import thompson
from oscine.experiments.thompson import Chances

Floats = NDArray[np.float64]
HOUR = 3600.0
HALF_LIFE = 14 * 24.0  # hours
EXPLORE = 0.03  # of the choices are even: no weight of another policy is above creatives / EXPLORE
BELIEF = 4.0  # clicks that the belief about an arm is worth before any is seen: that its rate differs from it by a half, as a rule
TRUST = 0.5  # of the reward model's log-odds: it picks the better of two texts in two cases of three
MOST = 0.7  # log-odds that a score can count for
NEWS = 0.02  # of the impressions, or of the clicks, after which chances are computed anew
FEW = (10.0, 1.0)  # impressions, clicks: less is no news
EXACT = 1e-3  # of the chances' integration


class Choice(NamedTuple):
    """A creative, the chance that it was drawn with, and those of all it was drawn from."""

    creative: int
    propensity: float
    chances: dict[int, float]


class Kept(NamedTuple):
    """Chances as they were computed, for these creatives."""

    ids: tuple[int, ...]
    found: Chances
    chances: dict[int, float]


class _Counts:
    """A campaign's outcomes: by creative, what was shown and clicked, faded to an hour. `news` is what came since chances were computed: 1 is enough."""

    def __init__(self) -> None:
        self.arms: dict[int, list[float]] = {}
        self.hour = 0.0
        self.news = 0.0
        self.kept: dict[tuple[int, ...], Kept] = {}

    def fade(self, hour: float, half_life: float) -> None:
        left = 0.5 ** (max(0.0, hour - self.hour) / half_life)
        for arm in self.arms.values():
            arm[0] *= left
            arm[1] *= left
        self.hour = max(hour, self.hour)

    def total(self) -> tuple[float, float]:
        arms = list(self.arms.values())  # another thread may add one
        return sum(arm[0] for arm in arms), sum(arm[1] for arm in arms)


class Arms:
    """The creatives of every campaign. `rate` is the click rate that is believed of a campaign without any."""

    def __init__(self, half_life: float = HALF_LIFE, explore: float = EXPLORE, rate: float = 0.01) -> None:
        if not (half_life > 0 and 0 <= explore <= 1 and 0 < rate < 1):
            raise InputError(
                "The choice of creatives cannot be set so.", "Give hours above 0, a share to explore and a rate between 0 and 1."
            )
        self._half_life, self._explore, self._rate = half_life, explore, rate
        self._campaigns: dict[int, _Counts] = {}

    def learn(self, campaign: int, creative: int, shown: float, clicked: float, at: datetime) -> None:
        """So many more of a creative were shown, so many more clicked, at that time; both may come in one call or in several."""
        if not (shown >= 0 and clicked >= 0 and shown + clicked < np.inf):
            raise InputError(f"{clicked} of {shown} cannot be learned.", "Give counts from 0.")
        counts = self._campaigns.setdefault(campaign, _Counts())
        counts.fade(at.timestamp() / HOUR, self._half_life)
        arm = counts.arms.setdefault(creative, [0.0, 0.0])
        arm[0] += shown
        arm[1] += clicked
        counts.news += sum(new / max(few, NEWS * all_) for new, few, all_ in zip((shown, clicked), FEW, counts.total(), strict=True))
        if counts.news >= 1:
            counts.kept, counts.news = {}, 0.0

    def chances(self, campaign: Campaign, allowed: Sequence[int] = ()) -> dict[int, float]:
        """The chance of each creative that is allowed, by its id; of each accepted one, if none is named."""
        return dict(self._kept(campaign, tuple(allowed) or tuple(one.id for one in campaign.creatives if one.accepted)).chances)

    def choose(self, campaign: Campaign, allowed: Sequence[int], rng: np.random.Generator) -> Choice:
        """One of those allowed, drawn. Raises `InputError` where none is allowed or one is not the campaign's."""
        kept = self._kept(campaign, tuple(allowed))
        arm, propensity = thompson.choose(kept.found, rng)
        return Choice(kept.ids[arm], propensity, kept.chances)

    def state(self) -> Floats:
        """What was learned, to be kept: rows of campaign, creative, shown, clicked, hour."""
        rows = [(campaign, one, *arm, counts.hour) for campaign, counts in self._campaigns.items() for one, arm in counts.arms.items()]
        return np.array(rows, dtype=np.float64).reshape(-1, 5)

    def restore(self, state: Any) -> None:
        """Take up what `state` gave."""
        self._campaigns = {}
        for campaign, creative, shown, clicked, hour in np.asarray(state, dtype=np.float64):
            counts = self._campaigns.setdefault(int(campaign), _Counts())
            counts.arms[int(creative)], counts.hour = [float(shown), float(clicked)], float(hour)

    def _kept(self, campaign: Campaign, allowed: tuple[int, ...]) -> Kept:
        counts = self._campaigns.setdefault(campaign.id, _Counts())
        kept = counts.kept.get(allowed)
        if kept is None:
            kept = counts.kept[allowed] = self._computed(campaign, allowed, counts)
        return kept

    def _computed(self, campaign: Campaign, allowed: tuple[int, ...], counts: _Counts) -> Kept:
        known = {one.id: one for one in campaign.creatives}
        if not allowed or not set(allowed) <= known.keys():
            raise InputError(f"None of campaign {campaign.id}'s creatives can be chosen.", "Name at least one of them, and no other.")
        beliefs = self._beliefs([known[one] for one in allowed], counts)
        shown, clicked = np.array([counts.arms.get(one, (0.0, 0.0)) for one in allowed]).T
        failures = np.maximum(shown - clicked, 0.0)  # a click may be known before its impression
        found = thompson.chances(
            clicked + BELIEF, failures + BELIEF * (1 / beliefs - 1), prior=(0.0, 0.0), explore=self._explore, error=EXACT
        )
        return Kept(allowed, found, dict(zip(allowed, map(float, found.values), strict=True)))

    def _beliefs(self, creatives: Sequence[Creative], counts: _Counts) -> Floats:
        """The rate that is believed of each: the campaign's so far, moved by the reward model's score beside the others'."""
        shown, clicked = counts.total()
        rate = (clicked + BELIEF) / (max(shown, clicked) + BELIEF / self._rate)
        scores = np.array([one.score for one in creatives])
        odds = rate / (1 - rate) * np.exp(np.clip(TRUST * (scores - scores.mean()), -MOST, MOST))
        beliefs: Floats = odds / (1 + odds)
        return beliefs
