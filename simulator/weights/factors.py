"""Triangular factors of batches, A = U Q^T with Q orthonormal: continuous in A, also where its examples are collinear.

The Cholesky factor of the examples' inner products is unique and smooth wherever they are independent, and with it what
a layer does to them. Three things keep rounding from deciding anything where they are not, as on another processor:
the first example's share of each other one is subtracted before inner products are formed, so that examples that have
become alike keep the digits by which they differ; each inner product of an example with itself is raised by a `ridge`,
and a column that is nothing else fades out; and of Q, which is the examples divided by their triangle, a direction
fades out that rounding of the examples would turn by more than `_TURN`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.linalg.blas import dtrsm
from scipy.linalg.lapack import dpotrf

from simulator.scaled import Array, Floats

_TURN = 0.0001
"""How far rounding may turn a direction of Q, in radians."""

_FADE = 100.0
"""From what squared length on, in those that rounding would turn so, a direction counts wholly."""

_BLOCK = 2**14
"""Units whose inner products are formed at once in double precision."""


@dataclass(frozen=True, slots=True)
class Triangle:
    """A lower triangle L with L L^T = G for each of S networks, both (S, B, B).

    `outside` (S, B) is the squared length of each example outside the span of those before it, `floor` (S, B) what of
    it is the ridge, `share` (S, B) 0 for a column of L that is made of rounding, or of an example that is 0, and 1 for
    the others.
    """

    lower: Floats
    outside: Floats
    floor: Floats
    share: Floats

    @property
    def mixing(self) -> Floats:
        """L without the columns that do not count, (S, B, B)."""
        return self.lower * self.share[:, None, :]

    def along(self, products: Floats) -> Floats:
        """X L^-T for X (S, B', B), which is overwritten: products with A become products with Q."""
        for lower, rows in zip(self.lower, products, strict=True):
            # LAPACK counts by columns: to it these are the transposes.
            dtrsm(1.0, lower.T, rows.T, trans_a=1, overwrite_b=1)
        return products

    def spread(self, coefficients: Floats) -> Floats:
        """X L^-1 for X (S, B', B), which is overwritten: coefficients of Q's directions become those of A's rows."""
        for lower, rows in zip(self.lower, coefficients, strict=True):
            dtrsm(1.0, lower.T, rows.T, overwrite_b=1)
        return coefficients


@dataclass(frozen=True, slots=True)
class Factor:
    """A = U Q^T, with Q^T = L^-1 A' and A' the rows of A, all but the first less `alike` (S, B) times the first.

    `share` (S, B) is 1 for a direction of Q that is known, 0 for one that rounding would turn. `gram` is A A^T.
    """

    triangle: Triangle
    alike: Array
    share: Floats
    gram: Floats

    @property
    def mixing(self) -> Floats:
        """U, (S, B, B), lower triangular too."""
        mixing = self.triangle.mixing
        mixing[:, :, 0] += self.alike * mixing[:, :1, 0]
        return mixing

    def rows(self, values: Array) -> Array:
        """A' (S, B, N) of A."""
        return _apart(values, self.alike)


def factor(values: Array) -> Factor:
    """The factor of a batch of examples (S, B, N)."""
    alike = _alike(values)
    precise = _precise(_apart(values, alike))
    made, gram = triangle(precise, ridge(np.float64)), _joined(precise, alike)
    # A direction of length r turns by rounding / r.
    least = (float(np.finfo(values.dtype).eps) / _TURN) ** 2 * np.diagonal(gram, axis1=1, axis2=2)
    return Factor(made, alike, _faded(made.outside, least + 4 * made.floor, _FADE), gram)


def triangle(gram: Floats, ridge: float, size: Floats | None = None) -> Triangle:
    """The triangle of inner products (S, B, B), raised by `ridge` times `size`: their diagonal if not given."""
    batch = gram.shape[1]
    lower = gram.copy()
    diagonal = lower.reshape(len(gram), batch * batch)[:, :: batch + 1]
    floor = ridge * (diagonal if size is None else size)
    diagonal += floor
    diagonal[floor == 0] = 1.0
    for s, matrix in enumerate(lower):
        if dpotrf(matrix.T, lower=0, clean=1, overwrite_a=1)[1]:
            lower[s] = _patient(gram[s], floor[s])
    outside = np.where(floor == 0, 0.0, diagonal * diagonal)
    # Of an example that is equal to another, two ridges are left, its own and the other's.
    return Triangle(lower, outside, floor, _faded(outside, 4 * floor))


@lru_cache
def ridge(dtype: type[np.floating] | np.dtype[np.floating]) -> float:
    """The amount by which inner products of this precision are raised, relative to each example's with itself."""
    return float(float(np.finfo(dtype).eps) ** 0.75)


def inner(left: Array, right: Array) -> Floats:
    """Inner products of rows, (S, B, B), in double precision from there on."""
    return np.asarray(np.matmul(left, right.swapaxes(1, 2)), dtype=np.float64)


def _faded(outside: Floats, least: Floats, range: float = 2.0) -> Floats:
    """0 up to the `least` squared length, 1 from `range` times it on, continuous between; 0 where both are 0."""
    share = np.divide(outside, least, out=np.zeros(outside.shape), where=least > 0)
    np.minimum(np.maximum(share, 1.0, out=share), range, out=share)
    np.log(share, out=share)
    share /= math.log(range)
    return share


def _patient(gram: Floats, floor: Floats) -> Floats:
    """The triangle under a higher ridge, of inner products whose rounding exceeds it; NaN where they are no numbers."""
    if not np.isfinite(gram).all():
        return np.full_like(gram, np.nan)
    while True:
        floor = 16 * floor
        lower, failed = dpotrf((gram + np.diag(np.where(floor > 0, floor, 1.0))).T, lower=0, clean=1)
        if not failed:
            return np.asarray(lower.T)


def _alike(values: Array) -> Array:
    """Each example's share of the first, <a, a_0> / <a_0, a_0>, (S, B); 0 for the first itself."""
    shares: Array = np.matmul(values, values[:, 0, :, None])[:, :, 0]
    whole = shares[:, :1].copy()
    np.divide(shares, whole, out=shares, where=whole > 0)
    shares[:, 0] = 0
    return shares


def _apart(values: Array, alike: Array) -> Array:
    """The examples less their share of the first."""
    rows: Array = alike[:, :, None] * values[:, :1]
    np.subtract(values, rows, out=rows)
    return rows


def _precise(rows: Array) -> Floats:
    """Inner products of rows in double precision, (S, B, B)."""
    total: Floats | None = None
    for first in range(0, rows.shape[2], _BLOCK):
        block = rows[:, :, first : first + _BLOCK].astype(np.float64)
        part = np.matmul(block, block.swapaxes(1, 2))
        total = part if total is None else np.add(total, part, out=total)
    assert total is not None
    return total


def _joined(gram: Floats, alike: Array) -> Floats:
    """The inner products of examples, from those of what `_apart` makes of them."""
    across = gram[:, :, 0] + alike * (gram[:, :1, 0] / 2)
    pair = np.stack([alike, across], axis=2)
    return np.asarray(gram + np.matmul(pair, pair[:, :, ::-1].swapaxes(1, 2)))
