"""Infinite width with branches, normalization or dropout: second moments, likeness and gradients layer by layer.

A branch's preactivations are fresh normal numbers, independent of the signal that passes by; normalized ones have
variance 1 whatever the weights' is (Yang & Schoenholz 2017; Yang et al. 2019 for batch norm, of large batches). Of what
enters the weights dropout leaves E x^2 / (1 - p), and its zeros are each example's own, so that a correlation c becomes
(1 - p) c (Pretorius et al. 2018).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from simulator.activations import Activation
from simulator.magnitude import ONE, ZERO, Magnitude, magnitude, plus, product, ratio, times
from simulator.normalization import NoNormalization, Normalization, Normals
from simulator.residual import NoResidual, Residual
from simulator.theory.infinite_width import Gradients, Layer, Likeness, Stage, images, stage_at
from simulator.walk import Walk


@dataclass(frozen=True)
class Wiring:
    """How the layers of a network of `depth` are put together."""

    residual: Residual
    normalization: Normalization
    depth: int
    dropout: bool = False

    @property
    def walk(self) -> Walk:
        """The order of layers and branches."""
        return Walk.of(self.residual, self.depth)

    @property
    def plain(self) -> bool:
        return self.residual.name == self.normalization.name == "none" and not self.dropout

    @property
    def known(self) -> bool:
        """Whether the normalization says what it does at infinite width."""
        return self.normalization.expected(Normals(ONE, 0.0, 1.0)) is not None


PLAIN = Wiring(NoResidual(), NoNormalization(), 1)
"""Neither branches nor normalization."""


@dataclass(frozen=True)
class Signal:
    """The signal after a layer: E x, E x^2, and 1 - the correlation of two examples."""

    mean: Magnitude
    square: Magnitude
    apart: float


@dataclass(frozen=True)
class Passage:
    """A layer passed: the stage it went through, its likeness, and the slopes of its way back.

    `entering` is the mean square of what moves the weights, `steepness` E phi'^2 over the variance that normalization
    divided by: the mean square slope of all but W.
    """

    stage: Stage
    entering: Magnitude
    normal: float
    preactivation: float
    activation: float
    slopes: float
    steepness: float


class Wired:
    """Layers with branches, normalization or dropout, from the inputs' mean square, mean and 1 - correlation."""

    def __init__(self, layers: Sequence[Layer], wiring: Wiring, p_0: float, m_0: float, apart_0: float) -> None:
        self.layers, self.wiring = layers, wiring
        self._start = Signal(magnitude(0.0 if math.isnan(m_0) else m_0), magnitude(p_0), apart_0)

    @cached_property
    def passed(self) -> list[Passage]:
        """Every layer in turn."""
        passed: list[Passage] = []
        walk, layers = self.wiring.walk, self.layers

        def step(number: int, signal: Signal, beside: Signal | None) -> Signal:
            layer = layers[number - 1]
            if self.wiring.residual.before:
                ahead = layers[min(number, len(layers) - 1)].activation
                passage, signal = _before(layer, ahead, self.wiring, signal, beside, walk.factor)
            else:
                passage, signal = _after(layer, self.wiring, signal, beside, walk.factor)
            passed.append(passage)
            return signal

        deque(walk.forward(self._start, step), maxlen=0)
        return passed

    @property
    def stages(self) -> list[Stage]:
        """Moments of preactivation and activation."""
        return [passage.stage for passage in self.passed]

    @property
    def likeness(self) -> Likeness:
        """1 - correlation by layer."""
        passed = self.passed
        return Likeness(
            [one.normal for one in passed],
            [one.preactivation for one in passed],
            [one.activation for one in passed],
            [one.slopes for one in passed],
        )

    @property
    def steepness(self) -> list[float]:
        """E phi'^2 over what the norm divided by."""
        return [passage.steepness for passage in self.passed]

    @property
    def entering(self) -> list[Magnitude]:
        """The mean square of what moves the weights."""
        return [passage.entering for passage in self.passed]

    def gradients(self, top: Magnitude) -> Gradients:
        """The way back."""
        inner: list[Magnitude] = []
        arriving: list[Magnitude] = []
        walk, before = self.wiring.walk, self.wiring.residual.before

        def step(number: int, gradient: Magnitude, factor: float) -> Magnitude:
            branch, slope = times(gradient, factor**2), self.passed[number - 1].steepness
            arriving.append(branch if before else times(branch, slope))
            inner.append(gradient if before else arriving[-1])
            return times(times(branch, slope), self.layers[number - 1].backward)

        outer = [top, *walk.backward(top, step, plus)]
        return Gradients(outer[::-1], inner[::-1], arriving[::-1])


def _after(
    layer: Layer, wiring: Wiring, signal: Signal, beside: Signal | None, factor: float
) -> tuple[Passage, Signal]:
    """x -> phi(norm(W x + b))."""
    signal = _thinned(layer, signal)
    arriving, spread = _linear(layer, signal)
    normal = signal.apart * ratio(arriving, spread) if spread[0] else 0.0
    met = _normed(wiring, Normals(spread, layer.bias_mean, normal))
    stage = stage_at(layer.activation, met.variance, met.mean)
    branch_apart, slopes = images(stage, met.apart)
    output = Signal(stage.mean, stage.p, branch_apart)
    joined = output if beside is None else _joined(beside, output, factor)
    q = plus(spread, magnitude(layer.bias_mean**2))
    shown = replace(stage, spread=spread, q=q, mean=joined.mean, p=joined.square, variance=_variance(joined))
    if beside is None:
        shown = replace(shown, variance=stage.variance)  # worked out without a difference
    whole = normal * ratio(spread, q) if q[0] else math.nan
    steepness = ratio(magnitude(stage.steepness), met.divisor)
    # Where gradients add up to 0 over the batch, what its examples have in common moves no weight.
    shared = wiring.normalization.centres_batch
    entering = times(signal.square, _known(signal.apart)) if shared else signal.square
    return Passage(shown, entering, met.apart, whole, joined.apart, slopes, steepness), joined


def _before(
    layer: Layer, ahead: Activation, wiring: Wiring, signal: Signal, beside: Signal | None, factor: float
) -> tuple[Passage, Signal]:
    """x -> W phi(norm(x)) + b; what the layer's units meet `ahead` is the signal that it makes."""
    stage, opened, divisor, _ = _opened(layer.activation, wiring, signal)
    opened = _thinned(layer, opened)
    output, spread = _linear(layer, opened)
    made = Signal(ZERO, spread, opened.apart * ratio(output, spread) if spread[0] else math.nan)
    joined = made if beside is None else _joined(beside, made, factor)
    met, _, _, normal = _opened(ahead, wiring, joined)
    shown = replace(met, spread=joined.square, q=joined.square, mean=ZERO, p=joined.square, variance=joined.square)
    steepness = ratio(magnitude(stage.steepness), divisor)
    return Passage(shown, opened.square, normal, joined.apart, joined.apart, 0.0, steepness), joined


def _opened(activation: Activation, wiring: Wiring, signal: Signal) -> tuple[Stage, Signal, Magnitude, float]:
    """phi(norm(x)) of a signal: the stage, what comes out, what the norm divides by, 1 - correlation of norm(x)."""
    met = _normed(wiring, Normals(signal.square, 0.0, _known(signal.apart)))
    stage = stage_at(activation, met.variance, 0.0)
    out, _ = images(stage, met.apart)
    return stage, Signal(stage.mean, stage.p, out), met.divisor, met.apart


def _thinned(layer: Layer, signal: Signal) -> Signal:
    """The signal behind dropout: E x^2 / (1 - p), of two examples alike in 1 - p of their units at most."""
    rate = layer.dropout
    if not rate or not signal.square[0]:
        return signal
    return Signal(signal.mean, times(signal.square, 1 / (1 - rate)), rate + (1 - rate) * _known(signal.apart))


def _normed(wiring: Wiring, met: Normals) -> Normals:
    made = wiring.normalization.expected(met)
    assert made is not None  # a network whose norm has no theory has no layers here
    return made


def _linear(layer: Layer, signal: Signal) -> tuple[Magnitude, Magnitude]:
    arriving = times(signal.square, layer.forward)
    return arriving, plus(arriving, magnitude(layer.bias_variance))


def _joined(beside: Signal, branch: Signal, factor: float) -> Signal:
    """The sum of a signal and `factor` times a branch whose entries are uncorrelated with it but for their means."""
    cross = times(product(beside.mean, branch.mean), 2 * factor)
    square = plus(plus(beside.square, cross), times(branch.square, factor**2))
    difference = plus(
        times(beside.square, _known(beside.apart)), times(times(branch.square, factor**2), _known(branch.apart))
    )
    mean = plus(beside.mean, times(branch.mean, factor))
    return Signal(mean, square, ratio(difference, square) if square[0] else math.nan)


def _known(apart: float) -> float:
    return apart if apart == apart else 0.0


def _variance(signal: Signal) -> Magnitude:
    return plus(signal.square, times(product(signal.mean, signal.mean), -1.0))
