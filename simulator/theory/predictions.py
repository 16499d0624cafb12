"""Infinite-width predictions of the statistics that the simulation measures, one by one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from simulator.curves import Curve
from simulator.gaussian import fraction_always_within, fraction_within
from simulator.magnitude import Magnitude, magnitude, split, times
from simulator.statistics import pairs
from simulator.theory.infinite_width import Stage, deviation

if TYPE_CHECKING:
    from simulator.theory.mean_field import MeanField

_MISSING: Magnitude = (math.nan, 0)


class Predictions(Mapping[tuple[str, str], Curve]):
    """Curves over layers 0..L, made on demand: correlations cost more than all the rest."""

    def __init__(self, theory: MeanField) -> None:
        self._theory = theory
        reported = pairs(layer.activation for layer in theory.layers) if theory.layers else []
        # The gradient of a loss depends on the forward pass: nothing is known of it here.
        lossy = theory.experiment is not None and theory.experiment.loss_part.trains
        known = [pair for pair in reported if pair in _PREDICTIONS]
        self._names = [pair for pair in known if not (lossy and pair[0].endswith("gradient"))]
        self._made: dict[tuple[str, str], Curve] = {}

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, name: tuple[str, str]) -> Curve:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._made:
            mantissas, exponents = split(_PREDICTIONS[name](self._theory))
            self._made[name] = Curve.of_scaled(mantissas[None], exponents[None])
        return self._made[name]


def _activation_correlation(theory: MeanField) -> list[Magnitude]:
    if theory.batch < 2:
        return [_MISSING] * (len(theory.layers) + 1)
    at_input = theory.one_minus_c_0 if theory.p_0 else math.nan
    return [_cosine(apart) for apart in (at_input, *theory.likeness.activation)]


def _cosine(apart: float) -> Magnitude:
    cosine = 1 - apart
    return magnitude(0.0 if abs(cosine) < 1e-14 else cosine)  # 0 by symmetry, up to rounding


def _preactivation_correlation(theory: MeanField) -> list[Magnitude]:
    if theory.batch < 2:
        return [_MISSING] * (len(theory.layers) + 1)
    return [_MISSING, *(_cosine(apart) for apart in theory.likeness.preactivation)]


def _between(theory: MeanField, sizes: list[Magnitude], apart: list[float]) -> list[Magnitude]:
    """E x^2 (1 - c) of each layer, and what a batch's own mean takes of it."""
    if theory.batch < 2:
        return [_MISSING] * len(sizes)
    share = 1 - 1 / theory.batch
    return [times(size, share * gap) if size[0] else size for size, gap in zip(sizes, apart, strict=True)]


def _preactivation_between(theory: MeanField) -> list[Magnitude]:
    return [_MISSING, *_between(theory, [stage.q for stage in theory.stages], theory.likeness.preactivation)]


def _activation_between(theory: MeanField) -> list[Magnitude]:
    sizes = [magnitude(theory.p_0), *(stage.p for stage in theory.stages)]
    return _between(theory, sizes, [theory.one_minus_c_0, *theory.likeness.activation])


def _saturated(theory: MeanField) -> list[Magnitude]:
    return _fractions(theory, lambda intervals, stage, apart, mean: fraction_within(intervals, deviation(stage), mean))


def _dead(theory: MeanField) -> list[Magnitude]:
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
) -> list[Magnitude]:
    """A fraction of flat units by layer; layers that repeat the one before are not worked out again."""
    apart = apart or [0.0] * len(theory.layers)
    fractions = [_MISSING]
    for index, stage in enumerate(theory.stages):
        activation, mean = stage.activation, stage.drive_mean
        if index and stage is theory.stages[index - 1] and abs(apart[index] - apart[index - 1]) <= 1e-15 * apart[index]:
            fractions.append(fractions[-1])
        elif not stage.drive[0]:
            flat = activation.saturated(np.array([mean]), theory.saturation)
            fractions.append(magnitude(float(flat[0])))
        else:
            fractions.append(
                magnitude(fraction(activation.flat_intervals(theory.saturation), stage, apart[index], mean))
            )
    return fractions


def _inactive(theory: MeanField) -> list[Magnitude]:
    negative, fractions = ((-math.inf, 0.0),), [_MISSING]
    for stage in theory.stages:
        if not stage.activation.rectifier:
            fractions.append(_MISSING)
        elif stage.drive[0]:
            fractions.append(magnitude(fraction_within(negative, deviation(stage), stage.drive_mean)))
        else:
            fractions.append(magnitude(float(stage.drive_mean < 0)))
    return fractions


def _weight_gradient(theory: MeanField) -> list[Magnitude]:
    """Gradients of different examples are uncorrelated, as the top gradients are: their squares add up."""
    batch = 1 if theory.relative_to_top else theory.batch
    return [_MISSING, *(times(gradient, batch) for gradient in theory.weight_gradients)]


def _zero_mean(theory: MeanField) -> list[Magnitude]:
    return [magnitude(0.0)] * (len(theory.layers) + 1)


_PREDICTIONS: dict[tuple[str, str], Callable[[MeanField], list[Magnitude]]] = {
    ("preactivation", "mean"): lambda t: [_MISSING, *(magnitude(layer.bias_mean) for layer in t.layers)],
    ("preactivation", "variance"): lambda t: [_MISSING, *(stage.spread for stage in t.stages)],
    ("preactivation", "second_moment"): lambda t: [_MISSING, *(stage.q for stage in t.stages)],
    ("preactivation", "correlation"): _preactivation_correlation,
    ("preactivation", "between_variance"): _preactivation_between,
    ("activation", "between_variance"): _activation_between,
    ("activation", "mean"): lambda t: [magnitude(t.m_0), *(stage.mean for stage in t.stages)],
    ("activation", "variance"): lambda t: [magnitude(t.p_0 - t.m_0**2), *(stage.variance for stage in t.stages)],
    ("activation", "second_moment"): lambda t: [magnitude(t.p_0), *(stage.p for stage in t.stages)],
    ("activation", "correlation"): _activation_correlation,
    ("activation", "saturated_fraction"): _saturated,
    ("activation", "inactive_fraction"): _inactive,
    ("activation", "dead_fraction"): _dead,
    ("preactivation_gradient", "mean"): lambda t: [_MISSING, *_zero_mean(t)[1:]],
    ("preactivation_gradient", "variance"): lambda t: [_MISSING, *t.gradients.inner],
    ("preactivation_gradient", "second_moment"): lambda t: [_MISSING, *t.gradients.inner],
    ("activation_gradient", "mean"): _zero_mean,
    ("activation_gradient", "variance"): lambda t: t.gradients.outer,
    ("activation_gradient", "second_moment"): lambda t: t.gradients.outer,
    ("weight_gradient", "variance"): _weight_gradient,
    ("weight_gradient", "second_moment"): _weight_gradient,
}
