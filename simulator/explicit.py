"""Networks with the user's own weights, and every array of their passes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from simulator import part_text
from simulator.activations import Activation
from simulator.network import run
from simulator.normalization import Normalization
from simulator.residual import Residual
from simulator.scaled import Floats, Scaled
from simulator.settings import SettingError
from simulator.statistics import Sample, WeightGradient
from simulator.weights import Dense


class Trace:
    """Every array of one explicit network's passes, by layer number.

    `preactivations[l]`, `preactivation_gradients[l]` (dE/dh_l), `weight_gradients[l]` and `bias_gradients[l]`
    (summed over the batch) exist for l = 1..L, `activations[l]` and `activation_gradients[l]` (dE/dx_l) for
    l = 0..L. Arrays are (batch, n_l), (n_l, n_{l-1}) and (n_l,).
    """

    def __init__(self) -> None:
        self.preactivations: dict[int, Floats] = {}
        self.activations: dict[int, Floats] = {}
        self.preactivation_gradients: dict[int, Floats] = {}
        self.activation_gradients: dict[int, Floats] = {}
        self.weight_gradients: dict[int, Floats] = {}
        self.bias_gradients: dict[int, Floats] = {}

    def observe(self, layer: int, quantity: str, sample: Sample) -> None:
        if isinstance(sample, WeightGradient):
            # G (fan_out, fan_in) carries the two factors' exponents.
            self.weight_gradients[layer] = Scaled(sample.values, sample.exponent).plain()[0]
            self.bias_gradients[layer] = sample.upstream.plain()[0].sum(axis=0)
        else:
            getattr(self, f"{quantity}s")[layer] = sample.plain()[0]


class Network:
    """A multilayer perceptron given by its weights (fan_out, fan_in), biases (fan_out,) and activation, or one a layer.

    Layers that differ are a list of activations or text as "relu*3 | linear". `residual` is "post",
    x + alpha phi(W x + b), or "pre", x + alpha (W phi(x) + b), or the text of such a setting of an experiment;
    `normalization` is "layer_norm", "rms_norm" or "batch_norm", in front of the activation.
    Raises SettingError where shapes do not fit together or a number is not finite.
    """

    def __init__(
        self,
        weights: Sequence[ArrayLike],
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
        self.weights = [_array(weight, 2, f"weights[{index}]") for index, weight in enumerate(weights)]
        given = [np.zeros(len(weight)) for weight in self.weights] if biases is None else biases
        self.biases = [_array(bias, 1, f"biases[{index}]") for index, bias in enumerate(given)]
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

    def propagate(self, inputs: ArrayLike, top_gradient: ArrayLike) -> Trace:
        """Forward and backward through every layer: inputs (batch, n_0), top_gradient = dE/dx_L (batch, n_L)."""
        batch, gradient = _array(inputs, 2, "inputs"), _array(top_gradient, 2, "top_gradient")
        widths = (self.weights[0].shape[1], len(self.weights[-1]))
        if (batch.shape[1], gradient.shape[1]) != widths or len(batch) != len(gradient):
            raise SettingError(
                f"Network.propagate needs inputs (batch, {widths[0]}) and top_gradient (batch, {widths[1]}); "
                f"got {batch.shape} and {gradient.shape}."
            )
        trace = Trace()
        layers = [
            Dense(lambda weight=weight: weight[None], bias=Scaled(bias[None, None]) if bias.any() else None)  # type: ignore[misc]
            for weight, bias in zip(self.weights, self.biases, strict=True)
        ]
        run(
            layers,
            self.activations,
            Scaled(batch[None]),
            Scaled(gradient[None]),
            trace.observe,
            normalization=self.normalization,
            residual=self.residual,
        )
        return trace


def _activations(given: str | Activation | Sequence[str | Activation], depth: int) -> tuple[Activation, ...]:
    if isinstance(given, str):
        given = [entry for entry, count in part_text.runs(given) or ((given, 1),) for _ in range(min(count, depth + 1))]
        given = given[0] if len(given) == 1 else given
    each = (given,) * depth if isinstance(given, str | Activation) else tuple(given)
    if len(each) != depth:
        raise SettingError(f"Network.activation needs one for all layers or {depth}, one a layer; got {len(each)}.")
    return tuple(Activation.parse(one, "Network.activation") for one in each)


def _array(given: ArrayLike, dimensions: int, where: str) -> Floats:
    try:
        array = np.asarray(given)
        if np.iscomplexobj(array):
            raise TypeError
        array = array.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        raise SettingError(f"Network.{where} must be an array of numbers.") from None
    if array.ndim != dimensions or array.size == 0 or not np.isfinite(array).all():
        raise SettingError(f"Network.{where} must be a finite, non-empty array of {dimensions} dimensions.")
    return array
