"""How likely a click is, or a conversion after one: learned online from what happened, calibrated, with its uncertainty, and forgetting.

A Bayesian logistic regression with a Gaussian weight for each thing known (the campaign, the placement, the language …), independent of one another, as in
AdPredictor (Graepel et al. 2010), but on the logit: it is the canonical link, so an impression and its click may be learned apart, in any order. Each
outcome moves the sum of its weights to the posterior's mode, and each weight takes its share by its variance; on the scale of logits a Beta's mode is its
mean, so that what is predicted agrees with what happens. What was learned fades by half-lives, back to what is believed before anything is seen.

It knows nothing of a person, of creatives (`choice.py` does) or of money, and sees no two things together but those named in `KINDS`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from math import exp, isfinite, log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.ads.decision.place import Place
from oscine.advertising import Order
from oscine.errors import InputError

Floats = NDArray[np.float64]
Key = tuple[str, ...]  # the kind, then its names
HOUR = 3600.0
FAR = 10.0  # logits, of what is shared and of what is a campaign's own: a rate stays above 0 and below 1
CLOSE = 1e-9  # logits: where the search for a mode ends
FADED = 0.99  # of the variance of what was never seen: a weight this wide is dropped


class Kind(NamedTuple):
    """A kind of weight: its deviation in logits before anything is seen, and in how many hours half of what was learned fades."""

    deviation: float
    half_life: float


KINDS = {
    "network": Kind(1.0, 28 * 24.0),
    "placement": Kind(0.7, 14 * 24.0),
    "lang": Kind(0.3, 14 * 24.0),
    "placement lang": Kind(0.2, 14 * 24.0),
    "hour": Kind(0.2, 14 * 24.0),
    "topic": Kind(0.1, 14 * 24.0),
    "campaign": Kind(0.7, 7 * 24.0),
    "campaign placement": Kind(0.3, 7 * 24.0),
}


class Rate(NamedTuple):
    """What is predicted for each of n orders: the mean, above 0 and below 1, and the standard deviation around it."""

    mean: Floats
    spread: Floats


class Weight(NamedTuple):
    """A Gaussian in logits, as it was at an hour (of the epoch)."""

    mean: float
    variance: float
    at: float


class Rates:
    """What is known of clicks, or of conversions after a click. `prior` is the rate that is believed of a new network."""

    def __init__(self, prior: float = 0.01) -> None:
        if not 0 < prior < 1:
            raise InputError(f"A rate of {prior} cannot be believed beforehand.", "Give a number between 0 and 1.")
        self.prior = prior
        self._start = log(prior / (1 - prior))
        self._weights: dict[Key, Weight] = {}

    def learn(self, campaign: int, place: Place, shown: float = 1.0, clicked: float = 0.0) -> None:
        """So many more were shown there, so many more clicked; both may come in one call or in several.

        For conversions, `shown` are the clicks. Raises `InputError` where a count is below 0 or no number.
        """
        if not (isfinite(shown) and isfinite(clicked) and shown >= 0 and clicked >= 0):
            raise InputError(f"{clicked} of {shown} cannot be learned.", "Give counts from 0.")
        hour = place.at.timestamp() / HOUR
        weights = {key: self._weight(key, hour) for key in (*_shared(place), *_own(campaign, place.placement))}
        before, variance = sum(one.mean for one in weights.values()), sum(one.variance for one in weights.values())
        mode = _mode(before, variance, shown, clicked)
        rate = _sigmoid(mode)
        told = shown * rate * (1 - rate)  # information on the sum
        for key, one in weights.items():
            share = one.variance / variance
            shrunk = one.variance * (1 - share * variance * told / (1 + variance * told))
            self._weights[key] = Weight(one.mean + share * (mode - before), shrunk, one.at)

    def table(self, orders: Sequence[Order]) -> Table:
        """The predictions of these orders, in their rows."""
        return Table(self, [order.campaign.id for order in orders])

    def state(self, at: datetime) -> dict[str, Any]:
        """What was learned, as arrays to be kept; what has faded by then is forgotten here and left out."""
        hour = at.timestamp() / HOUR
        self._weights = {
            key: one for key, one in self._weights.items() if self._weight(key, hour).variance < FADED * KINDS[key[0]].deviation ** 2
        }
        numbers = np.array(list(self._weights.values()), dtype=np.float64).reshape(-1, 3)
        return {"keys": np.array([json.dumps(key) for key in self._weights], dtype=np.str_), "weights": numbers}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what `state` gave; what is of a kind that is no longer known is left out."""
        keys = [tuple(json.loads(str(key))) for key in state["keys"]]
        self._weights = {
            key: Weight(*map(float, row)) for key, row in zip(keys, np.asarray(state["weights"]), strict=True) if key[0] in KINDS
        }

    def _weight(self, key: Key, hour: float) -> Weight:
        """A weight as it stands at an hour: nearer to what is believed beforehand, the longer ago it was."""
        kind, centre = KINDS[key[0]], self._start if key[0] == "network" else 0.0
        wide = kind.deviation**2
        kept = self._weights.get(key)
        if kept is None:
            return Weight(centre, wide, hour)
        if hour <= kept.at:
            return kept
        left = 0.5 ** ((hour - kept.at) / kind.half_life)
        precision = left / kept.variance + (1 - left) / wide
        return Weight((left * kept.mean / kept.variance + (1 - left) * centre / wide) / precision, 1 / precision, hour)

    def _sum(self, keys: Iterator[Key], hour: float) -> tuple[float, float]:
        """The mean and the variance of these together."""
        weights = [self._weight(key, hour) for key in keys]
        return sum(one.mean for one in weights), sum(one.variance for one in weights)


class Table:
    """Predictions for n campaigns, a row each, by place. A placement's rows are added up when first asked for: make a new table as often as is learned."""

    def __init__(self, rates: Rates, campaigns: Sequence[int]) -> None:
        self._rates = rates
        self._campaigns = tuple(campaigns)
        self._rows: dict[str, tuple[Floats, Floats]] = {}

    def at(self, place: Place) -> Rate:
        """What each row would do in that place."""
        hour = place.at.timestamp() / HOUR
        mean, variance = self._rates._sum(_shared(place), hour)
        means, variances = self._of(place.placement, hour)
        odds = np.exp(means + min(max(mean, -FAR), FAR))
        rate = odds / (1 + odds)
        noise = rate / (1 + odds)  # rate (1 - rate)
        wide = variances + variance
        return Rate(rate, noise * np.sqrt(wide / (1 + noise * wide)))  # of the Beta with that mode and curvature on the logit

    def _of(self, placement: str, hour: float) -> tuple[Floats, Floats]:
        found = self._rows.get(placement)
        if found is None:
            both = np.array([self._rates._sum(_own(campaign, placement), hour) for campaign in self._campaigns]).reshape(-1, 2)
            found = self._rows[placement] = np.clip(both[:, 0], -FAR, FAR), both[:, 1].copy()
        return found


def _shared(place: Place) -> Iterator[Key]:
    """What is known of a place, whatever stands in it."""
    yield ("network",)
    yield "placement", place.placement
    yield "lang", place.lang
    yield "placement lang", place.placement, place.lang
    yield "hour", str(place.at.hour)
    for topic in place.topics:
        yield "topic", topic


def _own(campaign: int, placement: str) -> Iterator[Key]:
    """What is known of a campaign there."""
    yield "campaign", str(campaign)
    yield "campaign placement", str(campaign), placement


def _mode(before: float, variance: float, shown: float, clicked: float) -> float:
    """Where clicked x - shown log(1 + e^x) - (x - before)^2 / 2 variance is highest: Newton's steps, held within the bracket where it must lie."""
    low, high = before - variance * shown, before + variance * clicked
    found = min(max(before, low), high)
    while high - low > CLOSE:
        rate = _sigmoid(found)
        slope = clicked - shown * rate - (found - before) / variance
        low, high = (found, high) if slope > 0 else (low, found)
        step = found + slope / (shown * rate * (1 - rate) + 1 / variance)
        if abs(step - found) < CLOSE:
            return step
        found = step if low < step < high else (low + high) / 2
    return found


def _sigmoid(logit: float) -> float:
    return 1 / (1 + exp(-logit)) if logit > -700 else 0.0
