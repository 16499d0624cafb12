"""The infinite-width recursions over layers, carried with binary exponents so that no depth is too great."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from simulator.activations import Activation
from simulator.gaussian import arc_cosine, moments, pair
from simulator.scaled import Exponents, Floats, value

Scaled = tuple[float, int]
"""A number mantissa * 2**exponent, of any size."""

ZERO: Scaled = (0.0, 0)

_FAR = 120
"""Variances outside 2**-_FAR .. 2**_FAR meet, to 17 digits, only an activation's slopes at zero or at infinity."""

_EQUAL = 1e-30
"""1 - c below which two preactivations differ to first order only."""

_SAME = 1e-15
"""Relative change below which a layer repeats the one before."""


@dataclass(frozen=True)
class Layer:
    """What theory asks of a layer: n_in Var W (forward), n_out Var W (backward), the biases' mean and variance.

    `activation` is its own where that is not the one of all the others.
    """

    forward: float
    backward: float
    bias_variance: float = 0.0
    bias_mean: float = 0.0
    activation: Activation | None = None


@dataclass(frozen=True)
class Stage:
    """A layer's preactivation h ~ N(bias mean, `spread`) and its activation x = phi(h).

    `q` = E h^2, `p` = E x^2, `steepness` = E phi'^2 and `parallel` = d(E phi^2)/d(spread). `drive` and
    `drive_mean` are variance and mean of what phi meets where that is not h itself.
    """

    spread: Scaled
    q: Scaled
    mean: Scaled
    variance: Scaled
    p: Scaled
    steepness: float
    parallel: float
    drive: Scaled | None = None
    drive_mean: float = 0.0


@dataclass
class Likeness:
    """1 - correlation of two examples by layer: of the normal parts of h, of h and of x; NaN for zero vectors."""

    normal: list[float] = field(default_factory=list)
    preactivation: list[float] = field(default_factory=list)
    activation: list[float] = field(default_factory=list)
    slopes: list[float] = field(default_factory=list)


def forward(activation: Activation, layers: Sequence[Layer], p_0: float) -> list[Stage]:
    """q, p and slopes layer by layer, layer 1 first (Poole et al. 2016); q_1 = n_0 Var(W) p_0 + E b^2."""
    stages: list[Stage] = []
    p = scaled(p_0)
    for layer in layers:
        spread = plus(times(p, layer.forward), scaled(layer.bias_variance))
        if stages and layer == layers[len(stages) - 1] and _alike(spread, stages[-1].spread):
            stages.append(stages[-1])
        else:
            stages.append(stage_at(layer.activation or activation, spread, layer.bias_mean))
        p = stages[-1].p
    return stages


def backward(layers: Sequence[Layer], stages: Sequence[Stage], top: Scaled) -> tuple[list[Scaled], list[Scaled]]:
    """E (dE/dx)^2 of layers 0..L and E (dE/dh)^2 of 1..L, from `top` = E (dE/dx_L)^2 (Schoenholz et al. 2017)."""
    outer, inner = [top], []
    for layer, stage in zip(reversed(layers), reversed(stages), strict=True):
        inner.append(times(outer[-1], stage.steepness))
        outer.append(times(inner[-1], layer.backward))
    return outer[::-1], inner[::-1]


def likeness(
    activation: Activation, layers: Sequence[Layer], stages: Sequence[Stage], p_0: float, one_minus_c: float
) -> Likeness:
    """1 - correlation layer by layer for two inputs of equal norm, from 1 - c_0; never formed by subtraction."""
    found = Likeness()
    p, apart = scaled(p_0), one_minus_c
    for index, (layer, stage) in enumerate(zip(layers, stages, strict=True)):
        arriving = times(p, layer.forward)
        normal = apart * ratio(arriving, stage.spread) if stage.spread[0] else 0.0
        whole = normal * ratio(stage.spread, stage.q) if stage.q[0] else math.nan
        if index and stage is stages[index - 1] and abs(normal - found.normal[-1]) <= _SAME * normal:
            apart, slopes = found.activation[-1], found.slopes[-1]
        else:
            apart, slopes = images(layer.activation or activation, stage, layer.bias_mean, normal)
        found.normal.append(normal)
        found.preactivation.append(whole)
        found.activation.append(apart)
        found.slopes.append(slopes)
        p = stage.p
        apart = apart if apart == apart else 0.0
    return found


def deviation(stage: Stage) -> float:
    """The standard deviation of h, held within 1e+-300."""
    mantissa, exponent = stage.drive or stage.spread
    half, odd = divmod(max(-1990, min(1990, exponent)), 2)
    return math.ldexp(math.sqrt(math.ldexp(mantissa, odd)), half)


def stage_at(activation: Activation, spread: Scaled, mean: float) -> Stage:
    """The stage of preactivations N(`mean`, `spread`)."""
    q = plus(spread, scaled(mean * mean))
    slopes = _limit(activation, spread, mean)
    if slopes is not None:
        left, right = slopes
        square, tilt = (left * left + right * right) / 2, (right - left) / math.sqrt(2 * math.pi)
        centre = times(root(spread), tilt)
        return Stage(spread, q, centre, times(spread, square - tilt * tilt), times(spread, square), square, square)
    there = moments(activation, _within(spread), mean)
    steepness = float(there.derivative_second_moment)
    variance = times(spread, steepness) if _far(spread) and spread[1] < 0 else scaled(float(there.variance))
    p, first = scaled(float(there.second_moment)), scaled(float(there.mean))
    return Stage(spread, q, first, variance, p, steepness, float(there.parallel))


def images(activation: Activation, stage: Stage, mean: float, normal: float) -> tuple[float, float]:
    """1 - correlation of x, given that of h's normal parts, and E phi'(u) phi'(v)."""
    if not stage.p[0]:
        return math.nan, stage.steepness
    slopes = _limit(activation, stage.spread, mean)
    if slopes is not None:
        both = arc_cosine(slopes, 1.0, normal)
        return both.distance / stage.steepness, both.slopes
    if normal < _EQUAL:
        return ratio(times(times(stage.spread, normal), stage.steepness), stage.p), stage.steepness
    both = pair(activation, _within(stage.spread), normal, mean)
    return ratio(scaled(both.distance), stage.p), both.slopes


def _limit(activation: Activation, spread: Scaled, mean: float) -> tuple[float, float] | None:
    """The slopes that are all a very large or very small preactivation meets; None where more is to be known."""
    if not _far(spread):
        return None
    if spread[1] > 0:
        return activation.slopes_at_infinity if any(activation.slopes_at_infinity) else None
    return activation.slopes_at_zero if mean == 0 and activation.value_at_zero == 0 else None


def _within(spread: Scaled) -> float:
    return math.ldexp(spread[0], max(-_FAR, min(_FAR, spread[1])))


def _alike(one: Scaled, other: Scaled) -> bool:
    return one[1] == other[1] and abs(one[0] - other[0]) <= _SAME


def _far(number: Scaled) -> bool:
    return number[0] != 0 and abs(number[1]) > _FAR


def scaled(number: float) -> Scaled:
    """A double as mantissa and exponent."""
    return math.frexp(number)


def times(number: Scaled, factor: float) -> Scaled:
    """The product with a double."""
    fraction, shift = math.frexp(factor)
    mantissa, exponent = math.frexp(number[0] * fraction)
    return (mantissa, exponent + shift + number[1]) if mantissa else ZERO


def plus(left: Scaled, right: Scaled) -> Scaled:
    """The sum."""
    if not left[0] or not right[0]:
        return left if left[0] else right
    small, large = sorted((left, right), key=lambda number: number[1])
    mantissa, exponent = math.frexp(large[0] + math.ldexp(small[0], max(-2000, small[1] - large[1])))
    return (mantissa, exponent + large[1]) if mantissa else ZERO


def ratio(left: Scaled, right: Scaled) -> float:
    """left / right as a double, right not zero; raises OverflowError where that is too large."""
    return math.ldexp(left[0] / right[0], max(-2000, left[1] - right[1]))


def root(number: Scaled) -> Scaled:
    """The square root of a number >= 0."""
    half, odd = divmod(number[1], 2)
    mantissa, exponent = math.frexp(math.sqrt(math.ldexp(number[0], odd)))
    return (mantissa, exponent + half) if mantissa else ZERO


def split(numbers: Sequence[Scaled]) -> tuple[Floats, Exponents]:
    """Mantissas and exponents as arrays."""
    return np.array([number[0] for number in numbers], float), np.array([number[1] for number in numbers], np.int64)


def plain(numbers: Sequence[Scaled]) -> Floats:
    """Doubles, NaN outside their range."""
    return value(*split(numbers))


def product(left: Scaled, right: Scaled) -> Scaled:
    """The product of two."""
    mantissa, exponent = times(left, right[0])
    return (mantissa, exponent + right[1]) if mantissa else (mantissa, 0)
