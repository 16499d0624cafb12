"""Why a network does what it does: the first of a list of rules that holds says it in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator.experiment import SAME, Experiment
from simulator.settings import number_text
from simulator.studies.direction import Direction, change, law, number, power
from simulator.studies.facts import FORWARD, Facts, predicted
from simulator.studies.outcome import Level, Outcome
from simulator.theory.expectation import layers_of
from simulator.theory.mean_field import MeanField

_DRIFTS = 1.0
"""Decades by which a measured change must differ from theory's before it asks for an explanation of its own."""

_GENTLE = 0.3
"""Decades a layer up to which a change is called none."""


@dataclass(frozen=True)
class Case:
    """A network, what was measured of it, and what theory says."""

    experiment: Experiment
    theory: MeanField
    facts: Facts
    outcome: Outcome
    level: Level

    @property
    def chance(self) -> bool:
        """Whether all that differs from theory is what finite width does to single networks."""
        sides = (self.facts.signal, self.facts.gradient)
        drifting = [side for side in sides if abs(side.decades - side.theory) > _DRIFTS]  # inf for an exact 0
        return bool(drifting) and all(side.is_chance for side in drifting)

    @property
    def ratio(self) -> float:
        """Depth over width, which single networks' scatter goes with."""
        return sum(1 / width for width in self.experiment.layer_widths[1:])

    @property
    def name(self) -> str:
        """The activation and what stands around it."""
        experiment = self.experiment
        around = {
            f"with {experiment.normalization}": experiment.normalization != "none",
            "with residual branches": experiment.residual != "none",
            f"with dropout {number_text(experiment.dropout)}": experiment.dropout > 0,
            "with LSUV": experiment.lsuv == "on",
        }
        said = " and ".join(words for words, there in around.items() if there)
        return f"{experiment.activations or experiment.activation} {said}".rstrip()

    @cached_property
    def sizes(self) -> list[float]:
        """n Var W by layer."""
        return [layer.forward for layer in self.theory.layers or layers_of(self.experiment)]

    @property
    def sigma(self) -> str:
        """sigma_w^2 of the layers in words."""
        # The last layer of many may be one of its own; else it is wherever the widths have brought the scheme.
        own = self.experiment.last_init != SAME and len(self.sizes) > 1
        size = number(self.sizes[-2 if own else -1])
        placed = len(set(self.experiment.init_parts[: -1 if own else None])) > 1  # another law in another place
        if placed or self.experiment.inits or self.experiment.gains:
            size = f"{number(min(self.sizes))} to {number(max(self.sizes))} by layer"
        return f"σ_w² = n Var W = {size}"

    @property
    def lost(self) -> tuple[str, Direction]:
        """The pass that fares worse."""
        sides = {"gradient": self.facts.gradient, "signal": self.facts.signal}
        noun = max(sides, key=lambda noun: sides[noun].severity)
        return noun, sides[noun]

    @property
    def expected(self) -> str:
        """Theory's changes: signal / 22, gradient / 50."""
        sides = [("signal", self.facts.signal.theory), ("gradient", self.facts.gradient.theory)]
        return ", ".join(f"{noun} {change(decades)}" for noun, decades in sides if not math.isnan(decades))


def _no_number(case: Case) -> str:
    if case.outcome is not Outcome.GRADIENT_IS_NAN:
        return ""
    return (
        "A probability has rounded to 0 or 1, and the naive logarithm makes its gradient 0/0; the same loss worked "
        "out from the outputs themselves is a number."
    )


def _one_example(case: Case) -> str:
    if not (case.experiment.normalization_part.of_batch and case.experiment.batch == 1):
        return ""
    return "The batch does it: one example is its own mean, so batch normalization leaves nothing of it."


def _weights_of_zero(case: Case) -> str:
    zeros = [layer for layer, size in enumerate(case.sizes, 1) if size == 0]
    if not zeros or case.experiment.residual != "none":
        return ""
    if not any(case.experiment.init_at(layer).mean_field for layer in zeros):
        return ""
    if len(zeros) == len(case.sizes):
        return "Every weight is zero: nothing passes in either direction, and all units of a layer stay equal."
    layers = f"layer {zeros[0]}" if len(zeros) == 1 else f"{len(zeros)} layers, the first of them layer {zeros[0]},"
    return f"The weights of {layers} are zero: nothing passes there in either direction."


def _no_theory(case: Case) -> str:
    if FORWARD in case.theory.curves:
        return ""
    return f"No theory for this network; the verdict uses the simulation. {case.theory.outcome.value}"


def _suspect(case: Case) -> str:
    """The addition to the plain network without which it would do better."""
    if case.level is Level.HOLDS:
        return ""
    worst = case.facts.worst
    for setting, nothing, pronoun, words in _SUSPECTS:
        if str(getattr(case.experiment, setting)) == nothing:
            continue
        without = predicted(case.experiment.replace(**{setting: nothing}))
        if without is not None and (without.worst < 1 or without.worst < worst == math.inf):
            return f"{words(case)}: without {pronoun}, theory predicts {without.text}."
    return ""


def _bias(case: Case) -> str:
    return f"The bias {case.experiment.bias} does it"


def _norm(case: Case) -> str:
    return f"{case.experiment.normalization.replace('_', ' ').capitalize()} does it"


def _branches(case: Case) -> str:
    return "The residual branches do it, which add up layer by layer"


def _dropout(case: Case) -> str:
    return "Dropout does it, which multiplies the mean square of what goes into the weights by 1/(1 − p) a layer"


def _own_layers(case: Case) -> str:
    """The layer whose own scheme, gain or activation changes the variance most."""
    logs = case.theory.curves[FORWARD][1][0]
    steps = np.abs(np.diff(logs))
    layer = 1 + int(np.argmax(np.where(np.isfinite(steps), steps, np.inf)))
    return f"Layers that differ do it, layer {layer} most ({change(float(logs[layer] - logs[layer - 1]))})"


_SUSPECTS: tuple[tuple[str, str, str, Callable[[Case], str]], ...] = (
    ("bias", "zeros", "it", _bias),
    ("dropout", "0.0", "it", _dropout),
    ("gains", "", "them", _own_layers),
    ("inits", "", "them", _own_layers),
    ("activations", "", "them", _own_layers),
    ("normalization", "none", "it", _norm),
    ("residual", "none", "them", _branches),
)
"""Parts that may be taken away, how it is written that they are not there, and how they are spoken of and blamed."""


def _flat(case: Case) -> str:
    if case.outcome not in (Outcome.SIGNAL_IS_ZERO, Outcome.GRADIENT_IS_ZERO):
        return ""
    luck = "Chance, not the scheme: every" if case.chance else "Every"
    return (
        f"{luck} unit of some layer is on {case.name}'s flat side for the whole batch; wider layers make that unlikely."
    )


def _chance(case: Case) -> str:
    if not case.chance:
        return ""
    widest = max((case.facts.signal, case.facts.gradient), key=lambda side: abs(side.decades))
    init = case.experiment.inits or case.experiment.init
    return (
        f"Chance, not the scheme: {init} keeps the average over networks, but at depth/width = {case.ratio:.2g} single "
        f"networks scatter by a factor of {power(widest.scatter)} around a median that falls."
    )


def _holds(case: Case) -> str:
    if case.outcome is not Outcome.HOLDS:
        return ""
    if case.level is Level.PARTLY and case.facts.share_lost < 0.5 and not _theory_lost(case):
        return f"{case.sigma} suits {case.name}; at depth/width = {case.ratio:.2g} single networks scatter."
    if _theory_lost(case):
        return (
            f"Theory predicts {case.expected} where layers are infinitely wide; at depth/width = {case.ratio:.2g} "
            f"this network is better off by chance."
        )
    noun, side = max(
        (("signal", case.facts.signal), ("gradient", case.facts.gradient)), key=lambda one: abs(_per_layer(one[1]))
    )
    if abs(_per_layer(side)) > _GENTLE:
        factor = power(_per_layer(side))
        return f"{case.sigma} multiplies the {noun}'s variance by {factor} a layer: harmless in so few layers only."
    return f"{case.sigma} keeps {case.name} in range to this depth: theory predicts {case.expected}."


def _per_layer(side: Direction) -> float:
    """Theory's decades a layer; those measured where there is no theory."""
    return side.decades / max(1, side.steps) if math.isnan(side.pace) else side.pace


def _theory_lost(case: Case) -> bool:
    return any(side.sign_of(side.theory) for side in (case.facts.signal, case.facts.gradient))


def _alike(case: Case) -> str:
    if case.outcome is not Outcome.INPUTS_ALIKE:
        return ""
    expected = predicted(case.experiment)
    beside = "" if expected is None else f", theory predicts {change(expected.apart.decades)}"
    measured = change(case.facts.apart.decades)
    return f"{case.sigma} with {case.name} brings different inputs together: 1 − correlation {measured}{beside}."


def _rate(case: Case) -> str:
    noun, side = case.lost
    if math.isnan(side.theory):
        return f"Measured: {noun} {change(side.decades)}; there is no theory of a loss's gradient here."
    if side.sign_of(side.theory) != side.sign:
        return (
            f"Theory predicts {noun} {change(side.theory)} where layers are infinitely wide, measured "
            f"{change(side.decades)}: at depth/width = {case.ratio:.2g} it is no guide to single networks."
        )
    if math.isnan(side.power):
        does = f"multiplies the {noun}'s variance by {power(side.pace)} a layer"
    else:
        does = f"makes the {noun}'s variance go like {law(side.power)}, l the layer"
    return f"{case.sigma} with {case.name} {does}: theory predicts {change(side.theory)} in all."


RULES = (_no_number, _one_example, _weights_of_zero, _suspect, _no_theory, _flat, _chance, _holds, _alike, _rate)
"""The rules in the order in which they are asked."""


def cause(case: Case) -> str:
    """The sentence of the first rule that holds."""
    return next(sentence for rule in RULES if (sentence := rule(case)))
