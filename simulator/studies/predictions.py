"""Infinite-width predictions of the statistics that the simulation measures, one by one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from simulator.activations import Activation
from simulator.gaussian import fraction_always_within, fraction_within
from simulator.scaled import Floats, log10, value
from simulator.statistics import pairs
from simulator.studies.infinite_width import Layer, Scaled, Stage, deviation, scaled, split, times

if TYPE_CHECKING:
    from simulator.studies.mean_field import MeanField

_MISSING: Scaled = (math.nan, 0)


class Curves(Mapping[tuple[str, str], tuple[Floats, Floats]]):
    """Curves over layers 0..L, made on demand: correlations cost more than all the rest."""

    def __init__(self, theory: MeanField) -> None:
        self._theory = theory
        known = [pair for pair in pairs(theory.activation) if pair in _PREDICTIONS] if theory.layers else []
        # The gradient of a loss depends on the forward pass: nothing is known of it here.
        lossy = theory.experiment is not None and theory.experiment.loss_part.trains
        self._names = [pair for pair in known if not (lossy and pair[0].endswith("gradient"))]
        self._made: dict[tuple[str, str], tuple[Floats, Floats]] = {}

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, name: tuple[str, str]) -> tuple[Floats, Floats]:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._made:
            mantissas, exponents = split(_PREDICTIONS[name](self._theory))
            made = value(mantissas, exponents)[None], log10(mantissas, exponents)[None]
            self._made[name] = made
        return self._made[name]


def _activation_correlation(theory: MeanField) -> list[Scaled]:
    if theory.batch < 2:
        return [_MISSING] * (len(theory.layers) + 1)
    at_input = theory.one_minus_c_0 if theory.p_0 else math.nan
    return [_cosine(apart) for apart in (at_input, *theory.likeness.activation)]


def _cosine(apart: float) -> Scaled:
    cosine = 1 - apart
    return scaled(0.0 if abs(cosine) < 1e-14 else cosine)  # 0 by symmetry, up to rounding


def _preactivation_correlation(theory: MeanField) -> list[Scaled]:
    if theory.batch < 2:
        return [_MISSING] * (len(theory.layers) + 1)
    return [_MISSING, *(_cosine(apart) for apart in theory.likeness.preactivation)]


def _saturated(theory: MeanField) -> list[Scaled]:
    return _fractions(theory, lambda intervals, stage, apart, mean: fraction_within(intervals, deviation(stage), mean))


def _dead(theory: MeanField) -> list[Scaled]:
    return _fractions(
        theory,
        lambda intervals, stage, apart, mean: fraction_always_within(
            intervals, deviation(stage), apart, theory.batch, mean
        ),
        theory.likeness.normal,
    )


def _fractions(
    theory: MeanField,
    fraction: Callable[[tuple[tuple[float, float], ...], Stage, float, float], float],
    apart: list[float] | None = None,
) -> list[Scaled]:
    """A fraction of flat units by layer; layers that repeat the one before are not worked out again."""
    apart = apart or [0.0] * len(theory.layers)
    found = [_MISSING]
    for index, (layer, stage) in enumerate(zip(theory.layers, theory.stages, strict=True)):
        activation, mean = _driven(theory, layer, stage)
        if index and stage is theory.stages[index - 1] and abs(apart[index] - apart[index - 1]) <= 1e-15 * apart[index]:
            found.append(found[-1])
        elif not (stage.drive or stage.spread)[0]:
            flat = activation.saturated(np.array([mean]), theory.saturation)
            found.append(scaled(float(flat[0])))
        else:
            found.append(scaled(fraction(activation.flat_intervals(theory.saturation), stage, apart[index], mean)))
    return found


def _driven(theory: MeanField, layer: Layer, stage: Stage) -> tuple[Activation, float]:
    """A layer's activation, and the mean of what it meets."""
    return layer.activation or theory.activation, layer.bias_mean if stage.drive is None else stage.drive_mean


def _inactive(theory: MeanField) -> list[Scaled]:
    negative, found = ((-math.inf, 0.0),), [_MISSING]
    for layer, stage in zip(theory.layers, theory.stages, strict=True):
        activation, mean = _driven(theory, layer, stage)
        if not activation.rectifier:
            found.append(_MISSING)
        elif (stage.drive or stage.spread)[0]:
            found.append(scaled(fraction_within(negative, deviation(stage), mean)))
        else:
            found.append(scaled(float(mean < 0)))
    return found


def _weight_gradient(theory: MeanField) -> list[Scaled]:
    """Gradients of different examples are uncorrelated, as the top gradients are: their squares add up."""
    batch = 1 if theory.relative_to_top else theory.batch
    return [_MISSING, *(times(gradient, batch) for gradient in theory.weight_gradients)]


def _zero_mean(theory: MeanField) -> list[Scaled]:
    return [scaled(0.0)] * (len(theory.layers) + 1)


_PREDICTIONS: dict[tuple[str, str], Callable[[MeanField], list[Scaled]]] = {
    ("preactivation", "mean"): lambda t: [_MISSING, *(scaled(layer.bias_mean) for layer in t.layers)],
    ("preactivation", "variance"): lambda t: [_MISSING, *(stage.spread for stage in t.stages)],
    ("preactivation", "second_moment"): lambda t: [_MISSING, *(stage.q for stage in t.stages)],
    ("preactivation", "correlation"): _preactivation_correlation,
    ("activation", "mean"): lambda t: [scaled(t.m_0), *(stage.mean for stage in t.stages)],
    ("activation", "variance"): lambda t: [scaled(t.p_0 - t.m_0**2), *(stage.variance for stage in t.stages)],
    ("activation", "second_moment"): lambda t: [scaled(t.p_0), *(stage.p for stage in t.stages)],
    ("activation", "correlation"): _activation_correlation,
    ("activation", "saturated_fraction"): _saturated,
    ("activation", "inactive_fraction"): _inactive,
    ("activation", "dead_fraction"): _dead,
    ("preactivation_gradient", "mean"): lambda t: [_MISSING, *_zero_mean(t)[1:]],
    ("preactivation_gradient", "variance"): lambda t: [_MISSING, *t.gradients[1]],
    ("preactivation_gradient", "second_moment"): lambda t: [_MISSING, *t.gradients[1]],
    ("activation_gradient", "mean"): _zero_mean,
    ("activation_gradient", "variance"): lambda t: t.gradients[0],
    ("activation_gradient", "second_moment"): lambda t: t.gradients[0],
    ("weight_gradient", "variance"): _weight_gradient,
    ("weight_gradient", "second_moment"): _weight_gradient,
}
