"""Factors of a batch: A = U Q^T with Q orthonormal, from inner products of examples, also where they are collinear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dtrtri

from simulator.scaled import Array, Floats, Scaled

_TRUST = 1e-3
"""Squared sine between an example and the span of those before it down to which one Cholesky factor serves."""

_TRUST_DOUBLE = 1e-5
"""The same in double precision: the rows are then orthonormal to 1e-11."""

_NEGLIGIBLE = 1e-14
"""Share of a batch's largest eigenvalue below which a direction is rounding, and dropped."""


@dataclass(frozen=True)
class Factor:
    """A = U Q^T and Q^T = coefficients @ rows: `mixing` U and `coefficients` (S, B, B), `rows` (S, B, N) or None for A.

    `used` (S, B) marks with 1 the columns of Q that exist; the others are zero, as are their columns of U.
    """

    mixing: Floats
    coefficients: Floats
    rows: Array | None
    used: Floats


def factor(signal: Scaled) -> Factor:
    """The factor of a batch of examples (S, B, N), by one Cholesky factor of its inner products where that serves."""
    lower = _lower(signal.gram)
    if lower is not None:
        return Factor(lower, inverse_of_lower(lower), None, np.ones(lower.shape[:2]))
    return _thorough(signal.values)


def mixing_of_gram(gram: Floats) -> Floats:
    """U alone (S, B, B), for examples with these inner products."""
    lower = _lower(gram)
    if lower is not None:
        return lower
    values, vectors = np.linalg.eigh(gram)
    return vectors * np.sqrt(np.where(_kept(values), values, 0.0))[:, None, :]


def inverse_of_lower(lower: Array) -> Floats:
    """The inverses of lower triangular matrices (S, B, B)."""
    inverse = np.zeros(lower.shape)
    for result, triangle in zip(inverse, lower, strict=True):
        # Row by row the transpose of what LAPACK, which counts by columns, would have.
        result[...] = dtrtri(triangle.T, lower=0)[0].T
    return inverse


def _lower(gram: Floats, trust: float = _TRUST) -> Floats | None:
    """The Cholesky factors of inner products, None if some examples are collinear to that degree."""
    try:
        lower = np.linalg.cholesky(gram)
    except np.linalg.LinAlgError:
        return None
    # The diagonal holds each example's length outside the span of those before it.
    outside, whole = np.diagonal(lower, axis1=1, axis2=2) ** 2, np.diagonal(gram, axis1=1, axis2=2)
    resolved = (outside > trust * whole).all()
    return np.asarray(lower, dtype=np.float64) if resolved else None


def _thorough(values: Array) -> Factor:
    """In double precision, for batches that one Cholesky factor of the inner products does not resolve."""
    batch = values.astype(np.float64)
    rows = _from_deviations(batch, 2 * float(np.finfo(values.dtype).eps))
    used = np.ones(batch.shape[:2])
    if rows is None:
        rows, used = _from_eigenvectors(batch)
    identity = np.broadcast_to(np.eye(batch.shape[1]), (len(batch), batch.shape[1], batch.shape[1]))
    return Factor(_inner(batch, rows), identity, rows.astype(values.dtype), used)


def _from_deviations(batch: Floats, rounding: float) -> Floats | None:
    """Orthonormal rows that span the batch, from its mean and the deviations from it; None where these depend.

    Examples that have become alike differ by little, and in many directions: the deviations are well conditioned
    where the examples are not.
    """
    rows = batch - batch.mean(axis=1, keepdims=True)
    rows[:, -1] = batch.mean(axis=1)  # in place of the last deviation, which the others determine
    lengths = np.sqrt(np.einsum("sbn,sbn->sb", rows, rows))
    if (lengths <= rounding * lengths.max(axis=1, keepdims=True)).any():
        return None
    rows /= lengths[:, :, None]
    lower = _lower(_inner(rows, rows), _TRUST_DOUBLE)
    return None if lower is None else np.asarray(np.matmul(inverse_of_lower(lower), rows))


def _from_eigenvectors(batch: Floats) -> tuple[Floats, Floats]:
    """Orthonormal rows that span the batch, as many as it has directions, then zeros; and which they are, (S, B)."""
    eigenvalues, vectors = np.linalg.eigh(_inner(batch, batch))
    kept = _kept(eigenvalues)
    roots = np.divide(1.0, np.sqrt(np.where(kept, eigenvalues, 1.0)), where=kept, out=np.zeros_like(eigenvalues))
    rows = np.matmul(roots[:, :, None] * vectors.swapaxes(1, 2), batch)
    # Squaring the batch lost half the digits of its smallest directions; of these rows it loses none
    # (CholeskyQR2, Fukaya et al. 2014).
    missing: Floats = np.where(kept, 0.0, 1.0)[:, :, None] * np.eye(rows.shape[1])
    rows = np.matmul(inverse_of_lower(np.linalg.cholesky(_inner(rows, rows) + missing)), rows)
    return rows, kept.astype(np.float64)


def _kept(eigenvalues: Floats) -> NDArray[np.bool_]:
    return np.asarray((eigenvalues > _NEGLIGIBLE * eigenvalues[:, -1:]) & (eigenvalues > 0))


def _inner(left: Floats, right: Floats) -> Floats:
    return np.asarray(np.matmul(left, right.swapaxes(1, 2)))
