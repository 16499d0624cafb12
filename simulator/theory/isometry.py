"""How far infinitely wide layers are from an isometry: the mean and the spread of squared singular values by depth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from simulator.activations import Activation
from simulator.experiment import Experiment
from simulator.gaussian import average
from simulator.scaled import Floats
from simulator.theory.infinite_width import Layer, Stage, deviation
from simulator.theory.mean_field import mean_field

_NEAREST, _FARTHEST = 1e-17, 1e17
"""Standard deviations of h between which E phi'^4 is integrated: beyond, it has reached its limit."""


def isometry(
    experiment: Experiment, widths: Sequence[int], example: Floats, *, orthogonal: Sequence[bool]
) -> tuple[Floats, Floats]:
    """log10 of the mean squared singular value of dx_l/dx_0, and its squares' relative variance, by layer 0..L.

    The mean is prod n_l Var(W_l) E phi'^2, the relative variance sum E phi'^4 / (E phi'^2)^2 - 1 - s_1 with s_1 = 0
    for orthogonal weights and -1 for independent ones (Pennington et al. 2018), for square matrices only. `example`
    (n_0,) is the input, `orthogonal` says it of each layer's weights; residual branches and normalization are left
    out. `widths` may be narrower than the experiment's, n_in Var(W) being kept. NaN where there is
    no theory.
    """
    logs, variance = np.full((2, len(widths)), np.nan)
    plain = mean_field(experiment.bare())
    if not plain.layers:
        return logs, variance
    layers = tuple(
        replace(layer, backward=layer.forward * fan_out / fan_in)
        for layer, (fan_in, fan_out) in zip(plain.layers, pairwise(widths), strict=True)
    )
    theory = replace(plain, layers=layers, p_0=float(np.mean(example**2)))
    square = len(set(widths)) == 1
    logs[0], variance[0] = 0.0, 0.0 if square else math.nan
    before: tuple[Stage, Layer] | None = None
    factor, share = math.nan, math.nan
    for index, (layer, stage) in enumerate(zip(layers, theory.stages, strict=True), 1):
        if before is None or stage is not before[0] or layer != before[1]:
            factor = layer.backward * stage.steepness
            share = _share(experiment.activation_at(index), stage, layer.bias_mean) if factor else math.nan
            before = stage, layer
        logs[index] = logs[index - 1] + math.log10(factor) if factor > 0 else -math.inf
        variance[index] = variance[index - 1] + share - orthogonal[index - 1]
    return logs, variance


def _share(activation: Activation, stage: Stage, mean: float) -> float:
    """E phi'^4 / (E phi'^2)^2: the inverse of the effective fraction of units that carry the gradient."""
    if activation.homogeneous and mean == 0:
        left, right = activation.slopes_at_infinity
        return 2 * (left**4 + right**4) / (left**2 + right**2) ** 2
    if not stage.spread[0]:
        return 1.0
    variance = min(max(deviation(stage), _NEAREST), _FARTHEST) ** 2
    return average(activation, lambda h: activation.derivative(h) ** 4, variance, mean) / stage.steepness**2
