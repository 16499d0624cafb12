"""The exact law of the random factor r by which one finite layer of a homogeneous activation changes the mean square.

With weights that are normal, no bias and phi(a h) = a phi(h) for a > 0, a layer of n units multiplies the mean square
by its mean-field factor times r = (1/n) sum_i phi(z_i)^2 / E phi(z)^2, z_i ~ N(0, 1), independently of all other
layers (Hanin & Nica 2020). E r = 1, so the mean never drifts; E ln r < 0, so the typical network does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

Slopes = tuple[float, float]
"""The slopes left and right of 0."""

_STEP = 0.2
_LOWEST, _HIGHEST = -46.0, 100.0
"""Where the density of -ln r, smeared by a standard Gumbel law, is cut off: 1e-20 of it lies beyond."""

_EULER = 0.57721566490153286061


@dataclass(frozen=True)
class LayerGain:
    """The law of r: `mean` and `variance` of ln r where r > 0, and `zero` = P(r = 0), every unit off."""

    mean: float
    variance: float
    zero: float


@lru_cache(maxsize=4096)
def layer_gain(slopes: Slopes, width: int) -> LayerGain:
    """The law of r for a layer of `width` units, good to 1e-11; slopes (1, 1) are those of a linear layer.

    For X = r and E ~ Exp(1), P(E > t X) = E exp(-t X) has a closed form, and ln E - ln X therefore a density that is
    analytic on the whole line: the trapezoidal rule sums its moments to rounding, and those of ln E are known.
    """
    low, high = sorted(slope * slope for slope in slopes)
    if high == 0:
        return LayerGain(math.nan, math.nan, 1.0)
    scales = 2 * np.array([low, high]) / (width * (low + high) / 2)
    reach = _HIGHEST - (math.log(low / high) if low else 0.0)
    u = np.arange(_LOWEST, reach, _STEP)
    with np.errstate(under="ignore"):
        t = np.exp(u)[:, None]
        unit = (1 + t * scales) ** -0.5
        transform = unit.mean(axis=1)  # of one unit's share
        slope = (scales * t * unit**3).mean(axis=1) / 2  # -t d/dt of it
        zero = 0.5**width if low == 0 else 0.0
        density = np.exp(np.maximum((width - 1) * np.log(transform), -700.0)) * slope * (width * _STEP / (1 - zero))
        mean = float(density @ u)
        variance = float(density @ (u - mean) ** 2)
    return LayerGain(-_EULER - mean, max(0.0, variance - math.pi**2 / 6), zero)


def kappa(slopes: Slopes) -> float:
    """E phi^4 / (E phi^2)^2: 6 for ReLU, 3 for a linear layer; E r^2 = 1 + (kappa - 1)/n."""
    left, right = slopes
    largest = max(abs(left), abs(right))
    if largest == 0:
        return math.nan
    squares = (left / largest) ** 2, (right / largest) ** 2
    return 6 * (squares[0] ** 2 + squares[1] ** 2) / (squares[0] + squares[1]) ** 2


def batch_variance(slopes: Slopes, one_minus_c: float, batch: int) -> float:
    """n Var r to first order in 1/n where r is pooled over `batch` examples of equal norm and cosine c."""
    left, right = (slope * slope for slope in slopes)
    if left + right == 0:
        return math.nan
    same, opposite = _quadrant(one_minus_c), _quadrant(2 - one_minus_c)
    shared = ((left**2 + right**2) * same + 2 * left * right * opposite) / ((left + right) / 2) ** 2 - 1
    return (kappa(slopes) - 1) / batch + (1 - 1 / batch) * shared


def _quadrant(one_minus_c: float) -> float:
    """E u^2 v^2 over u, v > 0, for standard normal u and v of correlation c (Cho & Saul 2009)."""
    apart = min(2.0, max(0.0, one_minus_c))
    c, sine = 1 - apart, math.sqrt(apart * (2 - apart))
    angle = math.atan2(sine, c)
    return (3 * sine * c + (math.pi - angle) * (1 + 2 * c * c)) / (2 * math.pi)
