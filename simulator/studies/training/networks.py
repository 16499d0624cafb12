"""K multilayer perceptrons of one shape, run on the same batch at once: parameters, forward pass, gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.experiment import Experiment
from simulator.losses import Loss
from simulator.weights import Role, stream

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Passed:
    """What a forward and a backward pass leave, one array a layer: h and dE/dh (K, B, n_l), x (K, B, n_(l-1))."""

    inputs: list[Array]
    preactivations: list[Array]
    deltas: list[Array]


class Networks:
    """Networks x^l = phi(h^l), h^l = W^l x^(l-1) + b^l, with linear outputs h^L.

    All parameters are one array `params` (K, P), so that a step of an optimizer is a few operations; `weights[l]`
    (K, n_(l+1), n_l) and `biases[l]` (K, 1, n_(l+1)) are views of it, and `gradients` is laid out likewise.
    """

    def __init__(self, experiments: Sequence[Experiment], dtype: type[np.floating[Any]] = np.float32) -> None:
        first = experiments[0]
        self.activation, self.layer_widths = first.activation_part, first.layer_widths
        shapes = [(b, a) for a, b in pairwise(self.layer_widths)]
        size = sum(rows * columns + rows for rows, columns in shapes)
        self.params: Array = np.zeros((len(experiments), size), dtype)
        self.gradients: Array = np.zeros_like(self.params)
        self.weights, self.biases = _views(self.params, shapes)
        self._weight_gradients, self._bias_gradients = _views(self.gradients, shapes)
        for k, experiment in enumerate(experiments):
            init, bias, seed = experiment.init_part, experiment.bias_part, experiment.seed
            for layer, (fan_out, fan_in) in enumerate(shapes, start=1):
                drawn = init.sample(stream(seed, Role.WEIGHT, layer), fan_out, fan_in) * experiment.gain
                self.weights[layer - 1][k] = np.clip(drawn, -1e30, 1e30)
                self.biases[layer - 1][k, 0] = bias.sample(stream(seed, Role.BIAS, layer), fan_out, fan_in)
        self._room: dict[int, tuple[list[Array], list[Array]]] = {}

    @property
    def depth(self) -> int:
        return len(self.weights)

    def outputs(self, inputs: Array) -> Array:
        """h^L (K, B, n_L) for inputs (B, n_0)."""
        signal = inputs
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            signal = np.matmul(signal, weight.swapaxes(1, 2))
            signal += bias
            if layer < self.depth:
                signal = self.activation.function(signal)
        return signal

    def descend(self, inputs: Array, targets: Array, loss: Loss) -> Passed:
        """Forward and backward for inputs (B, n_0): fills `gradients`; arrays of this batch size are used again."""
        forward, backward = self._arrays(len(inputs))
        signals, slopes = [inputs], []
        for layer, (weight, bias, out) in enumerate(zip(self.weights, self.biases, forward, strict=True), start=1):
            np.matmul(signals[-1], weight.swapaxes(1, 2), out=out)
            np.add(out, bias, out=out)
            if layer < self.depth:
                signal, slope = self.activation.evaluate(out)
                signals.append(signal)
                slopes.append(slope)
        delta = loss.gradient(forward[-1], targets)
        deltas = [delta]
        for layer in range(self.depth - 1, -1, -1):
            np.matmul(delta.swapaxes(1, 2), signals[layer], out=self._weight_gradients[layer])
            np.add.reduce(delta, axis=1, keepdims=True, out=self._bias_gradients[layer])
            if layer:
                delta = np.matmul(delta, self.weights[layer], out=backward[layer - 1])
                np.multiply(delta, slopes[layer - 1], out=delta)
                deltas.append(delta)
        return Passed(signals, forward, deltas[::-1])

    def weight_gradients(self) -> list[Array]:
        """dE/dW of the last `descend`, (K, n_l, n_(l-1)) a layer."""
        return self._weight_gradients

    def _arrays(self, batch: int) -> tuple[list[Array], list[Array]]:
        if batch not in self._room:
            count, dtype = len(self.params), self.params.dtype
            rooms = [
                np.empty((count, batch, width), dtype) for width in (*self.layer_widths[1:], *self.layer_widths[1:-1])
            ]
            self._room[batch] = rooms[: self.depth], rooms[self.depth :]
        return self._room[batch]


def weight_views(params: Array, layer_widths: Sequence[int]) -> list[Array]:
    """The weights' part of an array laid out as `Networks.params`, (K, n_l, n_(l-1)) a layer."""
    return _views(params, [(b, a) for a, b in pairwise(layer_widths)])[0]


def _views(params: Array, shapes: Sequence[tuple[int, int]]) -> tuple[list[Array], list[Array]]:
    weights, biases, place = [], [], 0
    for rows, columns in shapes:
        middle, end = place + rows * columns, place + rows * columns + rows
        weights.append(params[:, place:middle].reshape(-1, rows, columns))
        biases.append(params[:, middle:end].reshape(-1, 1, rows))
        place = end
    return weights, biases
