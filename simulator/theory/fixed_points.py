"""Where infinite-width signals settle: the fixed point of the variance, of the correlation, and their depth scales."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.optimize import brentq

from simulator.activations import Activation
from simulator.gaussian import moments, pair

_CRITICAL = 1e-6
"""|chi_1 - 1| below which a network counts as critical: its depth scale is then over a million layers."""

_STEP, _CHUNK = 1.12, 48
"""The search for a fixed point goes in steps of this factor, so many at a time."""

_FARTHEST = 1e100
_FIXED = 1e-14
"""Relative change of q below which it stands still."""
_NOISE = 1e-12
"""Relative change of q below which its sign is not to be trusted."""


class Phase(StrEnum):
    """The fate of two different inputs, by chi_1 at the fixed point (Poole et al. 2016)."""

    ORDERED = "ordered"
    CRITICAL = "critical"
    CHAOTIC = "chaotic"


@dataclass(frozen=True)
class FixedPoint:
    """Where variance and correlation settle for sigma_w2, sigma_b2; q* may be 0 or infinite, c* NaN if any c stays.

    `chi_1`, `chi_parallel` are slopes at q* of the correlation at c = 1 and of the variance, `chi_c` the
    slope of the correlation map at c*; `xi_q`, `xi_c` are depth scales in layers, infinite where the approach
    is slower than exponential (Schoenholz et al. 2017).
    """

    q_star: float
    chi_1: float
    chi_parallel: float
    one_minus_c_star: float
    chi_c: float

    @property
    def c_star(self) -> float:
        return 1 - self.one_minus_c_star

    @property
    def xi_q(self) -> float:
        return depth_scale(self.chi_parallel)

    @property
    def xi_c(self) -> float:
        return depth_scale(self.chi_c)

    @property
    def phase(self) -> Phase:
        if abs(self.chi_1 - 1) < _CRITICAL:
            return Phase.CRITICAL
        return Phase.ORDERED if self.chi_1 < 1 else Phase.CHAOTIC


def depth_scale(slope: float) -> float:
    """-1/ln|slope|, the number of layers over which a deviation falls to 1/e; infinite from slope 1 on."""
    if abs(slope) >= 1:
        return math.inf
    return -1 / math.log(abs(slope)) if slope else 0.0


def fixed_point(
    activation: Activation, sigma_w2: float, sigma_b2: float, start: float = 1.0, bias_mean: float = 0.0
) -> FixedPoint:
    """The fixed point that the variance reaches from `start`, and the correlation's fixed point there.

    q counts the weights' and the random biases' part, sigma_w2 E phi^2 + sigma_b2; a constant bias is `bias_mean`.
    """
    q = _variance(activation, sigma_w2, sigma_b2, start, bias_mean)
    if q == math.inf or (q == 0 and bias_mean == 0):
        left, right = activation.slopes_at_infinity if q else activation.slopes_at_zero
        slope = sigma_w2 * (left**2 + right**2) / 2
        # there the activation is homogeneous: a kink brings c to 1 by a power of depth, a straight one leaves it
        return FixedPoint(q, slope, slope, 0.0 if left != right else math.nan, 1.0)
    there = moments(activation, q, bias_mean)
    chi_1, chi_parallel = (sigma_w2 * float(slope) for slope in (there.derivative_second_moment, there.parallel))
    if activation.homogeneous and activation.odd and sigma_b2 == 0 and bias_mean == 0:
        return FixedPoint(q, chi_1, chi_parallel, math.nan, 1.0)
    if chi_1 <= 1:
        return FixedPoint(q, chi_1, chi_parallel, 0.0, chi_1)
    one_minus_c = _decorrelation(activation, sigma_w2, q, bias_mean, float(there.variance))
    return FixedPoint(
        q, chi_1, chi_parallel, one_minus_c, sigma_w2 * pair(activation, q, one_minus_c, bias_mean).slopes
    )


def _variance(activation: Activation, sigma_w2: float, sigma_b2: float, start: float, mean: float) -> float:
    def excess(q: float) -> float:
        return sigma_w2 * float(moments(activation, q, mean).second_moment) + sigma_b2 - q

    if start <= 0:
        start = sigma_w2 * float(moments(activation, 0.0, mean).second_moment) + sigma_b2
        if start == 0:
            return 0.0
    start = min(max(start, 1 / _FARTHEST), _FARTHEST)
    first = excess(start)
    if abs(first) <= _FIXED * start:
        return start
    factor = _STEP if first > 0 else 1 / _STEP
    q = start
    while 1 / _FARTHEST < q < _FARTHEST:
        trial = q * factor ** np.arange(_CHUNK + 1.0)
        change = sigma_w2 * moments(activation, trial, mean).second_moment + sigma_b2 - trial
        turned = np.flatnonzero(change * first <= 0)
        if turned.size:
            at = int(turned[0])
            if (np.abs(change[at - 1 : at + 1]) < _NOISE * trial[at - 1 : at + 1]).all():
                break  # no root but rounding, on a way that leads to 0 or infinity
            return float(brentq(excess, trial[at - 1], trial[at], xtol=1e-300, rtol=1e-15))
        q = float(trial[-1])
    return math.inf if first > 0 else 0.0


def _decorrelation(activation: Activation, sigma_w2: float, q: float, mean: float, variance: float) -> float:
    """1 - c* of a chaotic network: the root of the correlation map below c = 1."""
    if sigma_w2 * variance >= q * (1 - 1e-13):
        return 1.0

    def growth(log_delta: float) -> float:
        delta = math.exp(log_delta)
        return sigma_w2 * pair(activation, q, delta, mean).distance / (q * delta) - 1

    low = -1.0
    while growth(low) < 0:
        if low < -60:
            return 0.0
        low *= 2
    return math.exp(float(brentq(growth, low, 0.0, xtol=1e-14, rtol=1e-15)))
