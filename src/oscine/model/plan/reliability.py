"""Failures: how often, how often to save for them, and what they cost in the end.

Young (1974) and Daly (2006), for failures that come by chance at a steady rate. It knows neither what is saved nor where to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# Llama Team 2024, section 3.3.4: 466 interruptions in 54 days on 16,384 GPUs, planned ones counted.
FAILURES_A_GPU_HOUR = 466 / (54 * 24 * 16_384)
# Jiang et al. 2024 (MegaScale), section 6.3: "less than 10 minutes" to find a failure and run the tests.
RESTART_SECONDS = 600.0
# Llama Team 2024, section 3.3.1: a file system of 2 TB/s sustained, for up to 16,384 GPUs.
STORAGE_A_GPU = 2e12 / 16_384


@dataclass(frozen=True)
class Reliability:
    """Seconds, and the share of all time that is not training."""

    between_failures: float
    save: float
    interval: float
    lost: float


def young(save: float, between: float) -> float:
    """Seconds of training between saves of `save` seconds that lose least, with a failure every `between` seconds (Young 1974)."""
    return math.sqrt(2 * save * between)


def daly(save: float, between: float) -> float:
    """The same of higher order, where saves are not short beside the time between failures (Daly 2006, equation 37)."""
    if save >= 2 * between:
        return between
    share = math.sqrt(save / (2 * between))
    return young(save, between) * (1 + share / 3 + share**2 / 9) - save


def lost(interval: float, save: float, between: float, restart: float) -> float:
    """The share of all time that goes into saves, repeated work and restarts (Daly 2006, equation 20)."""
    stretched = between / interval * math.exp(restart / between) * math.expm1((interval + save) / between)
    return 1 - 1 / stretched


def reliability(
    gpus: int, saved: float, rate: float = FAILURES_A_GPU_HOUR, storage: float = 0.0, restart: float = RESTART_SECONDS
) -> Reliability:
    """For checkpoints of `saved` bytes that training waits for; `storage` in bytes a second, by default Llama 3's share for as many GPUs."""
    between = 3600 / (rate * gpus)
    save = saved / (storage or STORAGE_A_GPU * gpus)
    interval = max(1.0, daly(save, between))
    return Reliability(between, save, interval, lost(interval, save, between, restart))
