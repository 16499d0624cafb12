"""Infinite width with residual branches or normalization: second moments, likeness and gradients layer by layer.

A branch's preactivations are fresh normal numbers, independent of the signal that passes by; normalized ones have
variance 1 whatever the weights' is (Yang & Schoenholz 2017; Yang et al. 2019 for batch norm, of large batches).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from simulator.activations import Activation
from simulator.normalization import EPSILON, BatchNorm, NoNormalization, Normalization, RMSNorm
from simulator.residual import NoResidual, Residual
from simulator.studies.infinite_width import (
    ZERO,
    Layer,
    Likeness,
    Scaled,
    Stage,
    images,
    plus,
    ratio,
    scaled,
    stage_at,
    times,
)
from simulator.walk import Walk


@dataclass(frozen=True)
class Wiring:
    """How the layers of a network of `depth` are put together."""

    residual: Residual
    normalization: Normalization
    depth: int

    @property
    def walk(self) -> Walk:
        """The order of layers and branches."""
        return Walk.of(self.residual, self.depth)

    @property
    def plain(self) -> bool:
        return self.residual.name == self.normalization.name == "none"


PLAIN = Wiring(NoResidual(), NoNormalization(), 1)
"""Neither branches nor normalization."""


@dataclass(frozen=True)
class Signal:
    """The signal after a layer: E x, E x^2, and 1 - the correlation of two examples."""

    mean: Scaled
    square: Scaled
    apart: float


@dataclass(frozen=True)
class Passage:
    """A layer passed: the stage it went through, its likeness, and the slopes of its way back.

    `entering` is the mean square of what moves the weights, `steepness` E phi'^2 over the variance that normalization
    divided by: the mean square slope of all but W.
    """

    stage: Stage
    entering: Scaled
    normal: float
    preactivation: float
    activation: float
    slopes: float
    steepness: float


def walk(
    activation: Activation, layers: Sequence[Layer], wiring: Wiring, p_0: float, m_0: float, apart_0: float
) -> list[Passage]:
    """Every layer in turn, from the inputs' mean square, mean and 1 - correlation."""
    if not layers:
        return []
    passed: list[Passage] = []
    order, make = wiring.walk, _before if wiring.residual.before else _after

    def step(number: int, signal: Signal, beside: Signal | None) -> Signal:
        layer = layers[number - 1]
        passage, signal = make(layer.activation or activation, layer, wiring, signal, beside, order.factor)
        passed.append(passage)
        return signal

    start = Signal(scaled(0.0 if math.isnan(m_0) else m_0), scaled(p_0), apart_0)
    deque(order.forward(start, step), maxlen=0)
    return passed


def _after(
    activation: Activation, layer: Layer, wiring: Wiring, signal: Signal, beside: Signal | None, factor: float
) -> tuple[Passage, Signal]:
    """x -> phi(norm(W x + b))."""
    arriving, spread = _linear(layer, signal)
    normal = signal.apart * ratio(arriving, spread) if spread[0] else 0.0
    driven, mean, divisor, apart = _normalized(wiring.normalization, spread, layer.bias_mean, normal)
    stage = stage_at(activation, driven, mean)
    branch_apart, slopes = images(activation, stage, mean, apart)
    output = Signal(stage.mean, stage.p, branch_apart)
    joined = output if beside is None else _joined(beside, output, factor)
    q = plus(spread, scaled(layer.bias_mean**2))
    shown = replace(
        stage,
        spread=spread,
        q=q,
        drive=driven,
        drive_mean=mean,
        mean=joined.mean,
        p=joined.square,
        variance=_variance(joined),
    )
    if beside is None:
        shown = replace(shown, variance=stage.variance)  # worked out without a difference
    whole = normal * ratio(spread, q) if q[0] else math.nan
    steepness = ratio(scaled(stage.steepness), divisor)
    # Gradients of a batch norm add up to 0 over the batch: what its examples have in common moves no weight.
    shared = isinstance(wiring.normalization, BatchNorm)
    entering = times(signal.square, _known(signal.apart)) if shared else signal.square
    return Passage(shown, entering, apart, whole, joined.apart, slopes, steepness), joined


def _before(
    activation: Activation, layer: Layer, wiring: Wiring, signal: Signal, beside: Signal | None, factor: float
) -> tuple[Passage, Signal]:
    """x -> W phi(norm(x)) + b; what a layer's units are driven by is the signal that it makes."""
    stage, opened, divisor, _ = _opened(activation, wiring, signal)
    output, spread = _linear(layer, opened)
    made = Signal(ZERO, spread, opened.apart * ratio(output, spread) if spread[0] else math.nan)
    joined = made if beside is None else _joined(beside, made, factor)
    ahead, _, _, normal = _opened(activation, wiring, joined)
    shown = replace(ahead, spread=joined.square, q=joined.square, mean=ZERO, p=joined.square, variance=joined.square)
    steepness = ratio(scaled(stage.steepness), divisor)
    return Passage(shown, opened.square, normal, joined.apart, joined.apart, 0.0, steepness), joined


def _opened(activation: Activation, wiring: Wiring, signal: Signal) -> tuple[Stage, Signal, Scaled, float]:
    """phi(norm(x)) of a signal: the stage, what comes out, what the norm divides by, 1 - correlation of norm(x)."""
    driven, _, divisor, apart = _normalized(wiring.normalization, signal.square, 0.0, _known(signal.apart))
    stage = replace(stage_at(activation, driven, 0.0), drive=driven)
    out, _ = images(activation, stage, 0.0, apart)
    return stage, Signal(stage.mean, stage.p, out), divisor, apart


def _linear(layer: Layer, signal: Signal) -> tuple[Scaled, Scaled]:
    arriving = times(signal.square, layer.forward)
    return arriving, plus(arriving, scaled(layer.bias_variance))


def _normalized(
    normalization: Normalization, spread: Scaled, mean: float, apart: float
) -> tuple[Scaled, float, Scaled, float]:
    """Variance, mean and 1 - correlation after normalization, the third of four the variance that was divided by."""
    if isinstance(normalization, NoNormalization):
        return spread, mean, scaled(1.0), apart
    if isinstance(normalization, RMSNorm):
        divisor = plus(plus(spread, scaled(mean**2)), scaled(EPSILON))
        return scaled(ratio(spread, divisor)), mean / math.sqrt(ratio(divisor, scaled(1.0))), divisor, apart
    # A batch's mean takes away what its examples have in common, and what is left of them is orthogonal.
    over_batch = isinstance(normalization, BatchNorm)
    own = times(spread, apart) if over_batch else spread
    divisor = plus(own, scaled(EPSILON))
    return scaled(ratio(own, divisor)), 0.0, divisor, 1.0 if over_batch else apart


def _joined(beside: Signal, branch: Signal, factor: float) -> Signal:
    """The sum of a signal and `factor` times a branch whose entries are uncorrelated with it but for their means."""
    cross = times(_product(beside.mean, branch.mean), 2 * factor)
    square = plus(plus(beside.square, cross), times(branch.square, factor**2))
    difference = plus(
        times(beside.square, _known(beside.apart)), times(times(branch.square, factor**2), _known(branch.apart))
    )
    mean = plus(beside.mean, times(branch.mean, factor))
    return Signal(mean, square, ratio(difference, square) if square[0] else math.nan)


def _known(apart: float) -> float:
    return apart if apart == apart else 0.0


def _variance(signal: Signal) -> Scaled:
    return plus(signal.square, times(_product(signal.mean, signal.mean), -1.0))


def _product(left: Scaled, right: Scaled) -> Scaled:
    mantissa, exponent = times(left, right[0])
    return (mantissa, exponent + right[1]) if mantissa else ZERO


def backward(
    layers: Sequence[Layer], wiring: Wiring, passed: Sequence[Passage], top: Scaled
) -> tuple[list[Scaled], list[Scaled], list[Scaled]]:
    """E (dE/dx)^2 of layers 0..L, E (dE/dh)^2 and the mean square of what arrives at the weights' output of 1..L."""
    inner: list[Scaled] = []
    arriving: list[Scaled] = []
    order, before = wiring.walk, wiring.residual.before

    def step(number: int, gradient: Scaled, factor: float) -> Scaled:
        branch, slope = times(gradient, factor**2), passed[number - 1].steepness
        arriving.append(branch if before else times(branch, slope))
        inner.append(gradient if before else arriving[-1])
        return times(times(branch, slope), layers[number - 1].backward)

    outer = [top, *order.backward(top, step, plus)]
    return outer[::-1], inner[::-1], arriving[::-1]


def likeness(passed: Sequence[Passage]) -> Likeness:
    """1 - correlation by layer."""
    return Likeness(
        [one.normal for one in passed],
        [one.preactivation for one in passed],
        [one.activation for one in passed],
        [one.slopes for one in passed],
    )
