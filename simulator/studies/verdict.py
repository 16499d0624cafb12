"""What happened to the signal and to the gradient, read off the measured curves; why; and what would help."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.experiment import SAME, Experiment
from simulator.scaled import Floats
from simulator.studies.advice import Advice, advise, widen
from simulator.studies.mean_field import mean_field
from simulator.studies.outcome import Outcome as Outcome

Curves = Mapping[tuple[str, str], tuple[Floats, Floats]]

DECADES = 3.0
"""A signal is lost once its variance has changed by more than a factor of 10**DECADES."""

FORWARD = ("activation", "variance")
BACKWARD = ("activation_gradient", "variance")

_NOTICEABLE = 0.5
"""Decades from which a variance no longer counts as keeping its size."""

_SIGNIFICANT = 3.0
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
class Direction:
    """One pass summed up: how its variance changes a layer, and in all.

    `factor` is the variance factor per layer (geometric mean over layers, median over networks), `error`
    its standard error; `decades` the change of log10 variance from the first layer the pass meets to the
    last, `scatter` the standard deviation of `decades` between single networks that the measured layers
    imply; `survives` the layers passed before the variance has changed by 10**DECADES; `theory` the decades
    of infinite width, NaN where there is no theory. `zero` tells a variance of exactly 0.
    """

    factor: float
    error: float
    decades: float
    scatter: float
    drift: float
    steps: int
    survives: int
    theory: float
    zero: bool

    @property
    def rate(self) -> str:
        """The factor per layer with its standard error, as text."""
        per_layer = self.decades / self.steps if self.steps else 0.0
        if abs(per_layer) >= DECADES:
            return f"10^{per_layer:.2f}"
        return f"{_number(self.factor)} ± {self.error:.1g}" if self.error else _number(self.factor)

    @property
    def sign(self) -> int:
        """-1 vanishes, 0 holds, 1 explodes."""
        return _sign(-math.inf if self.zero else self.decades)

    @property
    def is_chance(self) -> bool:
        """Whether the scheme keeps the average, and this change is what finite width does to single networks."""
        excess = abs(self.decades - self.theory - self.drift)
        return _sign(self.theory) == 0 and (self.zero or excess <= _SIGNIFICANT * self.scatter)


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
    forward = _direction(curves, theory, FORWARD, lambda curve: curve[:, 1:])
    backward = _direction(curves, theory, BACKWARD, lambda curve: curve[:, ::-1])
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


def _sign(decades: float) -> int:
    return 0 if math.isnan(decades) or abs(decades) <= DECADES else int(math.copysign(1, decades))


def _direction(curves: Curves, theory: Curves, pair: tuple[str, str], along: Callable[[Floats], Floats]) -> Direction:
    values, logs = (along(array) for array in curves[pair])
    expected = along(theory[pair][1])[0] if pair in theory else np.full(logs.shape[1], np.nan)
    steps = logs.shape[1] - 1
    if np.isnan(values).any() and np.isnan(logs[np.isnan(values)]).all():
        return Direction(math.nan, 0.0, math.nan, 0.0, 0.0, steps, 0, math.nan, False)
    change = expected[-1] - expected[0]
    gone = np.abs(logs - logs[:, :1]) > DECADES
    survives = int(np.median(np.where(gone.any(axis=1), gone.argmax(axis=1) - 1, steps)))
    if (values == 0).any():
        first_zero = int((values == 0).any(axis=0).argmax())
        return Direction(0.0, 0.0, -math.inf, 0.0, 0.0, steps, max(0, min(survives, first_zero - 1)), change, True)
    if steps == 0:
        return Direction(1.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0.0, False)
    increments = np.diff(logs, axis=1)
    totals = increments.sum(axis=1)
    # What the layers do at random is what is left when the theory's own change is taken away.
    noise = increments - (np.diff(expected) if np.isfinite(expected).all() else increments.mean())
    spread = float(np.std(noise, ddof=1)) if noise.size > 1 else 0.0
    n_seeds = len(logs)
    error = spread * math.sqrt(steps / n_seeds)
    if n_seeds >= 4:
        error = max(error if n_seeds < 8 else 0.0, float(np.std(totals, ddof=1)) / math.sqrt(n_seeds))
    decades = float(np.median(totals))
    factor = 10 ** max(-300.0, min(300.0, decades / steps))
    return Direction(
        factor=factor,
        error=factor * math.log(10) * error / steps,
        decades=decades,
        scatter=spread * math.sqrt(steps),
        # A factor of mean one and log-variance s^2 has a log-mean of -s^2 / 2.
        drift=-steps * spread**2 * math.log(10) / 2,
        steps=steps,
        survives=survives,
        theory=float(change),
        zero=False,
    )


def _headline(experiment: Experiment, outcome: Outcome, forward: Direction, backward: Direction) -> str:
    depth = len(experiment.layer_widths) - 1
    if outcome in (Outcome.SIGNAL_IS_ZERO, Outcome.GRADIENT_IS_ZERO, Outcome.GRADIENT_IS_NAN):
        return str(outcome.value)
    if outcome is Outcome.HOLDS:
        changed = [
            f"the {noun}'s variance {_verb(side.decades)} by a factor of {_power(abs(side.decades))}"
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
                f"the {noun} {verb} (its variance {_verb(side.sign)} by a factor of {_power(abs(side.decades))})"
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
                f"On its way {way} the {noun}'s variance is multiplied by {side.rate} a layer, {_power(side.decades)} "
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
    size = _number(sizes[-2 if own else -1])
    if experiment.inits or experiment.gains:
        size = f"{_number(min(sizes))} to {_number(max(sizes))} by layer"
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
            f"networks scatter by a factor of {_power(worst.scatter)} around a median that falls."
        )
    if outcome is Outcome.HOLDS:
        gradient = "" if math.isnan(backward.theory) else f" and {_power(backward.theory)} for the gradient"
        return (
            f"{sigma} carries {name} this deep: infinite width predicts {_power(forward.theory)} for the signal"
            f"{gradient}."
        )
    side, noun = (backward, "gradient") if backward.sign else (forward, "signal")
    if math.isnan(side.theory):
        return f"Measured: the {noun}'s variance changes by {_power(side.decades)} in all; a loss's has no theory here."
    if _sign(side.theory) == side.sign:
        rate = _power(side.theory / max(1, side.steps))
        return (
            f"{sigma} with {name} multiplies the {noun}'s variance by {rate} a layer: infinite width predicts "
            f"{_power(side.theory)} in all, measured {_power(side.decades)}."
        )
    return (
        f"Infinite width predicts {_power(side.theory)} for the {noun}, measured {_power(side.decades)}: at "
        f"depth/width = {ratio:.2g} theory is no guide to single networks."
    )


def _verb(decades: float) -> str:
    return "falls" if decades < 0 else "grows"


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"


def _power(decades: float) -> str:
    """10**decades as a reader says it."""
    return _number(10**decades) if abs(decades) < DECADES else f"10^{decades:.1f}"


def _number(number: float) -> str:
    return f"{number:.3g}"
