"""The rule of saturation in words, with the threshold in force and the interval it means."""

from __future__ import annotations

import math

from simulator.activations import Activation
from simulator.experiment import Experiment
from simulator.settings import number_text


def saturated(experiment: Experiment) -> list[str]:
    """Say what counts as saturated in this experiment, activation by activation."""
    return [_rule(part, experiment.saturation) for part in dict.fromkeys(experiment.met_parts)]


def _rule(part: Activation, saturation: float) -> str:
    where = " or ".join(_interval(low, high) for low, high in part.flat_intervals(saturation))
    return (
        f"Saturated: the slope |φ'(h)| is below τ = {number_text(saturation)} of the steepest slope that {part} has "
        "anywhere; "
        + (f"here that is where {where}." if where else f"{part} is nowhere that flat, so it never saturates.")
    )


def beside(experiment: Experiment) -> list[str]:
    """Say what else is counted, and what must not be concluded."""
    lines = [
        "Dead: a unit that is on the flat side for every example of the batch, so that none of them moves its weights.",
        "Saturation is not vanishing: the gradient can grow through layers in which most units are flat.",
    ]
    if experiment.normalization != "none":
        lines.append(
            f"Normalized: with {experiment.normalization} the activation meets norm(h). The histogram above is of h "
            "itself; the fractions count norm(h)."
        )
    if experiment.residual_part.before:
        lines.append("Branches: h is the sum at a layer, which the activation of the next branch meets.")
    inactive = "Inactive: h < 0. Half of all units are where h is as often negative as positive; that is no fault."
    return [inactive, *lines] if any(part.rectifier for part in experiment.met_parts) else lines


def _interval(low: float, high: float) -> str:
    if math.isinf(low) and math.isinf(high):
        return "h is anything"
    if math.isinf(low):
        return f"h < {_number(high)}"
    if math.isinf(high):
        return f"h > {_number(low)}"
    return f"{_number(low)} < h < {_number(high)}"


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")
