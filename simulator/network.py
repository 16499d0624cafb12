"""The forward and the backward loop over layers, whatever represents their weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from simulator.activations import Activation
from simulator.dropout import Dropout
from simulator.normalization import NoNormalization, Normalization
from simulator.residual import NoResidual, Residual
from simulator.scaled import Scaled, add
from simulator.statistics import Activated, Sample
from simulator.steps import PreStep, Step
from simulator.walk import Walk
from simulator.weights import LinearLayer

Observer = Callable[[int, str, Sample], None]
"""Called with (layer, quantity, sample) as the passes reach them; what it wants to keep it copies."""

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all)."""

Top = Callable[[Scaled], Scaled]
"""Takes x_L to dE/dx_L, as a loss does."""


def run(
    layers: Sequence[LinearLayer],
    activations: Sequence[Activation],
    inputs: Scaled,
    top_gradient: Scaled | Top | None,
    observe: Observer,
    *,
    normalization: Normalization | None = None,
    residual: Residual | None = None,
    dropout: Sequence[Dropout | None] = (),
    unit_variance: bool = False,
    saturation: float = 0.05,
    progress: Progress | None = None,
) -> list[Scaled | None]:
    """Push `inputs` forward and `top_gradient` = dE/dx_L, if any, backward, showing every layer to `observe`.

    Shapes: inputs (S, B, n_0), top_gradient (S, B, n_L) or a function of x_L that gives it; `activations` and, if any,
    `dropout`: one a layer. Order: activation 0; preactivation and activation 1..L; activation_gradient L;
    preactivation_gradient, weight_gradient l and activation_gradient l - 1 for l = L..1. Where residual branches open
    with their activation, both h_l and x_l are the sum at layer l. A network whose gradient is not a number has none
    below, and leaves the others theirs; the backward pass ends where no network has one.

    Returns what each layer's weights were divided by, (S, 1, 1), with `unit_variance`; plain layers alone have that.
    """
    normalization, residual = normalization or NoNormalization(), residual or NoResidual()
    kind = PreStep if residual.before else Step
    ahead = [*activations[1:], activations[-1]]
    parts = zip(layers, activations, ahead, dropout or [None] * len(layers), strict=True)
    steps = [kind(*each, normalization, saturation, unit_variance) for each in parts]
    walk = Walk.of(residual, len(steps))
    with np.errstate(under="ignore"):  # what underflows inside a scaled array is negligible there
        _run(steps, walk, inputs, top_gradient, observe, progress or (lambda done, total: None))
    return [step.divisor for step in steps]


def _run(
    steps: Sequence[Step],
    walk: Walk,
    inputs: Scaled,
    top_gradient: Scaled | Top | None,
    observe: Observer,
    progress: Progress,
) -> None:
    depth = len(steps)
    total = depth if top_gradient is None else 2 * depth
    signal = inputs.rescaled()
    observe(0, "activation", Activated(signal))
    record: list[Scaled | None] = [signal]

    def forward(layer: int, signal: Scaled, beside: Scaled | None) -> Scaled:
        step, show = steps[layer - 1], partial(observe, layer)
        signal = step.forward(signal, show)
        if beside is not None:
            signal = step.joined(beside, signal, walk.factor)
        step.show(signal, show)
        # The last signal is wanted at once; the others can be made again if their layer says so.
        record.append(None if layer < depth and step.forget(signal) else signal)
        return signal

    def backward(layer: int, gradient: Scaled, factor: float) -> Scaled:
        kept = record.pop()
        signal = steps[layer - 2].recall() if kept is None else kept
        return steps[layer - 1].backward(gradient, signal, factor, partial(observe, layer))

    for layer, reached in enumerate(walk.forward(signal, forward), 1):
        signal = reached
        progress(layer, total)
    if top_gradient is None:
        return
    gradient = (top_gradient(signal) if callable(top_gradient) else top_gradient).rescaled()
    lost = ~np.isfinite(gradient.second_moment)
    if lost.all():
        return
    if lost.any():
        gradient = Scaled(np.where(lost[:, None, None], np.nan, gradient.values), gradient.exponent)
    observe(depth, "activation_gradient", gradient)
    record.pop()
    for done, arrived in enumerate(walk.backward(gradient, backward, _sum), depth + 1):
        observe(2 * depth - done, "activation_gradient", arrived)
        progress(done, total)


def _sum(one: Scaled, other: Scaled) -> Scaled:
    return add(one, other).rescaled()
