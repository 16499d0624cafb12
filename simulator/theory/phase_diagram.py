"""The edge of chaos, from Gaussian averages alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from simulator.activations import Activation
from simulator.gaussian import moments

_SEARCHED = np.geomspace(1e-5, 1e3, 400)
"""Variances q* between which a critical point for a given sigma_b2 is looked for."""


@dataclass(frozen=True)
class CriticalPoint:
    """A point of the edge of chaos, chi_1 = 1: its variance q* and the slope there of the variance map.

    For a homogeneous activation every variance is a fixed point; q* is then NaN.
    """

    q_star: float
    sigma_w2: float
    sigma_b2: float
    chi_parallel: float

    @property
    def stable(self) -> bool:
        """Whether a variance near q* comes back to it."""
        return self.chi_parallel < 1


def critical_point(activation: Activation, q: float) -> tuple[float, float]:
    """(sigma_w2, sigma_b2) whose fixed point q has chi_1 = 1; a negative sigma_b2 means there is none."""
    at_q = moments(activation, q)
    sigma_w2 = 1 / float(at_q.derivative_second_moment)
    return sigma_w2, q - sigma_w2 * float(at_q.second_moment)


def edge_of_chaos(activation: Activation, sigma_b2: float) -> list[CriticalPoint]:
    """The critical points for this sigma_b2 with q* in [1e-5, 1e3], by increasing q*."""
    if activation.homogeneous:
        sigma_w2, _ = critical_point(activation, 1.0)
        return [CriticalPoint(math.nan, sigma_w2, 0.0, 1.0)] if sigma_b2 == 0 else []
    at_q = moments(activation, _SEARCHED)
    sloped = at_q.derivative_second_moment > 0  # a small signal may meet no slope at all
    searched = _SEARCHED[sloped]
    above = searched - (at_q.second_moment[sloped] / at_q.derivative_second_moment[sloped]) > sigma_b2

    def excess(q: float) -> float:
        return critical_point(activation, q)[1] - sigma_b2

    points = []
    for turn in np.flatnonzero(above[1:] != above[:-1]):
        q = float(brentq(excess, searched[turn], searched[turn + 1], xtol=1e-300, rtol=1e-15))
        sigma_w2, _ = critical_point(activation, q)
        points.append(CriticalPoint(q, sigma_w2, sigma_b2, sigma_w2 * float(moments(activation, q).parallel)))
    return points


def half_stable(activation: Activation, low: float, high: float) -> CriticalPoint:
    """The critical point with q* in [low, high] where the variance map has slope 1 too (Roberts et al. 2022, 5.3.4).

    Raises ValueError where there is none.
    """

    def excess(q: float) -> float:
        at_q = moments(activation, q)
        steepness = float(at_q.derivative_second_moment)
        return float(at_q.parallel) / steepness - 1 if steepness else math.nan

    q = float(brentq(excess, low, high, xtol=1e-300, rtol=1e-15))
    return CriticalPoint(q, *critical_point(activation, q), 1.0)
