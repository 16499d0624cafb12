"""The verdict: what happened to signal and gradient, read off the measured curves; why; and what would help."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from simulator.curves import Curves
from simulator.experiment import Experiment
from simulator.scaled import Floats
from simulator.studies.advice import Advice, advise
from simulator.studies.cause import Case, cause
from simulator.studies.direction import Direction, change
from simulator.studies.facts import Facts, facts
from simulator.studies.outcome import BY_SIGNS, Level
from simulator.studies.outcome import Outcome as Outcome
from simulator.theory.mean_field import MeanField, mean_field

_SATURATED = 0.5

_CHANCE = 3.0
"""Standard deviations between single networks beyond which a difference from theory is no chance."""

_FAR = 0.3
"""Decades up to which nobody sees one."""

_DIGITS = 12.0
"""Decades by which a difference must grow before a double's rounding can be seen."""

_FINITE = "That takes the units of all layers as independent, and forward weights as independent of backward ones."
_BATCH = "That takes the mean and the variance of a batch as exact, which those of few examples are not."
_ALONG = (
    "Under branches that add after the activation that holds for about log₂ n layers; then the part of the gradient "
    "along the signal, 1/n of it at the top, takes over: the other dashed line is the law at this width."
)

_FEW = 0.1
"""The part of the networks that may lose the signal or the gradient in one that still holds."""


class Sides:
    """The words of a verdict's facts, by the pass: of an experiment's networks, or of somebody's own."""

    facts: Facts

    @property
    def signal(self) -> Direction:
        return self.facts.signal

    @property
    def gradient(self) -> Direction:
        return self.facts.gradient

    @property
    def apart(self) -> Direction:
        return self.facts.apart

    @property
    def details(self) -> tuple[str, ...]:
        """A sentence for the way forward and one for the way back."""
        sides = [("signal", self.signal, "forward"), ("gradient", self.gradient, "back")]
        return tuple(_detail(*one) for one in sides if one[1].steps and not math.isnan(one[1].decades))


@dataclass(frozen=True)
class Verdict(Sides):
    """The verdict on an experiment, every sentence made from its measured numbers and in agreement with the others.

    `signal`, `gradient`, `apart` sum up the passes from layer 0 to L and back; `level` is its colour; `remarks` say
    what else is worth knowing; `advice` is worked out, and tried by simulation, when it is first asked for.
    """

    experiment: Experiment
    outcome: Outcome
    level: Level
    headline: str
    cause: str
    remarks: tuple[str, ...]
    saturated: float
    facts: Facts = field(repr=False)
    chance: bool = field(repr=False, default=False)

    @cached_property
    def advice(self) -> Advice | None:
        """The change that helps most, None where nothing has to be helped or nothing better is known."""
        if self.level is Level.HOLDS or self.outcome is Outcome.GRADIENT_IS_NAN:
            return None
        return advise(self.experiment, self.facts, self.chance)


def judge(experiment: Experiment, curves: Curves) -> Verdict:
    """The verdict on curves of (value, log10), each (seeds, L + 1)."""
    theory = mean_field(experiment)
    measured = facts(curves, theory, inside=experiment.inside_branches)
    outcome = outcome_of(measured)
    level = level_of(measured, outcome)
    case = Case(experiment, theory, measured, outcome, level)
    fractions = curves["activation", "saturated_fraction"][0][:, 1:]
    return Verdict(
        experiment=experiment,
        outcome=outcome,
        level=level,
        headline=headline(experiment.depth, outcome, measured),
        cause=cause(case),
        remarks=(
            *_saturation(experiment, measured.gradient, fractions),
            *_born_dead(experiment, measured.signal),
            *_finite_width(theory, measured),
            *_rounding(experiment, measured),
        ),
        saturated=float(np.mean(fractions)),
        facts=measured,
        chance=case.chance,
    )


def outcome_of(measured: Facts) -> Outcome:
    """The outcome for the typical network."""
    if measured.signal.zero:
        return Outcome.SIGNAL_IS_ZERO
    if measured.gradient.zero:
        return Outcome.GRADIENT_IS_ZERO
    if math.isnan(measured.gradient.decades):
        return Outcome.GRADIENT_IS_NAN
    outcome = BY_SIGNS[measured.signal.sign, measured.gradient.sign]
    return Outcome.INPUTS_ALIKE if outcome is Outcome.HOLDS and measured.apart.sign else outcome


def level_of(measured: Facts, outcome: Outcome) -> Level:
    """How it fares: by what was measured, and by what theory says of most networks."""
    if outcome is not Outcome.HOLDS:
        return Level.FAILS
    by_theory = any(side.sign_of(side.theory) for side in (measured.signal, measured.gradient))
    return Level.PARTLY if by_theory or measured.share_lost > _FEW else Level.HOLDS


def _layer(layer: int) -> str:
    return f"layer {layer}"


def headline(
    depth: int, outcome: Outcome, measured: Facts, noun: str = "layer", place: Callable[[int], str] = _layer
) -> str:
    """Say what happened to signal and gradient over `depth` layers (or another `noun`); `place` names one."""
    layers = f"the single {noun}" if depth == 1 else f"{depth} {noun}s"
    signal, gradient = measured.signal, measured.gradient
    if outcome is Outcome.SIGNAL_IS_ZERO:
        text = f"From {place(depth - signal.steps + signal.first_zero)} on, every activation is identical."
    elif outcome is Outcome.GRADIENT_IS_ZERO:
        text = f"From {place(depth - gradient.first_zero)} down, the gradient is exactly zero: nothing there can learn."
    elif outcome is Outcome.GRADIENT_IS_NAN:
        text = str(outcome.value)
    elif outcome is Outcome.HOLDS:
        text = f"Both survive {layers}: {measured.text}."
    elif outcome is Outcome.INPUTS_ALIKE:
        alike = place(measured.apart.survives + 1)
        text = f"Both survive {layers}, but inputs become alike from {alike} on: {measured.text}."
    elif signal.sign == gradient.sign:
        text = f"Signal and gradient {'vanish' if signal.sign < 0 else 'explode'} over {layers}: {measured.text}."
    else:
        verbs = {-1: "vanishes", 0: "survives", 1: "explodes"}
        sides = sorted((("signal", signal.sign), ("gradient", gradient.sign)), key=lambda one: one[1] == 0)
        fates = " and ".join(f"the {noun} {verbs[sign]}" for noun, sign in sides)
        text = f"Over {layers} {fates}: {measured.text}."
    return text + _others(measured)


def _others(measured: Facts) -> str:
    """How many networks fare otherwise than the typical one."""
    sides = (measured.signal, measured.gradient)
    dead, lost, networks = max(s.dead for s in sides), max(s.lost for s in sides), measured.signal.networks
    if dead and not any(side.zero for side in sides):
        return f" {dead} of {networks} networks {'is' if dead == 1 else 'are'} dead."
    if lost and not any(side.sign for side in sides):
        return f" {lost} of {networks} networks {'loses' if lost == 1 else 'lose'} signal or gradient."
    return ""


def _detail(noun: str, side: Direction, way: str) -> str:
    if side.zero:
        return f"Way {way}: the {noun} is exactly 0 after {side.survives} of {side.steps} layers."
    reach = f"all {side.steps}" if side.survives >= side.steps else f"{side.survives} of {side.steps}"
    return (
        f"Way {way}: {noun} variance {change(side.decades)} in all ({side.rate} a layer); it stays within a factor of "
        f"{10**side.limit:,.0f} for {reach} layers."
    )


def _saturation(experiment: Experiment, gradient: Direction, fractions: Floats) -> tuple[str, ...]:
    """Say what saturation means here; of the layers whose flat side tells something."""
    # The flat side of a rectifier is half of everything; its fraction has a chart of its own.
    telling = np.array([not activation.rectifier for activation in experiment.met_parts])
    saturated = float(np.mean(fractions[:, telling])) if telling.any() else 0.0
    if saturated <= _SATURATED:
        return ()
    alive = (
        "" if gradient.zero or gradient.sign < 0 else ", and yet the gradient does not vanish: the other units carry it"
    )
    where = "" if telling.all() else " where the activation is no rectifier"
    return (f"{100 * saturated:.0f} % of the units{where} are saturated{alive}.",)


def _finite_width(theory: MeanField, measured: Facts) -> tuple[str, ...]:
    """Why a pass differs from infinite width by more than single networks of this width scatter."""
    sentences = []
    for noun, side in (("signal", measured.signal), ("gradient", measured.gradient)):
        excess = abs(side.decades - side.theory - side.drift)
        if side.zero or not _CHANCE * side.scatter + _FAR < excess < math.inf:
            continue
        of_batch = theory.experiment is not None and theory.experiment.normalization_part.of_batch
        why = _ALONG if noun == "gradient" and theory.at_width else _BATCH if of_batch else _FINITE
        ends = f"{change(side.decades)} measured, {change(side.theory)} by theory of infinite width"
        sentences.append(f"Finite {'batch' if of_batch else 'width'}: {noun} {ends}. {why}")
    return tuple(sentences)


def _rounding(experiment: Experiment, measured: Facts) -> tuple[str, ...]:
    """Where a chaotic network makes the last digits of a dense engine's numbers into its first ones."""
    # What two inputs differ by grows as the gradient does, beyond the signal itself.
    grown = (measured.gradient.theory - measured.signal.theory) / 2
    if experiment.matrix_free or not grown > _DIGITS:
        return ()
    return (
        f"Rounding grows by 10^{grown:.0f} on the way through: with another processor's kernels the same seed gives "
        "another network of the same law.",
    )


def _born_dead(experiment: Experiment, signal: Direction) -> tuple[str, ...]:
    """The bound on the share of dead networks, where there are some: P <= 1 - prod(1 - 2^-n) (Lu et al. 2019)."""
    rectified = all(part.slopes_at_infinity[0] == 0 and part.homogeneous for part in experiment.met_parts)
    if not signal.dead or not rectified or experiment.bias != "zeros" or not experiment.plain:
        return ()
    bound = -math.expm1(sum(math.log1p(-(0.5**width)) for width in experiment.layer_widths[1:]))
    return (
        f"{signal.dead / signal.networks:.0%} of these networks are dead; by chance at most {bound:.0%} of all are: "
        "1 − ∏(1 − 2^−n), n the widths (Lu et al. 2019).",
    )
