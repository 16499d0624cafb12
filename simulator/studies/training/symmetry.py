"""How many directions and how many different units a layer has: what symmetric weights never gain."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Counts = NDArray[np.int64]

LEAST_SINGULAR = 1e-4
"""Singular values below this part of the largest count as 0: rounding in single precision is far below."""

LEAST_DISTANCE = 2e-3
"""Rows closer than this part of the longest count as one unit.

A processor may round the products of equal units differently, and Adam divides by that rounding's own size: in an
epoch of single precision equal units came 6e-4 apart, those of random weights no nearer than 3e-3.
"""


def ranks(matrices: Array) -> Counts:
    """The numerical rank of each of (K, m, n) matrices; 0 for zeros, -1 where an entry is no number."""
    known = np.array([np.isfinite(matrix).all() for matrix in matrices])
    values = np.where(known[:, None, None], matrices, 0.0)
    largest = np.abs(values).max(axis=(1, 2), keepdims=True)
    values = values / np.where(largest > 0, largest, 1.0)
    singular = np.linalg.svd(values, compute_uv=False)
    counts = np.count_nonzero(singular > LEAST_SINGULAR * np.maximum(singular[:, :1], 1e-30), axis=1)
    return np.where(known, counts, -1)


def different_rows(matrices: Array) -> Counts:
    """How many different rows each of (K, m, n) matrices has; -1 where an entry is no number."""
    return np.array([_different(matrix) for matrix in matrices], dtype=np.int64)


def _different(matrix: Array) -> int:
    if not np.isfinite(matrix).all():
        return -1
    rows = matrix.astype(np.float64)
    rows /= max(float(np.abs(rows).max()), 1e-300)
    squares = np.einsum("ij,ij->i", rows, rows)
    apart = squares[:, None] + squares - 2 * rows @ rows.T
    same = apart <= LEAST_DISTANCE**2 * max(float(squares.max()), 1e-300)
    # A row counts unless an earlier one equals it.
    return int(np.count_nonzero(~np.tril(same, -1).any(axis=1)))
