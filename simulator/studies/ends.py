"""Signal and gradient at the two ends of a network, and nothing in between: cheap to ask often."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulator.experiment import Experiment
from simulator.network import Observer
from simulator.scaled import Exponents, Floats, log10
from simulator.statistics import STATISTICS, Sample
from simulator.studies.propagation import walk
from simulator.theory.mean_field import mean_field

_SIGNAL, _GRADIENT = "activation", "activation_gradient"


@dataclass(frozen=True)
class Ends:
    """Changes of log10 variance, medians over networks: `forward` of x from layer 1 to L, `backward` of dE/dx from
    layer L to the input; `last` is log10 of the variance of x_L. -inf for an exact 0, NaN where it is no number.
    """

    forward: float
    backward: float
    last: float


def measured(experiment: Experiment) -> Ends:
    """Simulated networks, all seeds of the experiment."""
    depth, seeds = experiment.depth, experiment.seeds
    wanted = {(_SIGNAL, 1), (_SIGNAL, depth), (_GRADIENT, 0), (_GRADIENT, depth)}
    mantissas = {place: np.full(seeds, math.nan) for place in wanted}
    exponents = {place: np.zeros(seeds, dtype=np.int64) for place in wanted}

    def of(first: int, last: int) -> Observer:
        def observe(layer: int, quantity: str, sample: Sample) -> None:
            if (quantity, layer) in wanted:
                moments = STATISTICS["variance"].measure(sample)
                assert moments is not None
                mantissas[quantity, layer][first:last], exponents[quantity, layer][first:last] = moments

        return observe

    walk(experiment, of)
    logs = {place: _log10(mantissas[place], exponents[place]) for place in wanted}
    return _ends(*(logs[place] for place in ((_SIGNAL, 1), (_SIGNAL, depth), (_GRADIENT, depth), (_GRADIENT, 0))))


def predicted(experiment: Experiment) -> Ends | None:
    """Infinite width; None where there is no theory. NaN for the gradient of a loss."""
    curves = mean_field(experiment).curves
    if (_SIGNAL, "variance") not in curves:
        return None
    nothing = np.full((1, experiment.depth + 1), math.nan)
    pairs = ((quantity, "variance") for quantity in (_SIGNAL, _GRADIENT))
    signal, gradient = (curves[pair].logs if pair in curves else nothing for pair in pairs)
    return _ends(signal[:, 1], signal[:, -1], gradient[:, -1], gradient[:, 0])


def _ends(first: Floats, last: Floats, top: Floats, bottom: Floats) -> Ends:
    return Ends(_change(first, last), _change(top, bottom), _median(last))


def _change(before: Floats, after: Floats) -> float:
    """The median change; what began as an exact 0 is one."""
    change = np.full(len(before), -math.inf)
    known = ~np.isneginf(before) & ~np.isneginf(after)
    change[known] = after[known] - before[known]
    return _median(change)


def _median(values: Floats) -> float:
    """The lower median, which needs no arithmetic with infinities; NaN where one value is."""
    return math.nan if np.isnan(values).any() else float(np.sort(values)[(len(values) - 1) // 2])


def _log10(mantissas: Floats, exponents: Exponents) -> Floats:
    """log10 of mantissa * 2**exponent, -inf for 0."""
    return np.where(mantissas == 0, -math.inf, log10(mantissas, exponents))
