"""Numbers of any size, a mantissa times a power of 2, for moments that leave the range of doubles over many layers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simulator.scaled import Exponents, Floats, value

Magnitude = tuple[float, int]
"""mantissa * 2**exponent, the mantissa 0 or of absolute value in [1/2, 1)."""

ZERO: Magnitude = (0.0, 0)
ONE: Magnitude = (0.5, 1)


def magnitude(number: float) -> Magnitude:
    """A double as mantissa and exponent."""
    return math.frexp(number)


def times(number: Magnitude, factor: float) -> Magnitude:
    """The product with a double."""
    fraction, shift = math.frexp(factor)
    mantissa, exponent = math.frexp(number[0] * fraction)
    return (mantissa, exponent + shift + number[1]) if mantissa else ZERO


def plus(left: Magnitude, right: Magnitude) -> Magnitude:
    """The sum."""
    if not left[0] or not right[0]:
        return left if left[0] else right
    small, large = sorted((left, right), key=lambda number: number[1])
    mantissa, exponent = math.frexp(large[0] + math.ldexp(small[0], max(-2000, small[1] - large[1])))
    return (mantissa, exponent + large[1]) if mantissa else ZERO


def ratio(left: Magnitude, right: Magnitude) -> float:
    """left / right as a double, right not zero; raises OverflowError where that is too large."""
    return math.ldexp(left[0] / right[0], max(-2000, left[1] - right[1]))


def root(number: Magnitude) -> Magnitude:
    """The square root of a number >= 0."""
    half, odd = divmod(number[1], 2)
    mantissa, exponent = math.frexp(math.sqrt(math.ldexp(number[0], odd)))
    return (mantissa, exponent + half) if mantissa else ZERO


def split(numbers: Sequence[Magnitude]) -> tuple[Floats, Exponents]:
    """Mantissas and exponents as arrays."""
    return np.array([number[0] for number in numbers], float), np.array([number[1] for number in numbers], np.int64)


def plain(numbers: Sequence[Magnitude]) -> Floats:
    """Doubles, NaN outside their range."""
    return value(*split(numbers))


def product(left: Magnitude, right: Magnitude) -> Magnitude:
    """The product of two."""
    mantissa, exponent = times(left, right[0])
    return (mantissa, exponent + right[1]) if mantissa else ZERO
