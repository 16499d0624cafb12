"""The infinite-width recursions over layers, carried with binary exponents so that no depth is too great."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Protocol

from simulator.activations import Activation
from simulator.gaussian import arc_cosine, moments, pair
from simulator.magnitude import Magnitude, magnitude, plus, ratio, root, times

_FAR = 120
"""Variances outside 2**-_FAR .. 2**_FAR meet, to 17 digits, only an activation's slopes at zero or at infinity."""

_EQUAL = 1e-30
"""1 - c below which two preactivations differ to first order only."""

_SAME = 1e-15
"""Relative change below which a layer repeats the one before."""

_KEPT = 4096
"""Layers whose averages are kept: about 4 MB."""


@dataclass(frozen=True)
class Layer:
    """A layer for theory: phi, n_in Var W (forward), n_out Var W (backward), the biases' variance and mean.

    `dropout` is the rate in front of W, by which 1 - rate divides `backward` too.
    """

    activation: Activation
    forward: float
    backward: float
    bias_variance: float = 0.0
    bias_mean: float = 0.0
    dropout: float = 0.0


@dataclass(frozen=True)
class Stage:
    """A layer's preactivation h of mean square `q` and its activation x of mean square `p`.

    `spread` is the variance of h. The `activation` phi meets N(`drive_mean`, `drive`), which is h itself unless a norm
    or a sum comes between; `steepness` = E phi'^2 and `parallel` = d(E phi^2)/d(drive).
    """

    activation: Activation
    spread: Magnitude
    q: Magnitude
    mean: Magnitude
    variance: Magnitude
    p: Magnitude
    steepness: float
    parallel: float
    drive: Magnitude
    drive_mean: float


@dataclass
class Likeness:
    """1 - correlation of two examples by layer: of the normal parts of h, of h and of x; NaN for zero vectors."""

    normal: list[float] = field(default_factory=list)
    preactivation: list[float] = field(default_factory=list)
    activation: list[float] = field(default_factory=list)
    slopes: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Gradients:
    """E (dE/dx)^2 of layers 0..L, E (dE/dh)^2 and the mean square of what arrives at the weights' output of 1..L."""

    outer: list[Magnitude]
    inner: list[Magnitude]
    arriving: list[Magnitude]


class Passes(Protocol):
    """Theory of a network's passes, layer by layer."""

    @property
    def stages(self) -> Sequence[Stage]:
        """Moments of preactivation and activation of layers 1..L."""
        ...

    @property
    def likeness(self) -> Likeness:
        """How alike two examples are, layers 1..L."""
        ...

    @property
    def steepness(self) -> Sequence[float]:
        """The mean square slope of all but W in layers 1..L."""
        ...

    @property
    def entering(self) -> Sequence[Magnitude]:
        """The mean square of what moves the weights of layers 1..L."""
        ...

    def gradients(self, top: Magnitude) -> Gradients:
        """The way back, from `top` = E (dE/dx_L)^2."""
        ...


class Plain:
    """Layers x -> phi(W x + b), from the inputs' mean square and their 1 - correlation (Poole et al. 2016)."""

    def __init__(self, layers: Sequence[Layer], p_0: float, apart_0: float) -> None:
        self.layers = layers
        self._p_0, self._apart_0 = magnitude(p_0), apart_0

    @cached_property
    def stages(self) -> list[Stage]:
        """q, p and slopes; q_1 = n_0 Var(W) p_0 + E b^2."""
        stages: list[Stage] = []
        p = self._p_0
        for layer in self.layers:
            spread = plus(times(p, layer.forward), magnitude(layer.bias_variance))
            if stages and layer == self.layers[len(stages) - 1] and _alike(spread, stages[-1].spread):
                stages.append(stages[-1])
            else:
                stages.append(stage_at(layer.activation, spread, layer.bias_mean))
            p = stages[-1].p
        return stages

    @cached_property
    def likeness(self) -> Likeness:
        """1 - correlation of two inputs of equal norm; never formed by subtraction."""
        likeness = Likeness()
        p, apart = self._p_0, self._apart_0
        for index, (layer, stage) in enumerate(zip(self.layers, self.stages, strict=True)):
            arriving = times(p, layer.forward)
            normal = apart * ratio(arriving, stage.spread) if stage.spread[0] else 0.0
            whole = normal * ratio(stage.spread, stage.q) if stage.q[0] else math.nan
            if index and stage is self.stages[index - 1] and abs(normal - likeness.normal[-1]) <= _SAME * normal:
                apart, slopes = likeness.activation[-1], likeness.slopes[-1]
            else:
                apart, slopes = images(stage, normal)
            likeness.normal.append(normal)
            likeness.preactivation.append(whole)
            likeness.activation.append(apart)
            likeness.slopes.append(slopes)
            p = stage.p
            apart = apart if apart == apart else 0.0
        return likeness

    @property
    def steepness(self) -> list[float]:
        """E phi'^2."""
        return [stage.steepness for stage in self.stages]

    @property
    def entering(self) -> list[Magnitude]:
        """E x^2 of the layer below."""
        return [self._p_0, *(stage.p for stage in self.stages)][:-1]

    def gradients(self, top: Magnitude) -> Gradients:
        """The way back (Schoenholz et al. 2017)."""
        outer, inner = [top], []
        for layer, stage in zip(reversed(self.layers), reversed(self.stages), strict=True):
            inner.append(times(outer[-1], stage.steepness))
            outer.append(times(inner[-1], layer.backward))
        return Gradients(outer[::-1], inner[::-1], inner[::-1])


def deviation(stage: Stage) -> float:
    """The standard deviation of what the activation meets, held within 1e+-300."""
    mantissa, exponent = stage.drive
    half, odd = divmod(max(-1990, min(1990, exponent)), 2)
    return math.ldexp(math.sqrt(math.ldexp(mantissa, odd)), half)


# A network of another depth, gain of a later layer or seed meets the same variances once more.
@lru_cache(maxsize=_KEPT)
def stage_at(activation: Activation, spread: Magnitude, mean: float) -> Stage:
    """The stage of preactivations N(`mean`, `spread`)."""
    q = plus(spread, magnitude(mean * mean))
    slopes = _limit(activation, spread, mean)
    if slopes is not None:
        left, right = slopes
        square, tilt = (left * left + right * right) / 2, (right - left) / math.sqrt(2 * math.pi)
        centre = times(root(spread), tilt)
        variance, p = times(spread, square - tilt * tilt), times(spread, square)
        return Stage(activation, spread, q, centre, variance, p, square, square, spread, mean)
    there = moments(activation, _within(spread), mean)
    steepness = float(there.derivative_second_moment)
    variance = times(spread, steepness) if _far(spread) and spread[1] < 0 else magnitude(float(there.variance))
    p, first = magnitude(float(there.second_moment)), magnitude(float(there.mean))
    return Stage(activation, spread, q, first, variance, p, steepness, float(there.parallel), spread, mean)


@lru_cache(maxsize=_KEPT)
def images(stage: Stage, normal: float) -> tuple[float, float]:
    """1 - correlation of phi's values, given that of the normal parts of what it meets, and E phi'(u) phi'(v)."""
    if not stage.p[0]:
        return math.nan, stage.steepness
    activation, drive, mean = stage.activation, stage.drive, stage.drive_mean
    slopes = _limit(activation, drive, mean)
    if slopes is not None:
        both = arc_cosine(slopes, 1.0, normal)
        return both.distance / stage.steepness, both.slopes
    if normal < _EQUAL:
        return ratio(times(times(drive, normal), stage.steepness), stage.p), stage.steepness
    both = pair(activation, _within(drive), normal, mean)
    return ratio(magnitude(both.distance), stage.p), both.slopes


def _limit(activation: Activation, spread: Magnitude, mean: float) -> tuple[float, float] | None:
    """The slopes that are all a very large or very small preactivation meets; None where more is to be known."""
    if not _far(spread):
        return None
    if spread[1] > 0:
        return activation.slopes_at_infinity if any(activation.slopes_at_infinity) else None
    return activation.slopes_at_zero if mean == 0 and activation.value_at_zero == 0 else None


def _within(spread: Magnitude) -> float:
    return math.ldexp(spread[0], max(-_FAR, min(_FAR, spread[1])))


def _alike(one: Magnitude, other: Magnitude) -> bool:
    return one[1] == other[1] and abs(one[0] - other[0]) <= _SAME


def _far(number: Magnitude) -> bool:
    return number[0] != 0 and abs(number[1]) > _FAR
