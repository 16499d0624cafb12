"""Layers with real weight matrices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.scaled import Array, Scaled


class Dense:
    """Weight matrices (S, fan_out, fan_in), from a function that makes them."""

    def __init__(
        self, draw: Callable[[], Array], *, gain: float = 1.0, bias: Scaled | None = None, retain: bool = True
    ) -> None:
        self.bias, self.reapply = bias, None
        self._draw, self._gain, self._retain = draw, gain, retain
        self._weights: Array | None = None

    def apply(self, signal: Scaled) -> Array:
        weights = self._draw()
        self._weights = weights if self._retain else None
        return self._scaled(np.matmul(signal.values, weights.swapaxes(1, 2)))

    def apply_transpose(self, upstream: Scaled, signal: Scaled) -> Array:
        del signal
        weights, self._weights = self._weights, None
        return self._scaled(np.matmul(upstream.values, self._draw() if weights is None else weights))

    def _scaled(self, product: Array) -> Array:
        # The gain multiplies the product, which is smaller than the matrix.
        if self._gain != 1.0:
            product *= self._gain
        return product
