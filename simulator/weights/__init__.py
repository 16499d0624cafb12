"""The random linear layer as an operator: what acts on a batch, and where its numbers come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Protocol

import numpy as np

from simulator.experiment import Experiment
from simulator.scaled import Array, Floats, Scaled
from simulator.weights.ahead import Ahead
from simulator.weights.dense import Dense as Dense
from simulator.weights.matrix_free import MatrixFree as MatrixFree
from simulator.weights.matrix_free import MatrixFreeOrthogonal as MatrixFreeOrthogonal
from simulator.weights.normals import doubles, singles
from simulator.weights.streams import Role as Role
from simulator.weights.streams import stream as stream


class LinearLayer(Protocol):
    """The linear part of a layer for S networks at once: weights W (fan_out, fan_in) and bias b.

    Both products act on the values of a scaled signal; its exponent is the caller's.
    """

    bias: Scaled | None
    """(S, 1, fan_out), or None."""

    @property
    def reapply(self) -> Callable[[], Array] | None:
        """The result of `apply`, once more; None where what comes of it is to be kept instead."""
        ...

    def apply(self, signal: Scaled) -> Array:
        """(S, B, fan_in) -> (S, B, fan_out): every row a becomes W a."""
        ...

    def apply_transpose(self, upstream: Scaled, signal: Scaled) -> Array:
        """(S, B, fan_out) -> (S, B, fan_in): every row d becomes W^T d; called once, `signal` as in `apply`."""
        ...


def precision(experiment: Experiment) -> type[np.float32] | type[np.float64]:
    """The arrays' type: double where every weight is formed, single where none is."""
    if not experiment.matrix_free:
        return np.float64
    # In few dimensions the second frame of an orthogonal layer has little room beside the first.
    orthogonal = any(init.orthogonal for init in experiment.init_parts)
    tight = orthogonal and min(experiment.layer_widths) < 8 * experiment.batch
    return np.float64 if tight else np.float32


def layers(experiment: Experiment, seeds: Sequence[int], pool: Executor | None = None) -> list[LinearLayer]:
    """The linear layers 1..L of the networks with these seeds, drawn ahead by `pool` where one is given."""
    return (_matrix_free if experiment.matrix_free else _dense)(experiment, seeds, pool)


def _dense(experiment: Experiment, seeds: Sequence[int], pool: Executor | None) -> list[LinearLayer]:
    retain = experiment.shape.retains_weights()
    numbers = range(1, len(experiment.layer_widths))
    draws = [partial(partial, _matrices, experiment, seeds, layer) for layer in numbers]
    # Weights that are not kept are wanted a second time, last layer first.
    ahead = Ahead(draws if retain else [*draws, *reversed(draws)], pool)
    return [
        Dense(ahead.draw, gain=experiment.gain_at(layer), bias=_bias(experiment, seeds, layer), retain=retain)
        for layer in numbers
    ]


def _matrix_free(experiment: Experiment, seeds: Sequence[int], pool: Executor | None) -> list[LinearLayer]:
    widths, batch, retain = experiment.layer_widths, experiment.batch, experiment.shape.retains_record()
    numbers = range(1, len(widths))
    draw = partial(_normals, seeds, precision(experiment), batch)
    forward = [partial(draw, Role.WEIGHT, layer, widths[layer]) for layer in numbers]
    backward = [partial(draw, Role.FRESH_WEIGHT, layer, widths[layer - 1]) for layer in numbers]
    ahead = Ahead([*forward, *reversed(backward)], pool)
    made = []
    for layer in numbers:
        fan_in, fan_out = widths[layer - 1 : layer + 1]
        init = experiment.init_at(layer)
        kind: Callable[..., LinearLayer] = MatrixFreeOrthogonal if init.orthogonal else MatrixFree
        # An orthogonal matrix has entries of mean square 1/N: its gain is what multiplies unit vectors.
        units = np.sqrt(fan_in) if init.orthogonal else 1.0
        size = experiment.gain_at(layer) * init.deviation(fan_in, fan_out) * units
        bias = _bias(experiment, seeds, layer)
        made.append(kind(ahead.draw, ahead.draw, deviation=float(size), bias=bias, retain=retain))
    return made


def _matrices(experiment: Experiment, seeds: Sequence[int], layer: int) -> Array:
    fan_in, fan_out = experiment.layer_widths[layer - 1 : layer + 1]
    init = experiment.init_at(layer)
    if len(seeds) == 1:
        return init.sample(stream(seeds[0], Role.WEIGHT, layer), fan_out, fan_in)[None]
    weights: Floats = np.empty((len(seeds), fan_out, fan_in))
    for matrix, seed in zip(weights, seeds, strict=True):
        matrix[...] = init.sample(stream(seed, Role.WEIGHT, layer), fan_out, fan_in)
    return weights


def _normals(
    seeds: Sequence[int], dtype: type[np.float32] | type[np.float64], batch: int, role: Role, layer: int, width: int
) -> Callable[[], Array]:
    normals: Array = np.empty((len(seeds), batch, width), dtype=dtype)
    draw: Callable[..., None] = singles if dtype is np.float32 else doubles

    def fill() -> Array:
        draw([stream(seed, role, layer) for seed in seeds], normals)
        return normals

    return fill


def _bias(experiment: Experiment, seeds: Sequence[int], layer: int) -> Scaled | None:
    fan_in, fan_out = experiment.layer_widths[layer - 1 : layer + 1]
    law = experiment.bias_part
    if law.is_zero:
        return None
    drawn = np.stack([law.sample(stream(seed, Role.BIAS, layer), fan_out, fan_in) for seed in seeds])
    return Scaled.of(drawn[:, None, :], precision(experiment))
