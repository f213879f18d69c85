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
from itertools import chain
from math import exp, isfinite, log
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from oscine.ads.decision.place import Place
from oscine.advertising import Order
from oscine.errors import InputError

Floats = NDArray[np.float64]
Number = TypeVar("Number", float, Floats)
Key = tuple[str, ...]  # the kind, then its names
HOUR = 3600.0
FAR = 10.0  # logits, of what is shared and of what is a campaign's own: a rate stays above 0 and below 1
CLOSE = 1e-6  # logits: where the search for a mode ends
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
        weights = {key: self._weight(key, hour) for key in (*_shared(place), *_own(str(campaign), place.placement))}
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
        kept = self._weights.get(key)
        if kept is None:
            return Weight(centre, kind.deviation**2, hour)
        if hour <= kept.at:
            return kept
        mean, variance = _faded(kept.mean, kept.variance, 0.5 ** ((hour - kept.at) / kind.half_life), kind, centre)
        return Weight(mean, variance, hour)

    def _weights_of(self, keys: Sequence[Key], hour: float) -> tuple[Floats, Floats]:
        """The means and the variances of weights of one kind, none of them the network's."""
        kind = KINDS[keys[0][0]]
        unseen = Weight(0.0, kind.deviation**2, hour)
        found = chain.from_iterable([self._weights.get(key, unseen) for key in keys])
        means, variances, at = np.fromiter(found, np.float64, 3 * len(keys)).reshape(-1, 3).T
        return _faded(means, variances, 0.5 ** (np.maximum(hour - at, 0.0) / kind.half_life), kind, 0.0)


class Table:
    """Predictions for n campaigns, a row each, by place. A placement's rows are added up when first asked for: make a new table as often as is learned."""

    def __init__(self, rates: Rates, campaigns: Sequence[int]) -> None:
        self._rates = rates
        self._campaigns = [str(campaign) for campaign in campaigns]
        self._rows: dict[str, tuple[Floats, Floats]] = {}
        self._shared: dict[Key, Weight] = {}

    def at(self, place: Place, rows: NDArray[np.intp] | None = None) -> Rate:
        """What each row would do in that place, or each of these rows."""
        hour = place.at.timestamp() / HOUR
        shared = [self._weight(key, hour) for key in _shared(place)]
        means, variances = self._of(place.placement, hour)
        if rows is not None:
            means, variances = means[rows], variances[rows]
        odds = np.exp(means + min(max(sum(one.mean for one in shared), -FAR), FAR))
        rate = odds / (1 + odds)
        noise = rate / (1 + odds)  # rate (1 - rate)
        wide = variances + sum(one.variance for one in shared)
        return Rate(rate, noise * np.sqrt(wide / (1 + noise * wide)))  # of the Beta with that mode and curvature on the logit

    def _weight(self, key: Key, hour: float) -> Weight:
        """What is shared, as it stood when it was first asked for, kept."""
        found = self._shared.get(key)
        if found is None:
            found = self._shared[key] = self._rates._weight(key, hour)
        return found

    def _of(self, placement: str, hour: float) -> tuple[Floats, Floats]:
        """The sums of what is the rows' own there, kept."""
        found = self._rows.get(placement)
        if found is None:
            sums = np.zeros((2, len(self._campaigns)))
            for keys in zip(*[_own(campaign, placement) for campaign in self._campaigns], strict=True):
                sums += self._rates._weights_of(keys, hour)
            found = self._rows[placement] = np.clip(sums[0], -FAR, FAR), sums[1]
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


def _own(campaign: str, placement: str) -> tuple[Key, Key]:
    """What is known of a campaign there."""
    return ("campaign", campaign), ("campaign placement", campaign, placement)


def _faded(mean: Number, variance: Number, left: Number, kind: Kind, centre: float) -> tuple[Number, Number]:
    """What is left of a weight, when of what was learned only a share is: precisions are averaged, with what is believed beforehand."""
    wide = kind.deviation**2
    precision = left / variance + (1 - left) / wide
    return (left * mean / variance + (1 - left) * centre / wide) / precision, 1 / precision


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
