"""Which change of settings would carry signal and gradient furthest, judged by theory and never by name."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulator.activations import Activation, LeakyReLU
from simulator.experiment import Experiment
from simulator.studies.mean_field import mean_field

_ENOUGH = 1.0
"""Decades by which a change must reduce the worst change of variance to be worth offering."""

_SCHEMES = ("xavier_normal", "he_normal", "lecun_normal")
_ACTIVATIONS = ("relu", "tanh")
_WIDE = 10
"""Units per layer of depth at which single networks scatter by less than a factor of about two."""


@dataclass(frozen=True)
class Advice:
    """A change worth trying: what its button says, the settings it changes, and why."""

    label: str
    changes: dict[str, str]
    reason: str


def advise(experiment: Experiment, chance: bool, decades: float) -> Advice | None:
    """The best change for a network whose variance changed by `decades`; None if nothing here helps enough.

    Schemes are tried first, with the present activation; another activation only where none of them helps.
    """
    if chance:
        return _widen(experiment)
    for activations in ((experiment.activation,), _ACTIVATIONS):
        candidates = [
            experiment.replace(activation=activation, init=init, gain=1.0, bias="zeros")
            for activation in activations
            for init in _schemes(activation)
        ]
        best = min(candidates, key=_worst)
        worst = _worst(best)
        if worst < _worst(experiment, decades) - _ENOUGH and worst < min(_WORTHWHILE, decades - _ENOUGH):
            return _advice(experiment, best, worst)
    return None


_WORTHWHILE = 3.0
"""Advice is given only if theory lets the variance change by fewer decades than this."""


def _schemes(activation: str) -> tuple[str, ...]:
    part = Activation.parse(activation)
    if isinstance(part, LeakyReLU):
        return (f"he_normal(negative_slope={part.negative_slope!r})", *_SCHEMES)
    return _SCHEMES


def _worst(experiment: Experiment, otherwise: float = math.inf) -> float:
    """The larger of the predicted changes of signal and gradient, in decades of variance."""
    curves = mean_field(experiment).curves
    if not curves:
        return otherwise
    worst = 0.0
    for pair, first in ((("activation", "variance"), 1), (("activation_gradient", "variance"), 0)):
        logs = curves[pair][1][0, first:]
        change = abs(logs[-1] - logs[0])
        worst = max(worst, float(change) if np.isfinite(change) else math.inf)
    return worst


def _advice(experiment: Experiment, better: Experiment, worst: float) -> Advice:
    changes = {
        name: str(getattr(better, name))
        for name in ("activation", "init", "gain", "bias")
        if getattr(better, name) != getattr(experiment, name)
    }
    label = " + ".join(changes[name] for name in ("activation", "init") if name in changes) or better.init
    change = f"a factor of {10**worst:.2g}" if worst >= 0.01 else "nothing"
    reason = f"Infinite width then predicts that the variance changes by {change} over all layers, in the worse direction."
    if "activation" in changes:
        reason = f"No ordinary scheme carries {experiment.activation} this deep. {reason}"
    return Advice(f"Use {label}", changes, reason)


def _widen(experiment: Experiment) -> Advice | None:
    depth = len(experiment.layer_widths) - 1
    width = 1 << math.ceil(math.log2(_WIDE * depth))
    while width > experiment.width and experiment.replace(width=width, depth=depth).refusal() is not None:
        width //= 2
    if width <= experiment.width:
        return None
    changes = {"width": str(width), **({"widths": "", "depth": str(depth)} if experiment.widths else {})}
    return Advice(f"Widen to {width} units", changes, f"Depth/width falls to {depth / width:.2g}: single networks then stay near the average.")
