"""What happened to the signal and to the gradient, read off the measured curves; why; and what would help."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.experiment import SAME, Experiment
from simulator.scaled import Floats
from simulator.studies.advice import Advice, advise, widen
from simulator.studies.direction import BACKWARD, DECADES, FORWARD, Curves, Direction, direction, number, power, sign_of
from simulator.studies.mean_field import mean_field
from simulator.studies.outcome import Outcome as Outcome

_NOTICEABLE = 0.5
"""Decades from which a variance no longer counts as keeping its size."""

_DRIFTS = 1.0
"""Decades by which a measured change must differ from theory's before it asks for an explanation of its own."""

_SATURATED = 0.5


_OUTCOMES = {
    (0, 0): Outcome.HOLDS,
    (-1, 0): Outcome.SIGNAL_VANISHES,
    (1, 0): Outcome.SIGNAL_EXPLODES,
    (0, -1): Outcome.GRADIENT_VANISHES,
    (0, 1): Outcome.GRADIENT_EXPLODES,
    (-1, -1): Outcome.BOTH_VANISH,
    (1, 1): Outcome.BOTH_EXPLODE,
    (-1, 1): Outcome.VANISHES_THEN_EXPLODES,
    (1, -1): Outcome.EXPLODES_THEN_VANISHES,
}


@dataclass(frozen=True)
class Verdict:
    """The verdict on an experiment, every sentence made from its measured numbers.

    `details` has a sentence for either direction, `remarks` what else is worth saying.
    """

    outcome: Outcome
    headline: str
    details: tuple[str, ...]
    remarks: tuple[str, ...]
    cause: str
    forward: Direction
    backward: Direction
    saturated: float
    advice: Advice | None


def judge(experiment: Experiment, curves: Curves) -> Verdict:
    """The verdict on curves of (value, log10), each (seeds, L + 1)."""
    theory: Curves = mean_field(experiment).curves
    forward = direction(curves, theory, FORWARD, lambda curve: curve[:, 1:])
    backward = direction(curves, theory, BACKWARD, lambda curve: curve[:, ::-1])
    if forward.zero:
        outcome = Outcome.SIGNAL_IS_ZERO
    elif backward.zero:
        outcome = Outcome.GRADIENT_IS_ZERO
    elif math.isnan(backward.decades):
        outcome = Outcome.GRADIENT_IS_NAN
    else:
        outcome = _OUTCOMES[forward.sign, backward.sign]
    fractions = curves["activation", "saturated_fraction"][0][:, 1:]
    # The flat side of a rectifier is half of everything and says nothing; its fraction has a chart of its own.
    telling = np.array([not activation.rectifier for activation in experiment.met_parts])
    drifting = [side for side in (forward, backward) if abs(side.decades - side.theory) > _DRIFTS]  # inf for an exact 0
    chance = bool(drifting) and all(side.is_chance for side in drifting)
    return Verdict(
        outcome=outcome,
        headline=_headline(experiment, outcome, forward, backward),
        details=_details(forward, backward),
        remarks=_remarks(backward, fractions, telling),
        cause=_cause(experiment, theory, outcome, forward, backward, chance),
        forward=forward,
        backward=backward,
        saturated=float(np.mean(fractions)),
        advice=_advice(experiment, outcome, forward, backward, chance),
    )


def _advice(
    experiment: Experiment, outcome: Outcome, forward: Direction, backward: Direction, chance: bool
) -> Advice | None:
    if outcome in (Outcome.HOLDS, Outcome.GRADIENT_IS_NAN):
        return None
    return widen(experiment) if chance else advise(experiment, max(abs(forward.decades), abs(backward.decades)))


def _headline(experiment: Experiment, outcome: Outcome, forward: Direction, backward: Direction) -> str:
    depth = len(experiment.layer_widths) - 1
    if outcome in (Outcome.SIGNAL_IS_ZERO, Outcome.GRADIENT_IS_ZERO, Outcome.GRADIENT_IS_NAN):
        return str(outcome.value)
    if outcome is Outcome.HOLDS:
        changed = [
            f"the {noun}'s variance {_verb(side.decades)} by a factor of {power(abs(side.decades))}"
            for noun, side in (("signal", forward), ("gradient", backward))
            if abs(side.decades) > _NOTICEABLE
        ]
        fate = f", though {' and '.join(changed)}" if changed else " and keep their size"
        return f"Signal and gradient survive {'the' if depth == 1 else 'all'} {_layers(depth)}{fate}."
    parts = []
    for noun, side in (("signal", forward), ("gradient", backward)):
        if side.sign:
            verb = "vanishes" if side.sign < 0 else "explodes"
            parts.append(
                f"the {noun} {verb} (its variance {_verb(side.sign)} by a factor of {power(abs(side.decades))})"
            )
    text = " and ".join(parts)
    return f"Over {_layers(depth)} {text}."


def _details(forward: Direction, backward: Direction) -> tuple[str, ...]:
    lines = []
    for noun, side, way in (("signal", forward, "forward"), ("gradient", backward, "back")):
        if side.zero:
            lines.append(
                f"The {noun} passes {_layers(side.survives)} on its way {way}; then its variance is exactly 0."
            )
        elif side.steps and not math.isnan(side.decades):
            reach = f"all {side.steps}" if side.survives >= side.steps else f"{side.survives} of {side.steps}"
            lines.append(
                f"On its way {way} the {noun}'s variance is multiplied by {side.rate} a layer, {power(side.decades)} "
                f"in all; it stays within a factor of {10**DECADES:,.0f} for {reach} steps."
            )
    return tuple(lines)


def _remarks(backward: Direction, fractions: Floats, telling: NDArray[np.bool_]) -> tuple[str, ...]:
    """What saturation means here; of the layers where it is `telling`."""
    saturated = float(np.mean(fractions[:, telling])) if telling.any() else 0.0
    if saturated <= _SATURATED:
        return ()
    holds = (
        "" if backward.zero or backward.sign < 0 else ", and yet the gradient does not vanish: the live ones carry it"
    )
    where = "" if telling.all() else " where the activation is no rectifier"
    return (f"{100 * saturated:.0f} % of the units{where} are saturated{holds}.",)


def _scale(experiment: Experiment) -> tuple[str, str]:
    """sigma_w^2 of the layers in words, and what is to be said where it is 0 in some."""
    sizes = [fan_in * experiment.weight_variance(layer) for layer, fan_in in enumerate(experiment.layer_widths[:-1], 1)]
    zeros = [layer for layer, size in enumerate(sizes, 1) if size == 0]
    nothing = ""
    if len(zeros) == len(sizes):
        nothing = "Every weight is zero: nothing passes in either direction, and all units of a layer stay equal."
    elif zeros:
        layers = f"layer {zeros[0]}" if len(zeros) == 1 else f"{len(zeros)} layers, the first of them layer {zeros[0]},"
        nothing = f"The weights of {layers} are zero: nothing passes there in either direction."
    # The last layer of many may be one of its own; else it is wherever the widths have brought the scheme.
    own = experiment.last_init != SAME and len(sizes) > 1
    size = number(sizes[-2 if own else -1])
    if experiment.inits or experiment.gains:
        size = f"{number(min(sizes))} to {number(max(sizes))} by layer"
    return f"σ_w² = n Var W = {size}", nothing


def _cause(
    experiment: Experiment, theory: Curves, outcome: Outcome, forward: Direction, backward: Direction, chance: bool
) -> str:
    sigma, nothing = _scale(experiment)
    ratio = sum(1 / width for width in experiment.layer_widths[1:])
    parts = (experiment.activations or experiment.activation, experiment.normalization, experiment.residual)
    name, init = " + ".join(part for part in parts if part != "none"), experiment.inits or experiment.init
    if outcome is Outcome.GRADIENT_IS_NAN:
        return (
            "A probability has rounded to 0 or 1, and the naive logarithm makes its gradient 0/0; the same loss worked "
            "out from the outputs themselves is a number."
        )
    if FORWARD not in theory:
        return f"Theory does not cover this network, the measured curves do. {mean_field(experiment).outcome.value}"
    if nothing and experiment.residual == "none":
        return nothing
    if outcome in (Outcome.SIGNAL_IS_ZERO, Outcome.GRADIENT_IS_ZERO):
        luck = "Chance, not the scheme: every" if chance else "Every"
        return (
            f"{luck} unit of some layer is on {name}'s flat side for the whole batch; wider layers make that unlikely."
        )
    if chance:
        worst = max((forward, backward), key=lambda side: abs(side.decades))
        return (
            f"Chance, not the scheme: {init} keeps the average over networks, but at depth/width = {ratio:.2g} single "
            f"networks scatter by a factor of {power(worst.scatter)} around a median that falls."
        )
    if outcome is Outcome.HOLDS:
        gradient = "" if math.isnan(backward.theory) else f" and {power(backward.theory)} for the gradient"
        return (
            f"{sigma} carries {name} this deep: infinite width predicts {power(forward.theory)} for the signal"
            f"{gradient}."
        )
    side, noun = (backward, "gradient") if backward.sign else (forward, "signal")
    if math.isnan(side.theory):
        return f"Measured: the {noun}'s variance changes by {power(side.decades)} in all; a loss's has no theory here."
    if sign_of(side.theory) == side.sign:
        rate = power(side.theory / max(1, side.steps))
        return (
            f"{sigma} with {name} multiplies the {noun}'s variance by {rate} a layer: infinite width predicts "
            f"{power(side.theory)} in all, measured {power(side.decades)}."
        )
    return (
        f"Infinite width predicts {power(side.theory)} for the {noun}, measured {power(side.decades)}: at "
        f"depth/width = {ratio:.2g} theory is no guide to single networks."
    )


def _verb(decades: float) -> str:
    return "falls" if decades < 0 else "grows"


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"
