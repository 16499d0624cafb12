"""Dropout: of the activations that go into a layer's weights some are 0, chosen anew for every unit and example."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.experiment import Experiment
from simulator.scaled import Array, Scaled


class Dropout:
    """x -> x m / (1 - p) with m = 1 at a rate of 1 - p, else 0 (Srivastava et al. 2014): E x stays, E x^2 does not.

    One generator for each of the S networks, from which the first call draws m (S, B, N); what follows, and the way
    back, meets the same m. One for all of them drops the same units in all.
    """

    def __init__(self, rate: float, generators: Sequence[np.random.Generator]) -> None:
        self._rate, self._generators = rate, generators
        self._kept: NDArray[np.bool_] | None = None

    def __call__(self, signal: Scaled) -> Scaled:
        """The rest of a signal, or of a gradient on its way back."""
        if self._kept is None:
            self._kept = kept(self._rate, self._generators, signal.values.shape[1:])
        return Scaled(thinned(signal.values, self._kept, self._rate), signal.exponent)


def dropouts(
    experiment: Experiment, generators: Callable[[int], Sequence[np.random.Generator]]
) -> list[Dropout | None]:
    """One for each of the layers 1..L that has any, with the layer's own generators, one a network."""
    rates = {layer: experiment.dropout_at(layer) for layer in range(1, experiment.depth + 1)}
    return [Dropout(rate, generators(layer)) if rate else None for layer, rate in rates.items()]


def kept(rate: float, generators: Sequence[np.random.Generator], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which units stay, (S, *shape); of one generator those of a higher rate are among those of a lower one."""
    return np.stack([generator.random(shape, dtype=np.float32) >= rate for generator in generators])


def thinned(values: Array, kept: NDArray[np.bool_], rate: float) -> Array:
    """`values` where they are `kept`, over 1 - rate; else 0."""
    left = np.multiply(values, kept)
    left *= values.dtype.type(1 / (1 - rate))
    return left
