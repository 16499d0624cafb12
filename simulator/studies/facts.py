"""One run in a few facts: what became of the signal, of the gradient, and of what tells inputs apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.curves import Curves
from simulator.experiment import Experiment
from simulator.scaled import Floats
from simulator.studies.direction import Direction, change, direction
from simulator.theory.mean_field import MeanField, mean_field

FORWARD = ("activation", "variance")
BACKWARD = ("activation_gradient", "variance")
LIKENESS = ("activation", "correlation")

ALIKE = math.log10(60)
"""Inputs count as alike once 1 - correlation has fallen by more than a factor of 10**ALIKE."""

_TINIEST = 1e-16
"""The least 1 - correlation that a double can tell from 0."""


@dataclass(frozen=True)
class Facts:
    """The change of the variance of x from layer 0 to L, of that of dE/dx back from L to 0, and of 1 - correlation."""

    signal: Direction
    gradient: Direction
    apart: Direction

    @property
    def worst(self) -> float:
        """The largest change in units of what counts as lost: above 1, something is."""
        return max(self.signal.severity, self.gradient.severity, self.apart.severity)

    @property
    def lost(self) -> float:
        """The same of signal and gradient alone."""
        return max(self.signal.severity, self.gradient.severity)

    @property
    def share_lost(self) -> float:
        """The part of the networks in which signal or gradient is lost, at least."""
        return max(side.share_lost for side in (self.signal, self.gradient))

    @property
    def text(self) -> str:
        """Signal and gradient in two factors: signal / 22, gradient × 3.1."""
        sides = [("signal", self.signal), ("gradient", self.gradient)]
        return ", ".join(f"{noun} {change(side.decades)}" for noun, side in sides if not math.isnan(side.decades))


def facts(
    curves: Curves, theory: MeanField | None, *, likeness: bool = False, inside: Sequence[int] = ()
) -> Facts:  # fmt: skip
    """Of curves of (value, log10), each (networks, L + 1), beside theory's, if any; with its likeness if asked.

    What is 0 in a layer `inside` of a branch is not lost, since the rest passes beside it.
    """
    expected: Curves = theory.curves if theory is not None else {}
    steps = curves[FORWARD].value.shape[1]
    missing = np.full(steps, np.nan)
    sides = {}
    for pair, way in ((FORWARD, 1), (BACKWARD, -1)):
        values, logs = (array[:, ::way] for array in curves[pair])
        known = expected[pair].log10[0, ::way] if pair in expected else missing
        for layer in [steps - 1 - layer for layer in reversed(inside)] if way == -1 else inside:
            if (silent := values[:, layer] == 0).any():
                values, logs, known = (_beside(array, layer, silent) for array in (values, logs, known))
        zero = values == 0
        if way == 1 and zero[:, 0].all():  # inputs that are all the same: the signal begins where it first varies
            start = int(np.argmin(zero.all(axis=0)))
            zero, logs, known = zero[:, start:], logs[:, start:], known[start:]
        sides[pair] = direction(logs, zero, known, upwards=way == 1)
    gaps = missing
    if likeness and theory is not None and theory.layers:
        gaps = np.array([theory.one_minus_c_0, *theory.likeness.activation])
    return Facts(sides[FORWARD], sides[BACKWARD], _apart(1 - curves[LIKENESS].value, gaps))


def _beside(array: Floats, layer: int, silent: NDArray[np.bool_]) -> Floats:
    """The array with what is one step before `layer` where a branch is `silent`; theory's if all of them are."""
    array = array.copy()
    where = silent if array.ndim == 2 else silent.all()
    array[..., layer] = np.where(where, array[..., layer - 1], array[..., layer])
    return array


def predicted(experiment: Experiment) -> Facts | None:
    """The facts at infinite width; None where there is no theory. A loss is passed over."""
    theory = mean_field(experiment if experiment.loss == "none" else experiment.replace(loss="none"))
    inside = experiment.inside_branches
    return facts(theory.curves, theory, likeness=True, inside=inside) if theory.layers else None


def _apart(gaps: Floats, expected: Floats) -> Direction:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs, known = (np.log10(np.maximum(side, _TINIEST)) for side in (gaps, expected))
    logs = np.where(np.isnan(gaps), np.nan, logs)
    whole = ~np.isnan(logs).any(axis=1)  # where a layer is all zeros, no two of its vectors have an angle
    logs = logs[whole] if whole.any() else logs
    return direction(logs, np.zeros(logs.shape, dtype=bool), known, limit=ALIKE, falls=True)
