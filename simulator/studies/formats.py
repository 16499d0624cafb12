"""Binary floating-point formats and what a framework computes in them, one rounding an operation."""

from __future__ import annotations

from dataclasses import dataclass

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from simulator.activations import Activation
from simulator.scaled import Array

Bits = NDArray[np.unsignedinteger]


def silent() -> np.errstate:
    """A context in which infinities, zeros and NaN are answers like any other."""
    return np.errstate(all="ignore")


@dataclass(frozen=True)
class Format:
    """A format with `digits` significant bits, the hidden one included; subnormal numbers are kept (IEEE 754).

    Numbers are held in the `work` type, each of them one that the format has; an operation is done there and its
    result rounded once, as PyTorch's CPU kernels do. Shorter formats therefore sum products in single precision.
    float8_e4m3 has no infinity: what is beyond its largest number is NaN.
    """

    name: str
    kind: type[np.generic]
    work: type[np.float32] | type[np.float64]
    bits: type[np.unsignedinteger]
    digits: int

    @property
    def largest(self) -> float:
        """The largest finite number."""
        infinite = np.array([np.inf]).astype(self.kind).view(self.bits)
        return float(self.number(infinite - infinite.dtype.type(1))[0])

    @property
    def smallest_normal(self) -> float:
        """The smallest number with all its digits."""
        return float(self.number(np.array([2 ** (self.digits - 1)], self.bits))[0])

    @property
    def smallest(self) -> float:
        """The smallest number above 0, a subnormal one."""
        return float(self.number(np.ones(1, self.bits))[0])

    def round(self, values: NDArray[np.generic]) -> Array:
        """The nearest numbers of the format; infinities beyond the largest, 0 below half the smallest."""
        if self.kind is self.work:
            return values.astype(self.work, copy=False)
        with silent():
            return values.astype(self.kind).astype(self.work)

    def number(self, patterns: Bits) -> Array:
        """The numbers with these bit patterns, in the work type; of positive numbers a larger pattern is larger."""
        return patterns.astype(self.bits).view(self.kind).astype(self.work)

    def sigmoid(self, z: Array) -> Array:
        """1/(1 + exp(-z)) in the work type, rounded once: what a framework's sigmoid returns."""
        with silent():
            return self.round(1 / (1 + np.exp(-z)))

    def naive_sigmoid(self, z: Array) -> Array:
        """1/(1 + exp(-z)) with every operation rounded."""
        with silent():
            return self.round(1 / self.round(1 + self.round(np.exp(-z))))

    def tanh(self, z: Array) -> Array:
        """tanh(z) in double precision, rounded once."""
        with silent():
            return self.round(np.tanh(z.astype(np.float64)))

    def activate(self, activation: Activation, h: Array) -> Array:
        """phi(h): sigmoid and tanh as above, others as the simulator has them in the work type, rounded once."""
        with silent():
            if activation.name == "sigmoid":
                return self.sigmoid(h)
            return self.tanh(h) if activation.name == "tanh" else self.round(activation.function(h))

    def descend(self, activation: Activation, h: Array, x: Array, gradient: Array) -> Array:
        """phi'(h) * gradient, rounded once; sigmoid and tanh take phi' from the rounded x = phi(h), as frameworks do.

        Rectifiers mask: their slope of 0 makes 0 even of an infinite gradient.
        """
        with silent():
            if activation.name == "sigmoid":
                return self.round(gradient * (x * (1 - x)))
            if activation.name == "tanh":
                return self.round(gradient * (1 - x * x))
            slope = np.where(np.isnan(h), np.nan, activation.derivative(h))
            if activation.homogeneous:
                slope = np.where(np.isnan(h), activation.slopes_at_infinity[1], slope)
                return self.round(np.where(slope == 0, 0, gradient * slope).astype(self.work, copy=False))
            return self.round(gradient * slope)


FORMATS = {
    each.name: each
    for each in (
        Format("float8_e4m3", ml_dtypes.float8_e4m3fn, np.float32, np.uint8, 4),
        Format("float8_e5m2", ml_dtypes.float8_e5m2, np.float32, np.uint8, 3),
        Format("float16", np.float16, np.float32, np.uint16, 11),
        Format("bfloat16", ml_dtypes.bfloat16, np.float32, np.uint16, 8),
        Format("float32", np.float32, np.float32, np.uint32, 24),
        Format("float64", np.float64, np.float64, np.uint64, 53),
    )
}
"""Every format by name, narrowest first (float8: Micikevicius et al. 2022, here without their scaling by tensor)."""

COMPUTED = tuple(name for name, each in FORMATS.items() if each.bits is not np.uint8)
"""Those that frameworks also compute functions and losses in; of float8 they multiply matrices alone."""


def limits(activation: Activation) -> tuple[float, float]:
    """Where phi ends on the left and on the right if it flattens there; NaN where it does not, or ends at 0."""
    far = np.array([-1e4, 1e4])
    ends = activation.function(far)
    flat = [slope == 0 and end != 0 for slope, end in zip(activation.slopes_at_infinity, ends, strict=True)]
    left, right = (float(end) if still else np.nan for end, still in zip(ends, flat, strict=True))
    return left, right
