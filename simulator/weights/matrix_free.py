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
from simulator.weights.factors import Factor, Triangle, factor, inner, ridge, triangle

_LARGE = 1e60
"""A sum of squares of coefficients from which on single precision might not hold one of them."""


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
        bias: Scaled | None,
        retain: bool = True,
    ) -> None:
        self.bias, self.reapply = bias, None if retain else self._product
        self._draw_forward, self._draw_backward, self._deviation = draw_forward, draw_backward, deviation
        self._factor: Factor | None = None
        self._image: Array | None = None

    def apply(self, signal: Scaled) -> Array:
        """(S, B, fan_in) -> (S, B, fan_out): every row a becomes W a."""
        self._factor = factor(signal.values)
        signal.gram = self._factor.gram
        self._image = self._draw_forward()
        return self._product()

    def apply_transpose(self, upstream: Scaled, signal: Scaled) -> Array:
        """(S, B, fan_out) -> (S, B, fan_in): every row d becomes W^T d; called once, `signal` as in `apply`."""
        known, image = self._factor, self._image
        assert known is not None and image is not None
        rows, signal.gram = known.rows(signal.values), known.gram
        onto_image = self._onto_image(inner(upstream.values, image))  # D M
        angle = (np.pi / 2 * known.share)[:, None, :]
        onto_image *= np.sin(angle)
        self._factor = self._image = None
        fresh = self._draw_backward()
        fresh_on_inputs = known.triangle.along(inner(fresh, rows))  # F Q, F the fresh rows
        mixing = self._fresh_mixing(upstream, onto_image, fresh, fresh_on_inputs * np.sin(angle))
        # A direction that is half known is half fresh, of the same variance.
        fresh_on_inputs *= 1 - np.cos(angle)
        onto_image -= np.matmul(mixing, fresh_on_inputs)
        result = self._mixed(mixing, fresh)
        result += self._mixed(known.triangle.spread(onto_image), rows)
        return result

    def _product(self) -> Array:
        assert self._factor is not None and self._image is not None
        return self._mixed(self._image_mixing(self._factor), self._image)

    def _mixed(self, mixing: Floats, rows: Array) -> Array:
        mixing *= self._deviation
        if not np.vdot(mixing, mixing) < _LARGE:  # of a row that is next to nothing, beside others that are not
            _, exponent = np.frexp(np.abs(rows).max(axis=2))
            mixing, rows = np.ldexp(mixing, exponent[:, None, :]), np.ldexp(rows, -exponent[:, :, None])
        product: Array = np.matmul(mixing.astype(rows.dtype, copy=False), rows)
        return product

    def _image_mixing(self, known: Factor) -> Floats:
        """(S, B, B): what takes the normals of the image to W A."""
        return known.mixing

    def _onto_image(self, products: Floats) -> Floats:
        """D M (S, B, B) from the products of D with the normals of the image; these are overwritten."""
        return products

    def _fresh_mixing(self, upstream: Scaled, onto_image: Floats, fresh: Array, fresh_on_inputs: Floats) -> Floats:
        """(S, B, B): how the fresh directions mix into D W~."""
        del onto_image, fresh_on_inputs
        return triangle(upstream.gram, ridge(fresh.dtype)).mixing


class MatrixFreeOrthogonal(MatrixFree):
    """A square layer s O with O uniform on the orthogonal group.

    The image is a uniformly random frame, the sign-fixed QR factor of a Gaussian matrix (Mezzadri 2007): its normals,
    divided by the triangle of their inner products.
    """

    _frame: Triangle | None = None

    def _image_mixing(self, known: Factor) -> Floats:
        if self._frame is None:
            assert self._image is not None
            self._frame = triangle(inner(self._image, self._image), ridge(self._image.dtype))
        return self._frame.spread(known.mixing)

    def _onto_image(self, products: Floats) -> Floats:
        assert self._frame is not None
        return self._frame.along(products)

    def _fresh_mixing(self, upstream: Scaled, onto_image: Floats, fresh: Array, fresh_on_inputs: Floats) -> Floats:
        # Of D only what is orthogonal to the frame M is still free, and it maps to a frame orthogonal to Q.
        self._frame = None
        free = upstream.gram - np.matmul(onto_image, onto_image.swapaxes(1, 2))
        whole = np.diagonal(upstream.gram, axis1=1, axis2=2)
        left = triangle(free, ridge(fresh.dtype), whole).mixing
        gram = inner(fresh, fresh) - np.matmul(fresh_on_inputs, fresh_on_inputs.swapaxes(1, 2))
        return triangle(gram, ridge(fresh.dtype)).spread(left)
