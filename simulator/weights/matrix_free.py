"""Gaussian and Haar-orthogonal layers that are never formed: a pass costs O(B^2 N) time and O(B N) memory.

A layer's matrix W acts on two batches only, forward on A (B x fan_in) and backward on D (B x fan_out), so both
products can be drawn from their exact joint law at any width (principle of deferred decisions: Lu 2021; the
same conditioning in Bolthausen 2014 and Yang 2019). With A = U Q^T, Q orthonormal,

    A W^T = s U M^T                                  M = W Q / s
    D W   = s (D M) Q^T + s D W~ (I - Q Q^T)         W~ / s a fresh copy that has not acted on Q

Gaussian W of variance s^2: M and the fresh part have independent normal entries. Orthogonal W = s O: both are
uniformly random frames, the second one orthogonal to the first.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.scaled import Array, Floats, Scaled
from simulator.weights.factors import Factor, factor, inverse_of_lower, mixing_of_gram


class MatrixFree:
    """A Gaussian layer of standard deviation s for S networks, known only by what it did.

    `draw_forward()` and `draw_backward()` give standard normals of shapes (S, B, fan_out) and (S, B, fan_in).
    """

    def __init__(
        self,
        draw_forward: Callable[[], Array],
        draw_backward: Callable[[], Array],
        *,
        deviation: float,
        bias: Array | None,
        retain: bool = True,
    ) -> None:
        self.bias, self.reapply = bias, None if retain else self._product
        self._draw_forward, self._draw_backward, self._deviation = draw_forward, draw_backward, deviation
        self._factor: Factor | None = None
        self._image: Array | None = None

    def apply(self, signal: Scaled) -> Array:
        """(S, B, fan_in) -> (S, B, fan_out): every row a becomes W a."""
        self._factor = factor(signal)
        self._image = self._reveal(self._draw_forward(), self._factor.used)
        return self._product()

    def _product(self) -> Array:
        assert self._factor is not None and self._image is not None
        mixing = (self._deviation * self._factor.mixing).astype(self._image.dtype)
        product: Array = np.matmul(mixing, self._image)
        return product

    def apply_transpose(self, upstream: Scaled, signal: Scaled) -> Array:
        """(S, B, fan_out) -> (S, B, fan_in): every row d becomes W^T d; called once, `signal` as in `apply`."""
        known, image = self._factor, self._image
        assert known is not None and image is not None
        self._factor = self._image = None
        rows = signal.values if known.rows is None else known.rows
        fresh = self._draw_backward()
        onto_image = _inner(upstream.values, image)  # D M
        fresh_on_inputs = _inner(fresh, rows) @ known.coefficients.swapaxes(1, 2)  # F Q, F the fresh rows
        mixing = self._fresh_mixing(upstream, onto_image, fresh, fresh_on_inputs)
        known_part = (onto_image - mixing @ fresh_on_inputs) @ known.coefficients
        dtype = upstream.values.dtype
        result: Array = np.matmul((self._deviation * mixing).astype(dtype), fresh)
        result += np.matmul((self._deviation * known_part).astype(dtype), rows)
        return result

    def _reveal(self, normals: Array, used: Array) -> Array:
        """M^T (S, B, fan_out) from standard normals; `used` (S, B) tells which columns of Q exist."""
        del used
        return normals

    def _fresh_mixing(self, upstream: Scaled, onto_image: Floats, fresh: Array, fresh_on_inputs: Floats) -> Floats:
        """(S, B, B): how the fresh directions mix into D W~."""
        del onto_image, fresh, fresh_on_inputs
        return mixing_of_gram(upstream.gram)


class MatrixFreeOrthogonal(MatrixFree):
    """A square layer s O with O uniform on the orthogonal group."""

    def _reveal(self, normals: Array, used: Array) -> Array:
        # The sign-fixed QR factor of a Gaussian matrix is a uniformly random frame (Mezzadri 2007).
        triangle = inverse_of_lower(np.linalg.cholesky(_inner(normals, normals)))
        # A direction that Q lacks has not been acted on: its image stays free.
        frame: Array = np.matmul((used[:, :, None] * triangle).astype(normals.dtype), normals)
        return frame

    def _fresh_mixing(self, upstream: Scaled, onto_image: Floats, fresh: Array, fresh_on_inputs: Floats) -> Floats:
        # Of D only what is orthogonal to the frame M is still free, and it maps to a frame orthogonal to Q.
        left = mixing_of_gram(upstream.gram - onto_image @ onto_image.swapaxes(1, 2))
        gram = _inner(fresh, fresh) - fresh_on_inputs @ fresh_on_inputs.swapaxes(1, 2)
        return np.asarray(np.matmul(left, inverse_of_lower(np.linalg.cholesky(gram))))


def _inner(left: Array, right: Array) -> Floats:
    """Inner products of rows, (S, B, B), in double precision from there on."""
    return np.asarray(np.matmul(left, right.swapaxes(1, 2)), dtype=np.float64)
