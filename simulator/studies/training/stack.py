"""Networks of one shape and one wiring on the same batch at once: their forward and their backward pass."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.dropout import dropouts
from simulator.experiment import Experiment
from simulator.losses import Loss
from simulator.normalization import Backward
from simulator.scaled import Scaled
from simulator.walk import Walk

Array = NDArray[np.floating[Any]]
Meet = Callable[[int, Array], Array]
"""The operation on a signal in layer l: phi(norm), or what dropout leaves of what goes into its weights."""


@dataclass(frozen=True, eq=False)
class Passed:
    """The arrays that a forward and a backward pass of the networks `rows` leave, one a layer.

    `inputs` x^(l-1) (K or 1, B, n_(l-1)), what W^l is multiplied with; `preactivations` and `deltas`, h^l and
    dE/dh^l (K, B, n_l); `met`, what the activation of l < L meets, norm(h^l); `outputs` x^L (K, B, n_L).
    """

    rows: slice
    inputs: list[Array]
    preactivations: list[Array]
    met: list[Array]
    outputs: Array
    deltas: list[Array]


class Stack:
    """The passes of some of the networks, through parameters that are given.

    A layer is what `simulator.steps` makes of it, norm and activation behind the weights or in front of them, and is
    added to an earlier signal where the `Residual` says so and both have as many units; norms learn nothing. Behind the
    last weights there is no activation, as the loss holds it, and no norm, which would stand in front of it. Signals
    here are plain numbers, not scaled ones: what leaves single precision is lost, as on a graphics card.
    """

    def __init__(
        self,
        experiment: Experiment,
        rows: slice,
        weights: Sequence[Array],
        biases: Sequence[Array],
        weight_gradients: Sequence[Array],
        bias_gradients: Sequence[Array],
    ) -> None:
        residual = experiment.residual_part
        self.rows, self.activations, self.met_by = rows, experiment.activation_parts, experiment.met_parts
        self.normalization = None if experiment.normalization == "none" else experiment.normalization_part
        self.layer_widths = (weights[0].shape[2], *(weight.shape[1] for weight in weights))
        self.depth = len(weights)
        self._experiment = experiment
        self._before, self.walk = residual.before, Walk.of(residual, self.depth, self.layer_widths)
        self._weights, self._biases = weights, biases
        self._transposed = [weight.swapaxes(1, 2) for weight in weights]
        self._weight_gradients, self._bias_gradients = weight_gradients, bias_gradients
        self._room: dict[int, tuple[list[Array], list[Array]]] = {}

    def outputs(self, inputs: Array, population: Array | None = None) -> Array:
        """x^L (K, B, n_L) for inputs (B, n_0); batch norm by the statistics of rows `population`, or of these."""
        count = 0
        if population is not None and self.normalization is not None and self.normalization.of_batch:
            inputs, count = np.concatenate([population, inputs]), len(population)

        def meet(layer: int, signal: Array) -> Array:
            if self.normalization is not None:
                judged = Scaled(signal[:, :count] if count else signal)
                signal = self.normalization.evaluate(Scaled(signal), judged).values
            return self.activations[layer - 1].function(signal)

        passes = self._forward(inputs, meet, self._thinning(None), [None] * self.depth, lambda *made: None)
        return deque(passes, maxlen=1)[0][:, count:]

    def settle(self, inputs: Array) -> None:
        """Where there is LSUV, layer by layer: divide W by the deviation of W x over inputs (B, n_0) and units."""
        if self._experiment.lsuv == "off":
            return
        weights = iter(self._weights)

        def keep(opened: Array, linear: Array) -> None:
            size = linear.astype(np.float64).std(axis=(1, 2), keepdims=True)
            size = np.where(size > 0, size, 1.0).astype(linear.dtype)
            weight = next(weights)
            weight /= size
            linear /= size

        def meet(layer: int, signal: Array) -> Array:
            return self.activations[layer - 1].function(signal)

        deque(self._forward(inputs, meet, self._thinning(None), [None] * self.depth, keep), maxlen=0)

    def descend(self, inputs: Array, targets: Array, loss: Loss, dropout: np.random.Generator | None = None) -> Passed:
        """Forward and backward for inputs (B, n_0): fills the gradients; arrays of this batch size are used again.

        Units are dropped, the same ones in all networks, where a generator is given.
        """
        met: list[Array] = []
        slopes: list[Array] = []
        undo: list[Backward | None] = []

        def meet(layer: int, signal: Array) -> Array:
            back: Backward | None = None
            if self.normalization is not None:
                normal, back = self.normalization.forward(Scaled(signal))
                signal = normal.values
            activated, slope = self.activations[layer - 1].evaluate(signal)
            met.append(signal)
            slopes.append(slope)
            undo.append(back)
            return activated

        thin = self._thinning(dropout)
        before, (forward, backward) = self._before, self._arrays(len(inputs))
        made: list[tuple[Array, Array]] = []
        signals = list(self._forward(inputs, meet, thin, forward, lambda *both: made.append(both)))
        opened, linear = (list(part) for part in zip(*made, strict=True))
        deltas: list[Array] = []

        def step(layer: int, gradient: Array, factor: float) -> Array | None:
            at = layer - 1
            # What joins passes by as well, and is not to be written over.
            branch = gradient * factor if self.walk.back[at] else gradient
            if not before and layer < self.depth:
                branch *= slopes[at]
                branch = _undone(undo[at], branch)
            deltas.append(gradient if before else branch)
            np.matmul(branch.swapaxes(1, 2), opened[at], self._weight_gradients[at])
            np.add.reduce(branch, axis=1, keepdims=True, out=self._bias_gradients[at])
            if not at:
                return None
            below = thin(layer, np.matmul(branch, self._weights[at], backward[at - 1]))
            if before:
                below *= slopes[at]
                below = _undone(undo[at], below)
            return below

        deque(self.walk.backward(loss.gradient(signals[-1], targets), step, np.add), maxlen=0)
        first = 1 if before else 0  # in front of the weights, an activation meets the inputs too
        return Passed(self.rows, opened, signals if before else linear, met[first:], signals[-1], deltas[::-1])

    def _thinning(self, generator: np.random.Generator | None) -> Meet:
        """Dropout of one step, of a signal and of its gradient; without a generator everything stays."""
        drops = [None] * self.depth if generator is None else dropouts(self._experiment, lambda layer: [generator])

        def thin(layer: int, signal: Array) -> Array:
            drop = drops[layer - 1]
            return signal if drop is None else drop(Scaled(signal)).values

        return thin

    def _forward(
        self, inputs: Array, meet: Meet, thin: Meet, room: Sequence[Array | None], keep: Callable[[Array, Array], None]
    ) -> Iterator[Array]:
        """x^1..x^L, `meet` being phi(norm) of a layer; `keep` is shown what each W is multiplied with, and W x + b."""

        def step(layer: int, signal: Array, beside: Array | None) -> Array:
            at, opened = layer - 1, thin(layer, meet(layer, signal) if self._before else signal)
            signal = np.matmul(opened, self._transposed[at], out=room[at])
            signal += self._biases[at]
            keep(opened, signal)
            if not self._before and layer < self.depth:
                signal = meet(layer, signal)
            return signal if beside is None else beside + self.walk.factor * signal

        return self.walk.forward(inputs[None], step)

    def _arrays(self, batch: int) -> tuple[list[Array], list[Array]]:
        if batch not in self._room:
            count, dtype = len(self._weights[0]), self._weights[0].dtype
            forward, backward = (
                [np.empty((count, batch, width), dtype) for width in widths]
                for widths in (self.layer_widths[1:], self.layer_widths[1:-1])
            )
            self._room[batch] = forward, backward
        return self._room[batch]


def _undone(undo: Backward | None, gradient: Array) -> Array:
    return gradient if undo is None else undo(Scaled(gradient)).values
