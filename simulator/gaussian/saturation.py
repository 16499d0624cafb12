"""How often a normal preactivation lies in given intervals, for one example or for a whole batch at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from simulator.activations import quiet
from simulator.gaussian.panels import normal_panels

Floats = NDArray[np.float64]
Pair = tuple[float, float]

_EQUAL = 1e-28
"""1 - c below which a batch is as one example: the fraction then differs by less than 1e-13."""

_STEEP = np.arange(-8.0, 9.0)
"""Panel edges around an interval's end, in standard deviations of one example about what all share."""


@lru_cache(maxsize=4096)
def fraction_within(intervals: tuple[Pair, ...], deviation: float, mean: float = 0.0) -> float:
    """P(h in the disjoint intervals) for h ~ N(mean, deviation^2), deviation > 0."""
    return float(_mass(intervals, np.array([mean]), deviation)[0])


@quiet
def fraction_always_within(
    intervals: tuple[Pair, ...], deviation: float, one_minus_c: float, batch: int, mean: float = 0.0
) -> float:
    """P(h_b in the intervals for b = 1..batch), h_b = mean + deviation (sqrt(c) z + sqrt(1-c) e_b).

    The intervals are disjoint and increase. Negative correlations, which a large batch cannot have, count as 0.
    """
    alone = fraction_within(intervals, deviation, mean)
    if batch == 1 or one_minus_c < _EQUAL or not 0 < alone < 1:
        return alone
    if one_minus_c >= 1:
        return float(np.exp(batch * math.log(alone)))
    shared, own = deviation * math.sqrt(1 - one_minus_c), deviation * math.sqrt(one_minus_c)
    ends = np.array([end for interval in intervals for end in interval if math.isfinite(end)])
    z, weights = normal_panels(((ends[:, None] - mean - own * _STEEP) / shared).ravel(), count=16)
    centers = mean + shared * z
    inside = _mass(intervals, centers, own)
    outside = _mass(_complement(intervals), centers, own)
    # near 1 the logarithm needs the complement, near 0 the probability itself
    logs = np.where(inside > 0.5, np.log1p(-np.minimum(outside, 0.5)), np.log(np.maximum(inside, 1e-300)))
    return float(np.sum(weights * np.exp(batch * logs)))


def _mass(intervals: Sequence[Pair], centers: Floats, deviation: float) -> Floats:
    """The mass of N(center, deviation^2) on the intervals, each taken on the side where it loses no digits."""
    total = np.zeros_like(centers)
    with np.errstate(under="ignore"):
        for low, high in intervals:
            if math.isinf(low):
                total += ndtr((high - centers) / deviation)
            elif math.isinf(high):
                total += ndtr((centers - low) / deviation)
            else:
                below, above = (low - centers) / deviation, (high - centers) / deviation
                side = np.where(below > 0, -1.0, 1.0)
                total += np.abs(ndtr(side * above) - ndtr(side * below))
    return total


def _complement(intervals: Sequence[Pair]) -> list[Pair]:
    ends = [-math.inf, *(end for interval in intervals for end in interval), math.inf]
    return [(low, high) for low, high in zip(ends[::2], ends[1::2], strict=True) if low < high]
