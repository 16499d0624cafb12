"""The charts of the page Finite width."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from simulator import figures
from simulator.experiment import Experiment
from simulator.figures.ensemble import FINITE, SAMPLED
from simulator.frames import concat
from simulator.scaled import Floats
from simulator.serving import limits
from simulator.studies.ensemble import Ensemble, affordable, ensemble, log10_mean, log_moments, quantiles
from simulator.studies.finite_width import FiniteWidth, draws_of, ending, finite_width, layers_passed
from simulator.theory.layer_gains import kappa
from simulator.ui import cache, host

# Measured on one core: what a network costs a layer beside its numbers, and a unit of the sampled law.
_NETWORK_LAYER = 4e-5
_SAMPLED_UNIT = 4e-8

_LN10 = math.log(10.0)


def charts(experiment: Experiment, quantity: str, networks: int, examples: str) -> bytes:
    """The fan of all networks, where they end, how their spread grows, and their mean beside their median."""
    return cache.payload(_charts, experiment.replace(seeds=1), quantity, networks, examples)


def table(experiment: Experiment, networks: int, examples: str) -> pd.DataFrame:
    """The networks and the laws of finite width as one tidy table."""
    return concat(simulated(experiment, networks, examples), law(experiment, examples))


def simulated(experiment: Experiment, networks: int, examples: str) -> Ensemble:
    """The networks, fewer than asked for where these would take too long."""
    batch = pooled(experiment, examples)
    count = affordable(experiment, networks, batch, limits.ENSEMBLE_SECONDS)
    cost = experiment.replace(seeds=count, batch=batch).cost()
    seconds = cost.seconds + _NETWORK_LAYER * count * experiment.depth
    text = f"Simulating {count} networks"
    return cache.result(ensemble, experiment.replace(seeds=1), count, batch, seconds=seconds, text=text)


def law(experiment: Experiment, examples: str) -> FiniteWidth:
    """Theory's expectation for networks of this width."""
    seconds = _SAMPLED_UNIT * max(1, draws_of(experiment)) * sum(experiment.layer_widths)
    text = "Sampling the law of finite width"
    batch = pooled(experiment, examples)
    return cache.result(finite_width, experiment.replace(seeds=1), batch, seconds=seconds, text=text)


def infinite(experiment: Experiment, quantity: str) -> Floats | None:
    """log10 of the mean square of infinite width by layer 0..L, None where there is no theory."""
    curves = cache.theory(experiment.replace(seeds=1)).curves
    pair = quantity, "second_moment"
    return curves[pair][1][0] if pair in curves else None


def pooled(experiment: Experiment, examples: str) -> int:
    """How many examples a mean square is over; a normalization over the batch leaves nothing of a single one."""
    return 1 if examples == "one" and not experiment.normalization_part.of_batch else experiment.batch


def _charts(experiment: Experiment, quantity: str, networks: int, examples: str) -> bytes:
    simulation = simulated(experiment, networks, examples)
    logs, batch = simulation.log10[quantity], simulation.experiment.batch
    theory = law(experiment, examples).laws.get(quantity)
    limit = infinite(experiment, quantity)
    end, spread = ending(quantity, experiment.depth), quantiles(logs)
    reference, words = _reference(limit, spread[2], end)
    kappas = {kappa(activation.slopes_at_infinity) for activation in experiment.activation_parts}
    origin = {"source": SAMPLED if theory is not None and theory.ending is not None else FINITE}
    # The last factor of h and of dE/dx is a linear layer's, and a batch has another slope.
    simple = theory is not None and theory.ending is None and batch == 1
    simple = simple and len(kappas) == 1 and quantity in ("activation", "preactivation_gradient")
    common: dict[str, Any] = {"infinite": limit, "examples": batch, **origin}
    laws = None if theory is None else theory.quantiles
    means = None if theory is None else (theory.log10_mean, theory.quantiles[2])
    shown = [
        figures.network_fan(quantity, logs, spread, theory=laws, **common),
        figures.ending_histogram(
            quantity,
            end,
            (logs[:, end] - reference) * _LN10,
            reference=words,
            density=None if theory is None else theory.density(reference, end),
            log_normal=theory is not None and theory.ending is None,
            **origin,
        ),
        figures.log_spread(
            quantity,
            layers_passed(experiment, quantity),
            log_moments(logs)[1],
            theory=None if theory is None else theory.log_variance,
            leading=kappas.pop() - 1 if simple else None,
            **origin,
        ),
        figures.mean_and_median(quantity, log10_mean(logs), spread[2], layer=end, theory=means, **common),
    ]
    return host.encode(shown, columns=2)


def _reference(limit: Floats | None, median: Floats, layer: int) -> tuple[float, str]:
    """The reference that the networks' ends are relative to: infinite width, else their own median, else 1."""
    if limit is not None and np.isfinite(limit[layer]):
        return float(limit[layer]), "infinite width"
    return (float(median[layer]), "their median") if np.isfinite(median[layer]) else (0.0, "1")
