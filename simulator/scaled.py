"""Arrays with a binary exponent of their own, so that a signal of 1e-5000 is a number like any other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Floats = NDArray[np.float64]
Exponents = NDArray[np.int64]

MOST_OCTAVES = 24
"""The root mean square is kept within 2**-MOST_OCTAVES .. 2**MOST_OCTAVES."""

_LOW, _HIGH = 4.0**-MOST_OCTAVES, 4.0**MOST_OCTAVES

FAINT = {np.dtype(np.float64): 1e-200, np.dtype(np.float32): 1e-24}
"""A mean square below which the squares of single values may have underflowed."""

_FURTHEST = 2**14
"""A power of two that takes every double out of its range."""

_CLEARLY_APART = 1e-4
"""A difference between examples, relative to what they have in common, from which on it is a difference of sums: their
sums in single precision have it to about 1e-7 / _CLEARLY_APART, which is far less than it varies between networks.
"""

LOG10_2 = float(np.log10(2.0))


class Scaled:
    """A batch of S networks' signals: true value = `values` * 2**`exponent`.

    `values` has shape (S, B, N), `exponent` shape (S,). Moments are pooled over batch and units and are
    those of `values`: multiply by 2**(power * exponent). What is done to one network depends on no other.
    """

    # Every layer has a dozen of these: a cache of plain attributes costs a fifth of what cached properties do.
    __slots__ = ("_gram", "_mean", "_second_moment", "_squares", "_sums", "_variance", "exponent", "values")

    def __init__(self, values: Array, exponent: Exponents | None = None) -> None:
        self.values = values
        self.exponent = np.zeros(len(values), dtype=np.int64) if exponent is None else exponent
        self._gram: Floats | None = None
        self._mean: Floats | None = None
        self._second_moment: Floats | None = None
        self._squares: Floats | None = None
        self._sums: Floats | None = None
        self._variance: Floats | None = None

    @classmethod
    def of(cls, values: Floats, dtype: type[np.floating]) -> Scaled:
        """Numbers of any size in an array of `dtype`, which may have a narrower range than theirs."""
        if dtype is np.float64:
            return cls(values)
        near = cls(values).rescaled()
        return cls(near.values.astype(dtype), near.exponent)

    @property
    def unscaled(self) -> bool:
        """Whether the values are the true ones."""
        return not any(self.exponent.tolist())

    @property
    def flat(self) -> Array:
        return self.values.reshape(len(self.values), -1)

    @property
    def mean(self) -> Floats:
        if self._mean is None:
            self._mean = np.add.reduce(self.sums, axis=1) / (self.values.shape[1] * self.values.shape[2])
        return self._mean

    @property
    def sums(self) -> Floats:
        """The sum over units of each example, (S, B)."""
        if self._sums is None:
            # Numpy sums in pairs: single precision loses no digit that a pooled mean has.
            self._sums = np.add.reduce(self.values, axis=2).astype(np.float64, copy=False)
        return self._sums

    @property
    def second_moment(self) -> Floats:
        if self._second_moment is None:
            self._second_moment = np.add.reduce(self.squares, axis=1) / (self.values.shape[1] * self.values.shape[2])
        return self._second_moment

    @property
    def variance(self) -> Floats:
        """The centred second moment, by a second pass where subtraction would lose digits."""
        if self._variance is None:
            self._variance = self.second_moment - self.mean**2
            for s in lost(self._variance, self.second_moment):
                centred = self.flat[s] - self.mean[s]
                self._variance[s] = np.vdot(centred, centred) / centred.size
        return self._variance

    @property
    def between_variance(self) -> Floats:
        """The variance over examples of each unit, averaged over units."""
        batch, width = self.values.shape[1:]
        ones = np.ones((1, batch), dtype=self.values.dtype)
        means = np.matmul(ones, self.values)[:, 0].astype(np.float64, copy=False) / batch
        variance = self.second_moment - np.vecdot(means, means) / width
        for s in lost(variance, self.second_moment, _CLEARLY_APART):
            apart = self.values[s] - means[s].astype(self.values.dtype)
            apart -= np.matmul(ones, apart) / apart.dtype.type(batch)  # what rounding left of the means
            variance[s] = np.vdot(apart, apart) / apart.size
        return np.asarray(variance)

    @property
    def gram(self) -> Floats:
        """Inner products of every pair of examples, (S, B, B), float64."""
        if self._gram is None:
            precise = self.values.astype(np.float64, copy=False)
            self._gram = np.matmul(precise, precise.swapaxes(1, 2))
        return self._gram

    @gram.setter
    def gram(self, known: Floats) -> None:
        self._gram = known

    @property
    def squares(self) -> Floats:
        """The squared Euclidean norm of each example, (S, B)."""
        if self._squares is None:
            if self._gram is None:
                with np.errstate(under="ignore"):
                    self._squares = np.vecdot(self.values, self.values).astype(np.float64, copy=False)
            else:
                self._squares = np.diagonal(self._gram, axis1=1, axis2=2)
        return self._squares

    def rescaled(self) -> Scaled:
        """The same signal with its root mean square near 1, unless it is within bounds already."""
        for moment in self.second_moment.tolist():
            if not _LOW < moment < _HIGH:
                size = self._size()
                return self.shifted(np.where(np.abs(size) > MOST_OCTAVES, size, 0))
        return self

    def shifted(self, shift: Exponents) -> Scaled:
        """The same signal with `exponent` raised by `shift` and the values lowered to match."""
        return Scaled(shift_values(self.values, -shift), self.exponent + shift)

    def plain(self) -> Array:
        """The true values as doubles; IEEE infinities and zeros outside the double range."""
        with np.errstate(over="ignore", under="ignore"):
            return shift_values(self.values, self.exponent)

    def _size(self) -> Exponents:
        """The binary exponent of each network's root mean square, 0 where that is 0 or no number."""
        moment = self.second_moment
        size = np.where(np.isfinite(moment), np.frexp(moment)[1] // 2, 0).astype(np.int64)
        for s in np.flatnonzero(moment < FAINT[self.values.dtype]):
            size[s] = np.frexp(np.max(np.abs(self.values[s])))[1]
        return size


def shift_values(values: Array, shift: Exponents) -> Array:
    """`values` (S, ...) times 2**`shift` (S,); what underflows becomes 0."""
    steps = np.clip(shift, -_FURTHEST, _FURTHEST).astype(np.int32)
    with np.errstate(under="ignore"):
        return np.ldexp(values, steps.reshape(-1, *[1] * (values.ndim - 1)))


def add(left: Scaled, right: Scaled) -> Scaled:
    """The sum of two scaled signals whose values broadcast, at the larger one's exponent."""
    if left.unscaled and right.unscaled:
        return Scaled(left.values + right.values)
    tops = [side.exponent + np.frexp(np.sqrt(side.second_moment))[1] for side in (left, right)]
    top = np.where(
        right.second_moment == 0, left.exponent, np.where(left.second_moment == 0, right.exponent, np.maximum(*tops))
    )
    # Two unscaled signals stay unscaled beside any others.
    top = np.where((left.exponent == 0) & (right.exponent == 0), 0, top)
    return Scaled(
        shift_values(left.values, left.exponent - top) + shift_values(right.values, right.exponent - top), top
    )


def lost(difference: Floats, whole: Floats, least: float = 1e-6) -> list[int]:
    """The networks whose `difference` of two numbers of size `whole` has lost digits that matter."""
    return [
        s
        for s, (small, large) in enumerate(zip(difference.tolist(), whole.tolist(), strict=True))
        if small < least * large
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
