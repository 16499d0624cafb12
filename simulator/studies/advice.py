"""Which change of settings would carry signal and gradient furthest, judged by theory and never by name."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulator.activations import Activation
from simulator.experiment import Experiment
from simulator.layered import LISTS
from simulator.settings import number_text
from simulator.studies.gains import gains
from simulator.studies.mean_field import mean_field

_GOOD = 2.0
"""Decades: among the schemes that change the variance by fewer, the first is as good as any."""

_USABLE = 3.0
"""Decades: a scheme that changes the variance by more is not offered."""

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


def advise(experiment: Experiment, decades: float) -> Advice | None:
    """The change that fits a network whose variance changed by `decades`; None if nothing here helps enough.

    Schemes are tried first, with the present activation; another activation only where none of them will do.
    """
    for activation in (experiment.activation, *_ACTIVATIONS):
        best, worst = experiment, math.inf
        for candidate in _candidates(experiment, activation):
            change = _worst(candidate)
            if change < worst:
                best, worst = candidate, change
            if worst < _GOOD:
                break
        if best == experiment and worst < _USABLE:
            return None  # theory knows nothing better
        if worst < min(_USABLE, decades - _ENOUGH) and best != experiment:
            return _advice(experiment, best, worst)
    return None


def widen(experiment: Experiment) -> Advice | None:
    """More units per layer, where the scheme is right and single networks scatter; None where no more fit."""
    depth = len(experiment.layer_widths) - 1
    width = 1 << math.ceil(math.log2(_WIDE * depth))
    while width > experiment.width and experiment.replace(width=width).refusal() is not None:
        width //= 2
    if width <= experiment.width:
        return None
    changes = {"width": str(width), **({"widths": ""} if experiment.widths else {})}
    if experiment.widths and not any(getattr(experiment, many) for many in LISTS):  # which would give way to a depth
        changes["depth"] = str(depth)
    reason = f"Depth/width falls to {depth / width:.2g}: single networks then stay near the average."
    return Advice(f"Widen to {width} units", changes, reason)


def _candidates(experiment: Experiment, activation: str) -> Iterator[Experiment]:
    part, branches = Activation.parse(activation), experiment.residual_part
    if "scaling" in branches.settings() and activation == experiment.activation:
        yield experiment.replace(residual=str(branches.replace(scaling="depth")))
    # The activations of layers that differ stay as long as no other one is tried.
    other = {} if activation == experiment.activation else {"activation": activation}
    plain = experiment.replace(gain=1.0, bias="zeros", **other)
    left, right = part.slopes_at_infinity
    if part.homogeneous and right == 1 and left not in (0, 1):  # what He's scheme has a parameter for
        yield plain.replace(init=f"he_normal(negative_slope={number_text(left)})")
    for init in _SCHEMES:
        yield plain.replace(init=init)
    wanted = gains(part)
    for gain in (wanted.keeps_gradient, wanted.keeps_q):
        yield plain.replace(init="lecun_normal", gain=float(f"{gain:.4g}"))


def _worst(experiment: Experiment) -> float:
    """The larger of the predicted changes of signal and gradient, in decades of variance."""
    # A gradient that has nothing to do with the signal stands for that of a loss, of which theory knows nothing.
    curves = mean_field(experiment.replace(loss="none")).curves
    if not curves:
        return math.inf
    worst = 0.0
    for pair, first in ((("activation", "variance"), 1), (("activation_gradient", "variance"), 0)):
        logs = curves[pair][1][0, first:]
        change = abs(logs[-1] - logs[0])
        worst = max(worst, float(change) if np.isfinite(change) else math.inf)
    return worst


def _advice(experiment: Experiment, better: Experiment, worst: float) -> Advice:
    changes = {
        name: number_text(getattr(better, name))
        for name in ("activation", "init", "gain", "bias", "residual", *LISTS)
        if getattr(better, name) != getattr(experiment, name)
    }
    # One for all layers says so, also where it is what most of them have.
    changes |= {one: number_text(getattr(better, one)) for many, (one, _) in LISTS.items() if many in changes}
    scheme = better.init + (f" with gain {number_text(better.gain)}" if better.gain != 1 or "gain" in changes else "")
    label = f"Use {better.activation} + {scheme}" if "activation" in changes else f"Use {scheme}"
    if "residual" in changes:
        label = "Divide the branches by the root of their number"
    if worst < 0.01:
        reason = "Infinite width then predicts that signal and gradient keep their size."
    else:
        reason = (
            f"Infinite width then predicts that their variances change by at most a factor of {10**worst:.2g} in all."
        )
    if "activation" in changes:
        carried = experiment.activations or experiment.activation
        reason = f"None of the usual schemes carries {carried} this deep. {reason}"
    return Advice(label, changes, reason)
