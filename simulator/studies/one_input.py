"""The exact law of a finite network that sees one input: as many draws as wanted, without a weight matrix."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from simulator.dropout import dropouts
from simulator.experiment import Experiment
from simulator.network import Progress, Top, run
from simulator.scaled import Array, Floats, Scaled
from simulator.studies.ensemble import SecondMoments
from simulator.weights import LinearLayer

_AT_ONCE = 2**21
"""Units of all layers and networks that are kept for the backward pass."""


class OneInput:
    """A layer of independent normal weights that acts on one example in each of S networks, drawn as it acts.

    W x is |x| times a normal vector; of W^T d only the part along x is decided by it, the rest is fresh
    (the same conditioning in Bolthausen 2014 and Yang 2019). `deviation` is that of a weight.
    """

    reapply = None

    def __init__(self, rng: np.random.Generator, fan_out: int, deviation: float, bias: Scaled | None) -> None:
        self.bias, self.reapply = bias, None
        self._rng, self._fan_out, self._deviation = rng, fan_out, deviation

    def apply(self, signal: Scaled) -> Array:
        """(S, 1, fan_in) -> (S, 1, fan_out)."""
        image = self._rng.standard_normal((len(signal.values), 1, self._fan_out))
        image *= self._deviation * np.sqrt(signal.squares)[:, :, None]
        self._image = image
        return image

    def apply_transpose(self, upstream: Scaled, signal: Scaled) -> Array:
        """(S, 1, fan_out) -> (S, 1, fan_in), for the signal that the layer was applied to."""
        result = self._rng.standard_normal(signal.values.shape)
        result *= self._deviation * np.sqrt(upstream.squares)[:, :, None]
        decided = np.einsum("sbn,sbn->sb", self._image, upstream.values)
        decided -= np.einsum("sbn,sbn->sb", result, signal.values)
        decided /= np.where(signal.squares > 0, signal.squares, 1.0)
        result += decided[:, :, None] * signal.values
        return result


def one_input(
    experiment: Experiment, draws: int, seed: int = 0, progress: Progress | None = None
) -> Mapping[str, Floats]:
    """log10 of the mean squares of `draws` networks with one example each, by quantity, (draws, L + 1).

    Weights are normal with the experiment's variances whatever their law: exact for normal ones, right in the limit
    of large width for other independent ones. All else is as the experiment says; what normalization over a batch makes
    of a single example is for the caller to avoid.
    """
    widths, depth = experiment.layer_widths, experiment.depth
    rng = np.random.Generator(np.random.SFC64((seed, depth, widths[0])))
    table = SecondMoments(draws, depth)
    group = max(1, min(draws, _AT_ONCE // sum(widths)))
    for first in range(0, draws, group):
        last = min(first + group, draws)
        layers: list[LinearLayer] = [_layer(experiment, number, last - first, rng) for number in range(1, depth + 1)]
        run(
            layers,
            experiment.activation_parts,
            Scaled(draw_inputs(experiment, rng, last - first, 1)),
            _top_gradient(experiment, rng, last - first),
            table.observer(first, last),
            normalization=experiment.normalization_part,
            residual=experiment.residual_part,
            dropout=dropouts(experiment, partial(_generators, [rng] * (last - first))),
            unit_variance=experiment.lsuv == "on",
            saturation=experiment.saturation,
        )
        if progress is not None:
            progress(last, draws)
    return table.log10


def _generators(each: list[np.random.Generator], layer: int) -> list[np.random.Generator]:
    """One generator serves all layers and networks here."""
    del layer
    return each


def draw_inputs(experiment: Experiment, rng: np.random.Generator, networks: int, batch: int) -> Floats:
    """A batch for each network, (networks, batch, n_0)."""
    law, width = experiment.inputs_part, experiment.layer_widths[0]
    return np.stack([law.sample(rng, batch, width) for _ in range(networks)])


def _layer(experiment: Experiment, number: int, networks: int, rng: np.random.Generator) -> OneInput:
    fan_in, fan_out = experiment.layer_widths[number - 1 : number + 1]
    law = experiment.bias_part
    bias = None if law.is_zero else Scaled(law.sample(rng, networks * fan_out, fan_in).reshape(networks, 1, fan_out))
    deviation = experiment.gain_at(number) * experiment.init_at(number).deviation(fan_in, fan_out)
    return OneInput(rng, fan_out, deviation, bias)


def _top_gradient(experiment: Experiment, rng: np.random.Generator, networks: int) -> Scaled | Top:
    width, loss = experiment.layer_widths[-1], experiment.loss_part
    if not loss.trains:
        return Scaled(rng.standard_normal((networks, 1, width)))
    targets = loss.draw(rng, networks, width)[:, None, :]
    return lambda outputs: loss.scaled_gradient(outputs, targets)
