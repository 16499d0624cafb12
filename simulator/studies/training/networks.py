"""K multilayer perceptrons of one shape, trained on the same batches: parameters, forward pass, gradients."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.experiment import Experiment
from simulator.losses import Loss
from simulator.studies.training.stack import Passed, Stack
from simulator.weights import Role, stream

Array = NDArray[np.floating[Any]]


class Networks:
    """Networks of the experiments' own architecture, as `Stack` has it, with linear outputs.

    All parameters are one array `params` (K, P), so that a step of an optimizer is a few operations; `weights[l]`
    (K, n_(l+1), n_l) and `biases[l]` (K, 1, n_(l+1)) are views of it, and `gradients` is laid out likewise. Neighbours
    that differ in their weights alone share a stack. `layer_widths` are the experiments' own unless others of the same
    depth are given.
    """

    def __init__(
        self,
        experiments: Sequence[Experiment],
        dtype: type[np.floating[Any]] = np.float32,
        layer_widths: Sequence[int] | None = None,
    ) -> None:
        self.layer_widths = tuple(layer_widths or experiments[0].layer_widths)
        shapes = [(b, a) for a, b in pairwise(self.layer_widths)]
        size = sum(rows * columns + rows for rows, columns in shapes)
        self.params: Array = np.zeros((len(experiments), size), dtype)
        self.gradients: Array = np.zeros_like(self.params)
        self.weights, self.biases = _views(self.params, shapes)
        self._weight_gradients, bias_gradients = _views(self.gradients, shapes)
        for k, experiment in enumerate(experiments):
            bias, seed = experiment.bias_part, experiment.seed
            for layer, (fan_out, fan_in) in enumerate(shapes, start=1):
                drawn = experiment.init_at(layer).sample(
                    stream(seed, Role.WEIGHT, layer), fan_out, fan_in
                ) * experiment.gain_at(layer)
                self.weights[layer - 1][k] = np.clip(drawn, -1e30, 1e30)
                self.biases[layer - 1][k, 0] = bias.sample(stream(seed, Role.BIAS, layer), fan_out, fan_in)
        parts = self.weights, self.biases, self._weight_gradients, bias_gradients
        self.stacks, first = [], 0
        around = attrgetter("activation_parts", "residual", "normalization", "dropout", "lsuv")
        for _, alike in groupby(experiments, around):
            members = list(alike)
            rows = slice(first, first := first + len(members))
            self.stacks.append(Stack(members[0], rows, *([array[rows] for array in part] for part in parts)))

    @property
    def depth(self) -> int:
        return len(self.weights)

    def outputs(self, inputs: Array, population: Array | None = None) -> Array:
        """x^L (K, B, n_L) for inputs (B, n_0); batch norm by the statistics of rows `population`, or of these."""
        several = [stack.outputs(inputs, population) for stack in self.stacks]
        return several[0] if len(several) == 1 else np.concatenate(several)

    def descend(
        self, inputs: Array, targets: Array, loss: Loss, dropout: np.random.Generator | None = None
    ) -> list[Passed]:
        """Forward and backward for inputs (B, n_0): fills `gradients`; arrays of this batch size are used again.

        Units are dropped where a generator is given.
        """
        return [stack.descend(inputs, targets, loss, dropout) for stack in self.stacks]

    def settle(self, inputs: Array) -> None:
        """Divide the weights of what has LSUV by the deviation of its preactivations over inputs (B, n_0)."""
        for stack in self.stacks:
            stack.settle(inputs)

    def weight_gradients(self) -> list[Array]:
        """dE/dW of the last `descend`, (K, n_l, n_(l-1)) a layer."""
        return self._weight_gradients


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
