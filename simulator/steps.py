"""One layer's step of a signal, and of a gradient back: linear layer, normalization, activation, in either order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.activations import Activation
from simulator.dropout import Dropout
from simulator.normalization import Backward, Normalization
from simulator.scaled import FAINT, Array, Exponents, Scaled, add, shift_values
from simulator.statistics import Activated, Sample, WeightGradient
from simulator.weights import LinearLayer

Show = Callable[[str, Sample], None]
"""Called with (quantity, sample)."""

_REACH = {np.dtype(np.float64): 100, np.dtype(np.float32): 40}
"""Exponents to which an activation is evaluated; beyond, it is its own tangent at 0 or infinity to 2**-reach."""

_NOTHING = -1e15
"""A natural logarithm below which a number counts as 0, as an ELU's slope at -2**100 does."""


class Step:
    """x -> phi(norm(W x + b)) for S networks at once, and back; `ahead` is the next layer's phi, if there is one.

    `thin`, where there is one, is what dropout leaves of what goes into W. With `unit_variance` W is divided by the
    deviation of W x over batch and units (LSUV: Mishkin & Matas 2016), always: a tolerance would hang on rounding.
    """

    def __init__(
        self,
        layer: LinearLayer,
        activation: Activation,
        ahead: Activation,
        thin: Dropout | None,
        normalization: Normalization,
        saturation: float,
        unit_variance: bool = False,
    ) -> None:
        self._layer, self._activation, self._ahead, self._thin = layer, activation, ahead, thin
        self._normalization, self._saturation, self._unit_variance = normalization, saturation, unit_variance
        self.divisor: Scaled | None = None
        self._slope: Scaled | None = None
        self._undo: Backward | None = None
        self._forgotten: Exponents | None = None

    def forward(self, signal: Scaled, show: Show) -> Scaled:
        """The step's output, its preactivation shown."""
        self._exponent = signal.exponent
        product = Scaled(self._layer.apply(self._thinned(signal)), signal.exponent)
        if self._unit_variance:
            self.divisor = deviation(product)
            product = divided(product, self.divisor)
        preactivation = self._linear(product.values, product.exponent)
        show("preactivation", preactivation)
        return self._activated(preactivation)

    def joined(self, passed: Scaled, branch: Scaled, factor: float) -> Scaled:
        """`passed` + `factor` * `branch`."""
        total = add(passed, Scaled(branch.values * factor, branch.exponent)).rescaled()
        return branch.about(total) if isinstance(branch, Activated) else total

    def show(self, signal: Scaled, show: Show) -> None:
        """Show the layer's activations, then let go of what only that was for."""
        show("activation", signal)
        if isinstance(signal, Activated):
            signal.release()

    def forget(self, signal: Scaled) -> bool:
        """Whether the step can make its output again, and then keeps only what that takes."""
        if self._layer.reapply is None:
            return False
        self._forgotten, self._slope, self._undo = self._exponent, None, None
        return True

    def recall(self) -> Scaled:
        """The output that was forgotten."""
        assert self._forgotten is not None and self._layer.reapply is not None
        signal = self._activated(self._linear(self._layer.reapply(), self._forgotten))
        signal.release()
        return signal

    def backward(self, gradient: Scaled, signal: Scaled, factor: float, show: Show) -> Scaled:
        """dE/d(signal) of the step's input, from `factor` times dE/d(output)."""
        assert self._slope is not None
        upstream = multiply(self._slope, _times(gradient, factor)).rescaled()
        if self._undo is not None:
            upstream = self._undo(upstream).rescaled()
        self._slope = self._undo = None
        show("preactivation_gradient", upstream)
        return self._to_input(upstream, self._thinned(signal), show)

    def _to_input(self, upstream: Scaled, entering: Scaled, show: Show) -> Scaled:
        """The gradient at what W was applied to, before dropout; W's own is shown."""
        product = self._layer.apply_transpose(upstream, entering)  # from here on its inner products are known
        show("weight_gradient", WeightGradient(upstream, entering))
        below = Scaled(product, upstream.exponent)
        if self.divisor is not None:
            below = divided(below, self.divisor)
        return self._thinned(below).rescaled()

    def _thinned(self, signal: Scaled) -> Scaled:
        return signal if self._thin is None else self._thin(signal)

    def _linear(self, product: Array, exponent: Exponents) -> Scaled:
        preactivation = Scaled(product, exponent)
        if self._layer.bias is not None:
            preactivation = add(preactivation, self._layer.bias)
        return preactivation.rescaled()

    def _activated(self, preactivation: Scaled) -> Activated:
        normal, self._undo = self._normalization.forward(preactivation)
        signal, self._slope = activate(self._activation, normal.rescaled(), self._saturation)
        return signal


class PreStep(Step):
    """x -> W phi(norm(x)) + b, and back; h and x of a layer are both what it adds up to.

    Which units are on the flat side is said of the activation that the sum meets in the next layer's branch.
    """

    def forward(self, signal: Scaled, show: Show) -> Scaled:
        self._opened = self._thinned(self._activated(signal))
        return self._linear(self._layer.apply(self._opened), self._opened.exponent)

    def show(self, signal: Scaled, show: Show) -> None:
        show("preactivation", signal)
        normal, _ = self._normalization.forward(signal)
        activated, _ = activate(self._ahead, normal.rescaled(), self._saturation)
        show("activation", activated.about(signal))

    def forget(self, signal: Scaled) -> bool:
        return False

    def backward(self, gradient: Scaled, signal: Scaled, factor: float, show: Show) -> Scaled:
        assert self._slope is not None
        show("preactivation_gradient", gradient)
        product = self._to_input(_times(gradient, factor), self._opened, show)
        result = multiply(self._slope, product).rescaled()
        return result if self._undo is None else self._undo(result).rescaled()


def activate(activation: Activation, preactivation: Scaled, saturation: float) -> tuple[Activated, Scaled]:
    """phi(h) and phi'(h) of scaled preactivations.

    Far below 1 an activation is its tangent at 0, far above its tangent at infinity: there it is
    evaluated at a value of the same side within reach, and the rest of the exponent passes through.
    """
    if activation.homogeneous:
        reached, rest = preactivation.values, preactivation.exponent
    elif preactivation.unscaled:
        reached, rest = preactivation.values, np.zeros_like(preactivation.exponent)
    else:
        reach = _REACH[preactivation.values.dtype]
        within = np.clip(preactivation.exponent, -reach, reach)
        reached, rest = shift_values(preactivation.values, within), preactivation.exponent - within
    values, slopes = activation.evaluate(reached)
    # A rest passes through where phi is linear: at 0 if phi(0) = 0, at infinity if it has a slope there.
    through = (rest < 0) & (activation.value_at_zero == 0) | (rest > 0) & any(activation.slopes_at_infinity)
    signal = _rescued(Scaled(values, np.where(through, rest, 0)), activation.log_function, reached)
    slope = _rescued(Scaled(slopes), activation.log_derivative, reached)
    return (
        Activated(
            signal,
            centred=None
            if activation.value_at_zero == 0
            else lambda: Scaled(activation.centred(reached), np.minimum(rest, 0)),
            flat_side=lambda: activation.saturated(reached, saturation),
            negative=(lambda: reached < 0) if activation.rectifier else None,
        ),
        slope,
    )


def deviation(signal: Scaled) -> Scaled:
    """The standard deviation over batch and units, (S, 1, 1); 1 where nothing varies."""
    size = np.sqrt(signal.variance)
    varies = size > 0
    return Scaled(np.where(varies, size, 1.0)[:, None, None], np.where(varies, signal.exponent, 0))


def divided(signal: Scaled, divisor: Scaled) -> Scaled:
    """The quotient, network by network."""
    values = signal.values / divisor.values.astype(signal.values.dtype)
    return Scaled(values, signal.exponent - divisor.exponent)


def multiply(left: Scaled, right: Scaled) -> Scaled:
    """The product, element by element."""
    product = Scaled(left.values * right.values, left.exponent + right.exponent)
    if is_faint(product) and (left.second_moment * right.second_moment > 0).any():
        # The large ones of either side may meet only small ones of the other.
        with np.errstate(divide="ignore"):
            logs = np.log(np.abs(left.values)) + np.log(np.abs(right.values))
        return _from_logs(product, np.sign(left.values) * np.sign(right.values), logs, product.exponent)
    return product


def is_faint(signal: Scaled) -> bool:
    """Whether some network's values may have underflowed."""
    least = FAINT[signal.values.dtype]
    return any(moment < least for moment in signal.second_moment.tolist())


def _rescued(signal: Scaled, logs: Callable[[Array], tuple[Array, Array]], reached: Array) -> Scaled:
    """`signal` = f(reached), from log|f| for networks where every value of f came near underflow."""
    if not is_faint(signal):
        return signal.rescaled()
    return _from_logs(signal, *logs(reached), signal.exponent)


def _from_logs(signal: Scaled, sign: Array, logs: Array, exponent: Exponents) -> Scaled:
    """`signal`, with the faint networks' values made anew from sign * exp(logs) * 2**exponent."""
    values, exponent = signal.values.copy(), exponent.copy()
    for s in np.flatnonzero(signal.second_moment < FAINT[signal.values.dtype]):
        top = float(np.max(logs[s]))
        if top < _NOTHING:
            continue
        shift = int(np.ceil(top / np.log(2.0)))
        values[s] = sign[s] * np.exp(np.maximum(logs[s] - shift * np.log(2.0), -1e3))
        exponent[s] += shift
    return Scaled(values, exponent).rescaled()


def _times(signal: Scaled, factor: float) -> Scaled:
    return signal if factor == 1.0 else Scaled(signal.values * signal.values.dtype.type(factor), signal.exponent)
