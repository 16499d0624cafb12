"""Theory of networks that are not infinitely wide: the law of every layer's mean square over networks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from simulator import frames
from simulator.curves import Curve
from simulator.experiment import Experiment
from simulator.network import Progress
from simulator.scaled import Floats, Scaled
from simulator.studies.ensemble import LEVELS, log10_mean, log_moments, quantiles
from simulator.studies.one_input import draw_inputs, one_input
from simulator.theory.layer_gains import Slopes, batch_variance, layer_gain
from simulator.theory.mean_field import mean_field

_DRAWS = 2000
_FEWEST = 200
"""Draws of a sampled law: fewer say nothing of its tails."""

_UNITS, _MOST_UNITS = 2**23, 2**25
"""Units of all draws together: what is aimed at, and what a law may take."""

_INPUTS = 2**21
_LN10 = math.log(10.0)


class Source(StrEnum):
    """Where the law comes from, or why there is none: its value is the sentence."""

    CLOSED = (
        "closed forms for one example: mean and log-variance layer by layer, exact at any width; quantiles log-normal"
    )
    BATCHED = "closed forms for the mean over a batch, to first order in 1/n; quantiles log-normal"
    SAMPLED = "the exact law of a network that sees one example, sampled without a weight matrix"
    MEAN = "none, since it is for weights whose mean is zero"
    ORTHOGONAL = "none here for orthogonal weights, whose entries are not independent"
    POOLED = (
        "none here for the mean over a batch, unless each φ is piecewise linear, without bias, and it is the signal's"
    )
    BATCH_NORM = "none here for batch norm, which ties the examples of a batch together"
    LARGE = "none here for so many units"


@dataclass(frozen=True)
class Law:
    """The law of log10 of the mean square by layer 0..L, over networks.

    `quantiles` (levels, L + 1), `log10_mean` that of the mean, `log_mean` and `log_variance` of the natural logarithm
    where it is finite, `zero` the probability of an exact 0; NaN where there is nothing. `ending` (draws,) is a sample
    at the last layer that the pass reaches, None where the law is log-normal.
    """

    quantiles: Floats = field(repr=False)
    log10_mean: Floats = field(repr=False)
    log_mean: Floats = field(repr=False)
    log_variance: Floats = field(repr=False)
    zero: Floats = field(repr=False)
    ending: Floats | None = field(default=None, repr=False)

    def below(self, log10: float, layer: int) -> float:
        """The probability that the mean square of `layer`, the one the pass ends at, lies below 10**log10."""
        if self.ending is not None:
            return float(np.mean(self.ending < log10))
        zero, spread = float(self.zero[layer]), math.sqrt(float(self.log_variance[layer]))
        if not math.isfinite(spread) or spread == 0:
            return float(self.quantiles[2, layer] < log10)
        return zero + (1 - zero) * float(ndtr((log10 * _LN10 - self.log_mean[layer]) / spread))

    def density(self, log10: float, layer: int) -> tuple[Floats, Floats] | None:
        """The density of ln(mean square) - ln(10**log10) of `layer`, where the pass ends: (x, y); None for a point."""
        spread = math.sqrt(float(self.log_variance[layer])) if self.log_variance[layer] > 0 else 0.0
        if spread == 0 or not math.isfinite(log10):
            return None
        if self.ending is None:
            x = float(self.log_mean[layer]) - log10 * _LN10 + spread * np.linspace(-4, 4, 161)
            return x, (1 - float(self.zero[layer])) * _bell(np.linspace(-4, 4, 161)) / spread
        alive = (self.ending[np.isfinite(self.ending)] - log10) * _LN10
        low, high = np.quantile(alive, (0.25, 0.75))
        # Silverman's rule (1986) for the width of the kernel.
        kernel = 0.9 * min(spread, float(high - low) / 1.34 or spread) * alive.size**-0.2
        x = np.linspace(alive.min() - 3 * kernel, alive.max() + 3 * kernel, 161)
        return x, _bell((x[:, None] - alive) / kernel).sum(axis=1) / (kernel * self.ending.size)


@dataclass(frozen=True)
class FiniteWidth:
    """The laws of an experiment's networks by quantity, none where `source` says why."""

    experiment: Experiment
    batch: int
    source: Source
    laws: Mapping[str, Law] = field(repr=False)

    def to_frame(self, label: str = "") -> pd.DataFrame:
        """The tidy table: median, with the central 95 % in `low` and `high`, and mean, by layer and quantity."""
        parts = []
        layers = range(self.experiment.depth + 1)
        for quantity, law in self.laws.items():
            curves = {(quantity, "second_moment median"): Curve.of_log10(law.quantiles[2][None])}
            median = frames.tidy(label, frames.THEORY, (frames.NO_SEED,), layers, curves, keep=True)
            median["low"], median["high"] = (Curve.of_log10(law.quantiles[row])[0] for row in (0, -1))
            parts.append(median[median["value"].notna() | median["log10"].notna()])
            curves = {(quantity, "second_moment mean"): Curve.of_log10(law.log10_mean[None])}
            parts.append(frames.tidy(label, frames.THEORY, (frames.NO_SEED,), layers, curves))
        return frames.concat(*parts)


def finite_width(experiment: Experiment, batch: int = 1, progress: Progress | None = None) -> FiniteWidth:
    """The laws for networks that see `batch` examples each.

    Piecewise linear activations without bias have closed forms, others are sampled; weights count as normal.
    """
    inits = experiment.init_parts
    if not all(init.mean_field for init in inits):
        return FiniteWidth(experiment, batch, Source.MEAN, {})
    if any(init.orthogonal for init in inits):
        return FiniteWidth(experiment, batch, Source.ORTHOGONAL, {})
    if experiment.normalization_part.of_batch:
        return FiniteWidth(experiment, batch, Source.BATCH_NORM, {})
    if closed_forms(experiment):
        laws = _closed(experiment, batch)
        return FiniteWidth(experiment, batch, Source.CLOSED if batch == 1 else Source.BATCHED, laws)
    if batch > 1:
        return FiniteWidth(experiment, batch, Source.POOLED, {})
    draws = draws_of(experiment)
    if not draws:
        return FiniteWidth(experiment, batch, Source.LARGE, {})
    sample = one_input(experiment, draws, experiment.seed, progress)
    return FiniteWidth(
        experiment, batch, Source.SAMPLED, {quantity: _sampled(logs, quantity) for quantity, logs in sample.items()}
    )


def draws_of(experiment: Experiment) -> int:
    """How many draws a sampled law is made of; 0 for so many units that it would take too long."""
    units = sum(experiment.layer_widths)
    return min(_DRAWS, max(_FEWEST, _UNITS // units)) if _FEWEST * units <= _MOST_UNITS else 0


def closed_forms(experiment: Experiment) -> bool:
    """Whether every layer is W x and a piecewise linear activation, and the gradient at the top is drawn."""
    plain = experiment.plain and experiment.bias_part.is_zero and not experiment.loss_part.trains
    return plain and all(activation.homogeneous for activation in experiment.activation_parts)


def ending(quantity: str, depth: int) -> int:
    """The last layer that the pass of a quantity reaches."""
    return {"activation_gradient": 0, "preactivation_gradient": 1}.get(quantity, depth)


def layers_passed(experiment: Experiment, quantity: str) -> Floats:
    """The sum of 1/n over the layers that a quantity of layer l = 0..L has come through, from input or from output."""
    inverse = 1.0 / np.array(experiment.layer_widths)
    if quantity.endswith("gradient"):
        return np.asarray(np.cumsum(inverse[::-1])[::-1])
    return np.asarray(np.cumsum([0.0, *inverse[1:]]))


def _sampled(logs: Floats, quantity: str) -> Law:
    mean, variance = log_moments(logs)
    return Law(
        quantiles(logs), log10_mean(logs), mean, variance, np.mean(np.isneginf(logs), axis=0),
        ending=logs[:, ending(quantity, logs.shape[1] - 1)],
    )  # fmt: skip


def _closed(experiment: Experiment, batch: int) -> dict[str, Law]:
    """Sums of the moments of ln r over the layers passed; h and dE/dx end with a linear layer in place of r."""
    widths, linear_slopes = experiment.layer_widths, [(1.0, 1.0)] * len(experiment.layer_widths)
    # Nothing passes the input's place in either direction.
    slopes = [(1.0, 1.0), *(activation.slopes_at_infinity for activation in experiment.activation_parts)]
    # Without bias, a layer's preactivations are as alike as what it was handed.
    apart = [0.0] * len(widths) if batch == 1 else [0.0, *mean_field(experiment).one_minus_c.tolist()]
    through, linear = (
        np.array([_gain(kinks, n, batch, c) for kinks, n, c in zip(each, widths, apart, strict=True)]).T
        for each in (slopes, linear_slopes)
    )
    forward = np.cumsum(np.column_stack([_input_moments(experiment, batch), through[:, 1:]]), axis=1)
    gains = {"activation": forward, "preactivation": _after(forward) + linear}
    if batch == 1:
        backward = np.cumsum(through[:, ::-1], axis=1)[:, ::-1]
        gains |= {
            "preactivation_gradient": backward,
            "activation_gradient": _after(backward[:, ::-1])[:, ::-1] + linear,
        }
    expected = mean_field(experiment).curves
    return {
        quantity: _log_normal(expected[quantity, "second_moment"][1][0], *passed, first=int(quantity.startswith("pre")))
        for quantity, passed in gains.items()
    }


def _log_normal(log10_expected: Floats, drift: Floats, variance: Floats, log_dead: Floats, *, first: int) -> Law:
    """The log-normal law with this mean and these moments of ln, from layer `first` on; log_dead is -ln P(not 0)."""
    nothing = np.arange(len(drift)) < first
    known = np.where(nothing, np.nan, np.where(np.isnan(log10_expected), -np.inf, log10_expected))
    there = np.isfinite(known)
    log_mean, variance = np.where(there, known * _LN10 + drift, np.nan), np.where(there, variance, np.nan)
    with np.errstate(under="ignore"):
        alive = np.exp(-log_dead)
        zero = np.where(there, -np.expm1(-log_dead), np.where(nothing, np.nan, 1.0))
    # Of all networks, those whose signal is exactly 0 come first.
    levels = np.array(LEVELS)[:, None]
    places = np.where(there & (levels > zero), (levels - zero) / np.maximum(alive, 1e-300), 0.5)
    shown = (log_mean + np.sqrt(variance) * ndtri(places)) / _LN10
    shown = np.where(there & (levels > zero), shown, np.where(nothing, np.nan, -np.inf))
    return Law(shown, known, log_mean, variance, zero)


def _gain(slopes: Slopes, width: int, batch: int, one_minus_c: float) -> tuple[float, float, float]:
    """Mean and variance of ln r, and -ln P(r > 0)."""
    if batch == 1:
        gain = layer_gain(slopes, width)
        return gain.mean, gain.variance, -math.log1p(-gain.zero) if gain.zero < 1 else math.inf
    variance = batch_variance(slopes, 0.0 if math.isnan(one_minus_c) else one_minus_c, batch) / width
    return -variance / 2, variance, 0.0  # E r = 1


def _after(passed: Floats) -> Floats:
    """The layers passed before each one."""
    return np.column_stack([np.zeros(len(passed)), passed[:, :-1]])


def _input_moments(experiment: Experiment, batch: int) -> tuple[float, float, float]:
    """The contribution of the draw of the inputs: the moments of ln(M_0 / E M_0), from a sample."""
    width = experiment.layer_widths[0]
    count = min(_DRAWS, max(_FEWEST, _INPUTS // (batch * width)))
    rng = np.random.Generator(np.random.SFC64((experiment.seed, batch)))
    expected = experiment.inputs_part.moments(width).second_moment
    logs = []
    for _ in range(count):
        moment = float(Scaled(draw_inputs(experiment, rng, 1, batch)).second_moment[0])
        if moment > 0 and expected > 0:
            logs.append(math.log(moment / expected))
    return (float(np.mean(logs)), float(np.var(logs)), 0.0) if logs else (0.0, 0.0, 0.0)


def _bell(x: Floats) -> Floats:
    return np.asarray(np.exp(-np.minimum(x * x / 2, 700.0)) / math.sqrt(2 * math.pi))
