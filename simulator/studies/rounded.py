"""The forward and the backward pass as a number format runs them, with no rescue of any kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.activations import Activation
from simulator.scaled import Array, Floats
from simulator.studies.formats import Format, silent

Seen = tuple[int, str, Array]
"""A layer, a quantity, its values (B, N) in the format's work type."""


def passes(
    kind: Format,
    activations: Sequence[Activation],
    weights: Sequence[Floats],
    biases: Sequence[Floats | None],
    inputs: Floats,
    top_gradient: Floats,
    gains: Sequence[float],
) -> Iterator[Seen]:
    """Every activation and preactivation 0..L, then every gradient L..0, as they are reached.

    Parameters (gain times weights of a layer), inputs (B, n_0) and dE/dx_L (B, n_L) are rounded to the format. A
    product is summed in the work type, the bias added, and the sum rounded once.
    """
    record: list[tuple[Array, Array]] = []
    x = kind.round(inputs)
    yield 0, "activation", x
    for layer, (activation, weight, gain, bias) in enumerate(zip(activations, weights, gains, biases, strict=True), 1):
        with silent():
            product = x @ kind.round(gain * weight).T
            h = kind.round(product if bias is None else product + kind.round(bias))
        x = kind.activate(activation, h)
        record.append((h, x))
        yield layer, "preactivation", h
        yield layer, "activation", x
    gradient = kind.round(top_gradient)
    yield len(record), "activation_gradient", gradient
    for layer in range(len(record), 0, -1):
        upstream = kind.descend(activations[layer - 1], *record.pop(), gradient)
        yield layer, "preactivation_gradient", upstream
        with silent():
            gradient = kind.round(upstream @ kind.round(gains[layer - 1] * weights[layer - 1]))
        yield layer - 1, "activation_gradient", gradient
