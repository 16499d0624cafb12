"""The forward and the backward loop over layers, whatever represents their weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from simulator.activations import Activation
from simulator.normalization import NoNormalization, Normalization
from simulator.residual import NoResidual, Residual
from simulator.scaled import Scaled, add
from simulator.statistics import Activated, Sample
from simulator.steps import PreStep, Step
from simulator.weights import Layer

Observer = Callable[[int, str, Sample], None]
"""Called with (layer, quantity, sample) as the passes reach them; what it wants to keep it copies."""

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all)."""

Top = Callable[[Scaled], Scaled]
"""Takes x_L to dE/dx_L, as a loss does."""


def run(
    layers: Sequence[Layer],
    activation: Activation,
    inputs: Scaled,
    top_gradient: Scaled | Top,
    observe: Observer,
    *,
    last_activation: Activation | None = None,
    normalization: Normalization | None = None,
    residual: Residual | None = None,
    saturation: float = 0.05,
    progress: Progress | None = None,
) -> None:
    """Push `inputs` forward and `top_gradient` = dE/dx_L backward, showing every layer to `observe`.

    Shapes: inputs (S, B, n_0), top_gradient (S, B, n_L) or a function of x_L that gives it. Order: activation 0;
    preactivation and activation 1..L; activation_gradient L; preactivation_gradient, weight_gradient l and
    activation_gradient l - 1 for l = L..1. Where residual branches open with their activation, both h_l and x_l
    are the sum at layer l. The backward pass ends where the gradient is not a number.
    """
    normalization, residual = normalization or NoNormalization(), residual or NoResidual()
    kind = PreStep if residual.before else Step
    activations = [activation] * (len(layers) - 1) + [last_activation or activation]
    steps = [kind(*parts, normalization, saturation) for parts in zip(layers, activations, strict=True)]
    with np.errstate(under="ignore"):  # what underflows inside a scaled array is negligible there
        _run(steps, residual, inputs, top_gradient, observe, progress or (lambda done, total: None))


def _run(
    steps: Sequence[Step],
    residual: Residual,
    inputs: Scaled,
    top_gradient: Scaled | Top,
    observe: Observer,
    progress: Progress,
) -> None:
    depth = len(steps)
    factor = residual.factor(depth)
    signal = inputs.comfortable()
    observe(0, "activation", Activated(signal))
    record: list[Scaled | None] = [signal]
    for number, step in enumerate(steps, 1):
        signal = step.forward(signal, partial(observe, number))
        back = residual.skips(number)
        if back:
            signal = step.joined(record[number - back], signal, factor)
        step.show(signal, partial(observe, number))
        # The last signal is wanted at once; the others can be made again if their layer says so.
        record.append(None if number < depth and step.forget(signal) else signal)
        progress(number, 2 * depth)

    gradient = (top_gradient(signal) if callable(top_gradient) else top_gradient).comfortable()
    if not np.isfinite(gradient.second_moment).all():
        return
    observe(depth, "activation_gradient", gradient)
    passing: dict[int, Scaled] = {}
    record.pop()
    for number in range(depth, 0, -1):
        step, kept = steps[number - 1], record.pop()
        signal = steps[number - 2].recall() if kept is None else kept
        back = residual.skips(number)
        if back:
            passed = passing.get(number - back)
            passing[number - back] = gradient if passed is None else add(passed, gradient)
        gradient = step.backward(gradient, signal, factor if back else 1.0, partial(observe, number))
        if number - 1 in passing:
            gradient = add(passing.pop(number - 1), gradient).comfortable()
        observe(number - 1, "activation_gradient", gradient)
        progress(2 * depth - number + 1, 2 * depth)
