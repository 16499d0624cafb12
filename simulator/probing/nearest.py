"""Facts about a network of somebody's own, known through the experiment that it comes near."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.activations import Activation
from simulator.experiment import Experiment
from simulator.probing import recognized
from simulator.probing.points import Weights
from simulator.probing.verdict import scale
from simulator.studies.advice import Advice
from simulator.studies.propagation import propagate
from simulator.theory.mean_field import MeanField, mean_field


def theory(near: Experiment | None, weights: Sequence[Weights]) -> MeanField | None:
    """Theory of infinite width; None without an experiment, or where weights look like no law's, as trained ones."""
    return mean_field(near) if near is not None and all(map(recognized.is_drawn, weights)) else None


def advice(near: Experiment | None, weights: Sequence[Weights], activations: Sequence[Activation]) -> Advice | None:
    """Advice for the experiment, tried by simulation; else another scale of the weights, if they ask for one."""
    if near is not None and near.refusal() is None:
        return propagate(near).verdict.advice
    return scale(weights, activations)
