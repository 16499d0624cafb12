"""The base of the activations: what each one says of itself, and the one rule of saturation."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from simulator.activations.flat import flat_intervals
from simulator.activations.slopes import check_slope, check_values
from simulator.activations.tails import log_or_inf
from simulator.registry import sample
from simulator.settings import Part

Array = NDArray[np.floating[Any]]
Pair = tuple[float, float]


class Activation(Part):
    """Base of the activations: `function` and `derivative` are all that a simple one must define.

    Functions take float64 or float32 arrays of any shape, return the same type, and neither warn
    nor overflow at any finite argument. At a kink `derivative` has PyTorch's value.
    """

    elsewhere: ClassVar[Mapping[str, str]] = {
        **{
            name: f"{name} is another function, and not here: @simulator.activation makes one of any function."
            for name in ("rrelu", "glu", "threshold", "sparseplus")
        },
        **{
            name: f"{name} has no largest slope: variances leave every range within a few layers, so it is not here."
            for name in ("relusquared", "exponential", "exp")
        },
        **{
            name: f"{name} makes every small signal exactly 0 within a few layers, so it is not here."
            for name in ("softshrink", "hardshrink")
        },
        "tanhshrink": "tanhshrink is h^3/3 near 0: a signal's logarithm triples per layer, so it is not here.",
        "swiglu": "swiglu has two inputs a unit, and is not here.",
    }
    foreign: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("sin", "Sin", "sine", "Sine"), "formula(expression=sin(h))"),
        **dict.fromkeys(("siren", "Siren", "SIREN"), "formula(expression=sin(30*h))"),
    }
    value_at_zero: ClassVar[float] = 0.0
    homogeneous: ClassVar[bool] = False  # phi(a h) = a phi(h) for a > 0
    rectifier: ClassVar[bool] = False  # has an inactive side, h < 0
    odd: ClassVar[bool] = False  # phi(h) - phi(0) is odd
    kinks: ClassVar[tuple[float, ...]] = ()  # where phi, phi' or phi'' jumps
    turning_points: ClassVar[tuple[float, ...]] = ()  # |phi'| is monotone between them
    accuracy: ClassVar[float] = 0.0  # of the derivative relative to its supremum, where it is not exact to rounding

    @classmethod
    def examine(cls) -> None:
        """Raise SettingError where it gives no numbers, or a derivative that is not its own."""
        made = sample(cls)
        check_values(cls.name, made.function)
        check_slope(cls.name, made.function, made.derivative, made.kinks)

    @abstractmethod
    def function(self, h: Array) -> Array:
        """phi(h)."""

    @abstractmethod
    def derivative(self, h: Array) -> Array:
        """phi'(h), precise relative to itself in the tails."""

    def evaluate(self, h: Array) -> tuple[Array, Array]:
        """phi(h) and phi'(h) together, for activations whose two share their costly part."""
        return self.function(h), self.derivative(h)

    def log_function(self, h: Array) -> tuple[Array, Array]:
        """Sign and natural logarithm of |phi(h)|, also where phi(h) underflows; (0, -inf) at its zeros."""
        value = self.function(h)
        return np.sign(value), log_or_inf(np.abs(value))

    def log_derivative(self, h: Array) -> tuple[Array, Array]:
        """Sign and natural logarithm of |phi'(h)|, also where phi'(h) underflows; (0, -inf) at its zeros."""
        value = self.derivative(h)
        return np.sign(value), log_or_inf(np.abs(value))

    def centred(self, h: Array) -> Array:
        """phi(h) - phi(0), precise relative to itself near h = 0."""
        return self.function(h)

    @property
    def slopes_at_zero(self) -> Pair:
        """The derivative just left and just right of zero."""
        slope = float(self.derivative(np.zeros(1))[0])
        return slope, slope

    @property
    def slopes_at_infinity(self) -> Pair:
        """The limits of the derivative at minus and plus infinity."""
        return 0.0, 0.0

    @property
    def torch_gain(self) -> float | None:
        """The value of PyTorch's calculate_gain, None where it has no entry."""
        return None

    @property
    def sup_derivative(self) -> float:
        """The supremum of |phi'|."""
        return _sup_derivative(self)

    def flat_intervals(self, tau: float) -> tuple[Pair, ...]:
        """Intervals (low, high), ends possibly infinite, where |phi'| < tau sup|phi'|."""
        return tuple((low, high) for low, high, _, _ in _flat_intervals(self, float(tau)))

    def saturated(self, h: Array, tau: float) -> NDArray[np.bool_]:
        """Where |phi'(h)| < tau sup|phi'|, by comparisons alone; a framework's tensor has them too."""
        intervals = _flat_intervals(self, float(tau))
        if len(intervals) == 2 and intervals[0] == (-math.inf, -intervals[1][0], False, False):
            return abs(h) > intervals[1][0]
        flat: Any = None
        for low, high, with_low, with_high in intervals:
            with np.errstate(over="ignore"):  # an end beyond single precision
                inside = h <= high if with_high else h < high
                if low > -math.inf:
                    inside = inside & (h >= low if with_low else h > low)
            flat = inside if flat is None else flat | inside
        return (h > 0) & (h < 0) if flat is None else flat


@lru_cache(maxsize=256)
def _sup_derivative(activation: Activation) -> float:
    turns = np.abs(activation.derivative(np.array([*activation.turning_points, 0.0])))
    return float(max(*turns, *map(abs, activation.slopes_at_zero), *map(abs, activation.slopes_at_infinity)))


@lru_cache(maxsize=1024)
def _flat_intervals(activation: Activation, tau: float) -> tuple[tuple[float, float, bool, bool], ...]:
    """Flat intervals, with whether each end belongs to them, which only a kink can bring about."""
    supremum = activation.sup_derivative
    if tau <= 0 or supremum == 0:
        return ()
    # at tau = 1 everything but the steepest points is flat, and rounding may not decide which those are
    threshold = math.log(supremum) + (math.log(tau) if tau < 1 else -1e-14)

    def flat(h: Array) -> NDArray[np.bool_]:
        return activation.log_derivative(h)[1] < threshold

    def closed(end: float) -> bool:
        return end in activation.kinks and bool(flat(np.array([end]))[0])

    def at_turn(end: float) -> float:
        return next((turn for turn in activation.turning_points if tau >= 1 and abs(end - turn) < 1e-6), end)

    ends = flat_intervals(flat, activation.turning_points)
    intervals = [(at_turn(low), at_turn(high)) for low, high in ends]
    return tuple((low, high, closed(low), closed(high)) for low, high in intervals)
