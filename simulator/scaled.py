"""Arrays with a binary exponent of their own, so that a signal of 1e-5000 is a number like any other."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Floats = NDArray[np.float64]
Exponents = NDArray[np.int64]

COMFORTABLE = 24
"""The root mean square is kept within 2**-COMFORTABLE .. 2**COMFORTABLE."""

_LOW, _HIGH = 4.0**-COMFORTABLE, 4.0**COMFORTABLE
_SQUARES_UNDERFLOW = {np.dtype(np.float64): 1e-200, np.dtype(np.float32): 1e-24}

LOG10_2 = float(np.log10(2.0))


class Scaled:
    """A batch of S networks' signals: true value = `values` * 2**`exponent`.

    `values` has shape (S, B, N), `exponent` shape (S,). Moments are pooled over batch and units and are
    those of `values`: multiply by 2**(power * exponent).
    """

    def __init__(self, values: Array, exponent: Exponents | None = None) -> None:
        self.values = values
        self.exponent = np.zeros(len(values), dtype=np.int64) if exponent is None else exponent

    @property
    def unscaled(self) -> bool:
        """Whether the values are the true ones."""
        return not any(self.exponent.tolist())

    @cached_property
    def flat(self) -> Array:
        return self.values.reshape(len(self.values), -1)

    @cached_property
    def mean(self) -> Floats:
        # Numpy sums in pairs: single precision loses no digit that a pooled mean has.
        mean: Floats = np.add.reduce(self.flat, axis=1).astype(np.float64) / self.flat.shape[1]
        return mean

    @cached_property
    def second_moment(self) -> Floats:
        moment: Floats = self.squares.sum(axis=1) / self.flat.shape[1]
        return moment

    @cached_property
    def variance(self) -> Floats:
        """The centred second moment, by a second pass where subtraction would lose digits."""
        variance = self.second_moment - self.mean**2
        for s in lost(variance, self.second_moment):
            centred = self.flat[s] - self.mean[s]
            variance[s] = np.vdot(centred, centred) / centred.size
        return variance

    @cached_property
    def gram(self) -> Floats:
        """Inner products of every pair of examples, (S, B, B), float64."""
        return np.asarray(np.matmul(self.values, self.values.swapaxes(1, 2)), dtype=np.float64)

    @cached_property
    def squares(self) -> Floats:
        """The squared Euclidean norm of each example, (S, B)."""
        if "gram" in self.__dict__:
            return np.diagonal(self.gram, axis1=1, axis2=2)
        return np.asarray(np.einsum("sbn,sbn->sb", self.values, self.values), dtype=np.float64)

    def comfortable(self) -> Scaled:
        """The same signal with its root mean square near 1, unless it is within bounds already."""
        if all(_LOW < moment < _HIGH for moment in self.second_moment.tolist()):
            return self
        shift = np.frexp(self.second_moment)[1] // 2
        for s in np.flatnonzero(self.second_moment < _SQUARES_UNDERFLOW[self.values.dtype]):
            shift[s] = np.frexp(np.max(np.abs(self.values[s])))[1]
        return self.shifted(np.where(np.abs(shift) > COMFORTABLE, shift, 0))

    def shifted(self, shift: Exponents) -> Scaled:
        """The same signal with `exponent` raised by `shift` and the values lowered to match."""
        return Scaled(shift_values(self.values, -shift), self.exponent + shift)

    def plain(self) -> Array:
        """The true values as doubles; IEEE infinities and zeros outside the double range."""
        with np.errstate(over="ignore", under="ignore"):
            return shift_values(self.values, self.exponent)


def shift_values(values: Array, shift: Exponents) -> Array:
    """`values` (S, ...) times 2**`shift` (S,); what underflows becomes 0."""
    with np.errstate(under="ignore"):
        return np.ldexp(values, shift.reshape(-1, *[1] * (values.ndim - 1)).astype(np.int32))


def add(left: Scaled, right: Scaled) -> Scaled:
    """The sum of two scaled signals whose values broadcast, at the larger one's exponent."""
    if left.unscaled and right.unscaled:
        return Scaled(left.values + right.values)
    size = [np.frexp(np.sqrt(side.second_moment))[1] for side in (left, right)]
    top = np.where(
        right.second_moment == 0,
        left.exponent,
        np.where(
            left.second_moment == 0, right.exponent, np.maximum(left.exponent + size[0], right.exponent + size[1])
        ),
    )
    return Scaled(
        shift_values(left.values, left.exponent - top) + shift_values(right.values, right.exponent - top), top
    )


def lost(difference: Floats, whole: Floats) -> list[int]:
    """The networks whose `difference` of two numbers of size `whole` has lost digits that matter."""
    return [
        s
        for s, (small, large) in enumerate(zip(difference.tolist(), whole.tolist(), strict=True))
        if small < 1e-6 * large
    ]


def log10(mantissa: Floats, exponent: Exponents) -> Floats:
    """log10 |mantissa * 2**exponent|, missing (NaN) for an exact zero."""
    size = np.abs(mantissa)
    with np.errstate(divide="ignore"):
        logs = np.log10(size) + exponent * LOG10_2
    return np.where(size > 0, logs, np.nan)


def value(mantissa: Floats, exponent: Exponents) -> Floats:
    """mantissa * 2**exponent, missing (NaN) where that leaves the range of normal doubles."""
    fraction, shift = np.frexp(mantissa)
    total = shift + exponent
    inside = (total > -1021) & (total <= 1024) | (fraction == 0)
    return np.where(inside, np.ldexp(fraction, np.where(inside, total, 0).astype(np.int32)), np.nan)
