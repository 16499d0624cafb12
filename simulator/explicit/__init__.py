"""Networks with the user's own weights, and every array of their passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from simulator import part_text
from simulator.activations import Activation
from simulator.explicit.arrays import Given, array, layers
from simulator.explicit.trace import Trace as Trace
from simulator.explicit.trace import drawn
from simulator.losses import Loss
from simulator.network import Top, run
from simulator.normalization import Normalization
from simulator.residual import Residual
from simulator.scaled import Floats, Scaled
from simulator.settings import SettingError
from simulator.weights import Dense


class Network:
    """A multilayer perceptron given by its weights (fan_out, fan_in), biases (fan_out,) and activation, or one a layer.

    Arrays may be PyTorch's; `weights` may also be a state_dict, or the name of an .npz file, with layers named as
    0.weight and 0.bias, W1 and b1, or dense/kernel (fan_in, fan_out) and dense/bias.
    Layers that differ are a list of activations or text as "relu*3 | linear". `residual` is "post",
    x + alpha phi(W x + b), or "pre", x + alpha (W phi(x) + b), or the text of such a setting of an experiment;
    `normalization` is "layer_norm", "rms_norm" or "batch_norm", in front of the activation.
    Raises SettingError where shapes do not fit together or a number is not finite.

    >>> network = Network([np.eye(3), np.eye(3)], activation=["tanh", "linear"])
    >>> trace = network.propagate(np.ones((2, 3)))
    >>> trace.activations[2].shape, trace.verdict.outcome.name
    ((2, 3), 'HOLDS')
    """

    def __init__(
        self,
        weights: Given,
        biases: Sequence[ArrayLike] | None = None,
        activation: str | Activation | Sequence[str | Activation] = "tanh",
        *,
        residual: str | Residual = "none",
        alpha: float | None = None,
        normalization: str | Normalization = "none",
    ) -> None:
        self.residual = Residual.parse(residual, "Network.residual")
        if alpha is not None:
            self.residual = self.residual.replace(alpha=alpha)
        self.normalization = Normalization.parse(normalization, "Network.normalization")
        self.weights, self.biases = layers(weights, biases)
        if not self.weights or len(self.biases) != len(self.weights):
            raise SettingError(
                f"Network needs at least one layer and as many biases as weights; got {len(self.weights)} weights "
                f"and {len(self.biases)} biases."
            )
        self.activations = _activations(activation, len(self.weights))
        for index, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if bias.shape != weight.shape[:1] or (index and weight.shape[1] != len(self.weights[index - 1])):
                raise SettingError(
                    f"Network.weights[{index}] of shape {weight.shape} fits neither biases[{index}] of shape "
                    f"{bias.shape} nor the layer before it."
                )
        widths = [self.weights[0].shape[1], *map(len, self.weights)]
        for layer in range(1, len(widths)):
            if widths[layer - self.residual.skips(layer)] != widths[layer]:
                raise SettingError(f"Network.residual adds signals of different widths at layer {layer}: {widths}.")

    def propagate(
        self,
        inputs: ArrayLike,
        top_gradient: ArrayLike | None = None,
        *,
        loss: str | Loss = "none",
        targets: Any = None,
        seed: int = 0,
    ) -> Trace:
        """Forward and backward through every layer: inputs (batch, n_0), top_gradient = dE/dx_L (batch, n_L).

        Without a top gradient it is drawn N(0, 1), by `seed`, or is that of a `loss` of an experiment, as
        "softmax_cross_entropy", with `targets` (batch, n_L), or whole numbers (batch,) of classes.
        Raises SettingError where shapes do not fit together or a number is not finite.
        """
        batch = array(inputs, 2, "inputs")
        fan_in, fan_out = self.weights[0].shape[1], len(self.weights[-1])
        if batch.shape[1] != fan_in:
            raise SettingError(f"Network.propagate needs inputs (batch, {fan_in}); got {batch.shape}.")
        top = self._top((len(batch), fan_out), top_gradient, Loss.parse(loss, "Network.loss"), targets, seed)
        trace = Trace(self)
        operators = [
            Dense(lambda weight=weight: weight[None], bias=Scaled(bias[None, None]) if bias.any() else None)  # type: ignore[misc]
            for weight, bias in zip(self.weights, self.biases, strict=True)
        ]
        run(
            operators,
            self.activations,
            Scaled(batch[None]),
            top,
            trace.observe,
            normalization=self.normalization,
            residual=self.residual,
        )
        return trace

    @staticmethod
    def _top(shape: tuple[int, int], given: ArrayLike | None, loss: Loss, targets: Any, seed: int) -> Scaled | Top:
        """Where the backward pass begins: given, drawn, or a loss of x_L."""
        if loss.trains and given is None:
            wanted = _targets(shape, targets)
            return lambda outputs: loss.scaled_gradient(outputs, wanted[None])
        if loss.trains or targets is not None:
            raise SettingError("Network.propagate takes a top_gradient, or a loss with its targets.")
        gradient = drawn(*shape, seed) if given is None else array(given, 2, "top_gradient")
        if gradient.shape != shape:
            raise SettingError(f"Network.propagate needs top_gradient {shape}; got {gradient.shape}.")
        return Scaled(gradient[None])


def _targets(shape: tuple[int, int], given: Any) -> Floats:
    """Targets (batch, n_L): as they are given, or one-hot of classes 0 .. n_L - 1."""
    if given is None:
        raise SettingError("Network.targets must be given with a loss.")
    dimensions = int(np.ndim(given))
    targets = array(given, dimensions if dimensions in (1, 2) else 2, "targets")
    if dimensions == 1 and shape[1] > 1:
        if not (np.all(targets == np.rint(targets)) and targets.min() >= 0 and targets.max() < shape[1]):
            raise SettingError(f"Network.targets must be classes in [0, {shape[1] - 1}], or an array {shape}.")
        targets = np.eye(shape[1])[targets.astype(np.int64)]
    targets = targets.reshape(len(targets), -1)
    if targets.shape != shape:
        raise SettingError(
            f"Network.targets must be an array {shape}, or classes ({shape[0]},); got {np.shape(given)}."
        )
    return targets


def _activations(given: str | Activation | Sequence[str | Activation], depth: int) -> tuple[Activation, ...]:
    if isinstance(given, str):
        given = [entry for entry, count in part_text.runs(given) or ((given, 1),) for _ in range(min(count, depth + 1))]
        given = given[0] if len(given) == 1 else given
    each = (given,) * depth if isinstance(given, str | Activation) else tuple(given)
    if len(each) != depth:
        raise SettingError(f"Network.activation needs one for all layers or {depth}, one a layer; got {len(each)}.")
    return tuple(Activation.parse(one, "Network.activation") for one in each)
