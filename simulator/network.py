"""The forward and the backward loop over linear layers and activations, whatever represents the weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from simulator.activations import Activation
from simulator.scaled import Array, Exponents, Floats, Scaled, add, shift_values
from simulator.statistics import Activated, Sample, WeightGradient
from simulator.weights import Layer

Observer = Callable[[int, str, Sample], None]
"""Called with (layer, quantity, sample) as the passes reach them; what it wants to keep it copies."""

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all)."""

_REACH = {np.dtype(np.float64): 100, np.dtype(np.float32): 40}
"""Exponents to which an activation is evaluated; beyond, it is its own tangent at 0 or infinity to 2**-reach."""

_NOTHING = -1e15
"""A natural logarithm below which a number counts as 0, as an ELU's slope at -2**100 does."""

_FAINT = {np.dtype(np.float64): 1e-200, np.dtype(np.float32): 1e-24}
"""A mean square below which single values may have underflowed on their way through an activation."""


def run(
    layers: Sequence[Layer],
    activation: Activation,
    inputs: Scaled,
    top_gradient: Scaled,
    observe: Observer,
    *,
    saturation: float = 0.05,
    progress: Progress | None = None,
) -> None:
    """Push `inputs` forward and `top_gradient` = dE/dx_L backward, showing every layer to `observe`.

    Shapes: inputs (S, B, n_0), top_gradient (S, B, n_L). Order: activation 0; preactivation and activation
    1..L; activation_gradient L; preactivation_gradient, weight_gradient l and activation_gradient l - 1
    for l = L..1.
    """
    with np.errstate(under="ignore"):  # what underflows inside a scaled array is negligible there
        _run(layers, activation, inputs, top_gradient, observe, saturation, progress or (lambda done, total: None))


def _run(
    layers: Sequence[Layer],
    activation: Activation,
    inputs: Scaled,
    top_gradient: Scaled,
    observe: Observer,
    saturation: float,
    progress: Progress,
) -> None:
    depth = len(layers)
    signal = inputs.comfortable()
    observe(0, "activation", Activated(signal))
    record: list[_Passed | _Forgotten] = [_Passed(signal, None)]
    for number, layer in enumerate(layers, 1):
        preactivation = _preactivation(layer, layer.apply(signal), signal.exponent)
        observe(number, "preactivation", preactivation)
        before, (signal, slope) = signal.exponent, activate(activation, preactivation, saturation)
        observe(number, "activation", signal)
        signal.release()
        keeps = layer.reapply is None or number == depth  # the last one is wanted at once
        record.append(_Passed(signal, slope) if keeps else _Forgotten(before, signal.gram))
        progress(number, 2 * depth)

    def recall(number: int) -> _Passed:
        kept = record.pop()
        if isinstance(kept, _Passed):
            return kept
        layer = layers[number - 1]
        assert layer.reapply is not None
        signal, slope = activate(activation, _preactivation(layer, layer.reapply(), kept.exponent), saturation)
        signal.release()
        signal.gram = kept.gram
        return _Passed(signal, slope)

    gradient = top_gradient.comfortable()
    observe(depth, "activation_gradient", gradient)
    passed = recall(depth)
    for number in range(depth, 0, -1):
        assert passed.slope is not None
        upstream = multiply(passed.slope, gradient).comfortable()
        passed = recall(number - 1)
        observe(number, "preactivation_gradient", upstream)
        observe(number, "weight_gradient", WeightGradient(upstream, passed.signal))
        product = layers[number - 1].apply_transpose(upstream, passed.signal)
        gradient = Scaled(product, upstream.exponent).comfortable()
        observe(number - 1, "activation_gradient", gradient)
        progress(2 * depth - number + 1, 2 * depth)


class _Passed(NamedTuple):
    """A layer's activations and the slopes phi'(h) that gave them; none for the input."""

    signal: Scaled
    slope: Scaled | None


class _Forgotten(NamedTuple):
    """What makes them again: the exponent of the signal before, and the inner products, which cost as much as all."""

    exponent: Exponents
    gram: Floats


def _preactivation(layer: Layer, product: Array, exponent: Exponents) -> Scaled:
    preactivation = Scaled(product, exponent)
    if layer.bias is not None:
        preactivation = add(preactivation, Scaled(layer.bias[:, None, :]))
    return preactivation.comfortable()


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
    return bool(signal.second_moment.min() < _FAINT[signal.values.dtype])


def _rescued(signal: Scaled, logs: Callable[[Array], tuple[Array, Array]], reached: Array) -> Scaled:
    """`signal` = f(reached), from log|f| for networks where every value of f came near underflow."""
    if not is_faint(signal):
        return signal.comfortable()
    return _from_logs(signal, *logs(reached), signal.exponent)


def _from_logs(signal: Scaled, sign: Array, logs: Array, exponent: Exponents) -> Scaled:
    """`signal`, with the faint networks' values made anew from sign * exp(logs) * 2**exponent."""
    values, exponent = signal.values.copy(), exponent.copy()
    for s in np.flatnonzero(signal.second_moment < _FAINT[signal.values.dtype]):
        top = float(np.max(logs[s]))
        if top < _NOTHING:
            continue
        shift = int(np.ceil(top / np.log(2.0)))
        values[s] = sign[s] * np.exp(np.maximum(logs[s] - shift * np.log(2.0), -1e3))
        exponent[s] += shift
    return Scaled(values, exponent).comfortable()
