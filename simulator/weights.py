"""The random linear layer as an operator: what acts on a batch, and where its numbers come from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from enum import IntEnum
from typing import Protocol

import numpy as np

from simulator.experiment import Experiment
from simulator.scaled import Array, Floats


class Role(IntEnum):
    """What a random stream is for; a stream is keyed by (seed, role, layer)."""

    INPUTS = 0
    TOP_GRADIENT = 1
    WEIGHT = 2
    BIAS = 3


def stream(seed: int, role: Role, layer: int = 0) -> np.random.Generator:
    """The generator of one role in one layer of one network.

    Keyed streams let two experiments share their underlying draws: another gain, activation or depth
    meets the same normals, and a deeper net's first layers are the shallow net's.
    """
    return np.random.Generator(np.random.SFC64((seed, role, layer)))


class Layer(Protocol):
    """The linear part of a layer for S networks at once: weights W (fan_out, fan_in) and bias b."""

    bias: Array | None
    """(S, fan_out), or None."""

    def apply(self, batch: Array) -> Array:
        """(S, B, fan_in) -> (S, B, fan_out): every row a becomes W a."""
        ...

    def apply_transpose(self, batch: Array) -> Array:
        """(S, B, fan_out) -> (S, B, fan_in): every row d becomes W^T d; called once, after `apply`."""
        ...


class Dense:
    """Real weight matrices (S, fan_out, fan_in), from a function that makes them."""

    def __init__(
        self, draw: Callable[[], Array], *, gain: float = 1.0, bias: Array | None = None, retain: bool = True
    ) -> None:
        self.bias = bias
        self._draw, self._gain, self._retain = draw, gain, retain
        self._weights: Array | None = None

    def apply(self, batch: Array) -> Array:
        weights = self._draw()
        self._weights = weights if self._retain else None
        return self._scaled(np.matmul(batch, weights.swapaxes(1, 2)))

    def apply_transpose(self, batch: Array) -> Array:
        weights, self._weights = self._weights, None
        return self._scaled(np.matmul(batch, self._draw() if weights is None else weights))

    def _scaled(self, product: Array) -> Array:
        # The gain multiplies the product, which is smaller than the matrix.
        if self._gain != 1.0:
            product *= self._gain
        return product


class Ahead:
    """Runs a list of draws, in order, a few ahead of whoever takes them: drawing is most of a dense run's work."""

    def __init__(self, draws: Sequence[Callable[[], Array]], pool: Executor | None, lead: int = 4) -> None:
        self._draws, self._pool, self._lead = draws, pool, lead
        self._started: deque[Future[Array]] = deque()
        self._next = 0

    def take(self) -> Array:
        """The next draw in the list."""
        if self._pool is None:
            self._next += 1
            return self._draws[self._next - 1]()
        while self._next < len(self._draws) and len(self._started) < self._lead:
            self._started.append(self._pool.submit(self._draws[self._next]))
            self._next += 1
        return self._started.popleft().result()


def layers(experiment: Experiment, seeds: Sequence[int], pool: Executor | None = None) -> list[Layer]:
    """The linear layers 1..L of the networks with these seeds, drawn ahead by `pool` where one is given."""
    retain = experiment.retains_weights()
    numbers = range(1, len(experiment.layer_widths))
    draws = [_drawer(experiment, seeds, layer) for layer in numbers]
    # Weights that are not kept are wanted a second time, last layer first.
    ahead = Ahead(draws if retain else [*draws, *reversed(draws)], pool)
    return [
        Dense(ahead.take, gain=experiment.gain, bias=_bias(experiment, seeds, layer), retain=retain) for layer in numbers
    ]


def _drawer(experiment: Experiment, seeds: Sequence[int], layer: int) -> Callable[[], Array]:
    fan_in, fan_out = experiment.layer_widths[layer - 1 : layer + 1]
    init = experiment.init_part

    def draw() -> Array:
        if len(seeds) == 1:
            return init.sample(stream(seeds[0], Role.WEIGHT, layer), fan_out, fan_in)[None]
        weights: Floats = np.empty((len(seeds), fan_out, fan_in))
        for matrix, seed in zip(weights, seeds, strict=True):
            matrix[...] = init.sample(stream(seed, Role.WEIGHT, layer), fan_out, fan_in)
        return weights

    return draw


def _bias(experiment: Experiment, seeds: Sequence[int], layer: int) -> Array | None:
    fan_in, fan_out = experiment.layer_widths[layer - 1 : layer + 1]
    law = experiment.bias_part
    if law.is_zero:
        return None
    return np.stack([law.sample(stream(seed, Role.BIAS, layer), fan_out, fan_in) for seed in seeds])
