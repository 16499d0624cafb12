"""The charts of the page Distributions."""

from __future__ import annotations

import pandas as pd

from simulator import figures
from simulator.experiment import Experiment
from simulator.ui import cache, host


def charts(experiment: Experiment, quantity: str, axis: str, layers: tuple[int, ...]) -> bytes:
    """The histograms of all layers as a map, and of some as curves."""
    return cache.payload(_charts, experiment, quantity, axis, *layers)


def strip(experiment: Experiment) -> bytes:
    """The network, layer by layer."""
    return cache.payload(_strip, experiment)


def table(experiment: Experiment, quantity: str) -> pd.DataFrame:
    """The histograms of one quantity as a tidy table."""
    return cache.distributions(experiment, quantity).to_frame()


def _strip(experiment: Experiment) -> bytes:
    result = cache.propagation(experiment)
    forward, backward = (result.lines(quantity, "variance") for quantity in ("activation", "activation_gradient"))
    return host.encode([figures.network_strip(forward, backward)], columns=1)


def _charts(experiment: Experiment, quantity: str, axis: str, *layers: int) -> bytes:
    result = cache.distributions(experiment, quantity)
    theory = cache.theory(experiment).to_frame()
    curves = figures.distribution_curves(result, layers, axis, theory=theory if len(theory) else None)
    return host.encode([figures.distribution_map(result, axis), curves], columns=2)
