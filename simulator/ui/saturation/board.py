"""The charts of the page Saturation."""

from __future__ import annotations

from simulator import figures
from simulator.experiment import Experiment
from simulator.ui import cache, host, layers


def charts(experiment: Experiment, layer: int) -> bytes:
    """One layer on its activation; saturated, dead and, for rectifiers, inactive units by layer."""
    return cache.payload(_charts, experiment, layer)


def profile(experiment: Experiment, layer: int) -> bytes:
    """One layer on its activation."""
    return cache.payload(_profile, experiment, layer)


def _profile(experiment: Experiment, layer: int) -> bytes:
    return host.encode([_on_activation(experiment, layer)], columns=1)


def _on_activation(experiment: Experiment, layer: int) -> figures.Figure:
    result = cache.distributions(experiment, "preactivation")
    measured = cache.propagation(experiment).curves["activation", "saturated_fraction"][0][0, layer]
    index = result.layers.index(layer)
    return figures.activation_profile(
        experiment.met_parts[layer - 1],
        experiment.saturation,
        layer=layer,
        edges=result.edges[index],
        density=result.density[index],
        log10_rms=float(result.log10_rms[index]),
        fraction=float(measured),
    )


def _charts(experiment: Experiment, layer: int) -> bytes:
    fractions = {
        ("activation", "saturated_fraction"): ("saturated", "Saturated units"),
        ("activation", "dead_fraction"): ("dead", "Dead units: flat for every example"),
    }
    if any(activation.rectifier for activation in experiment.met_parts):
        fractions["activation", "inactive_fraction"] = ("inactive", "Inactive: h < 0")
    return host.encode([_on_activation(experiment, layer), *layers.profiles(experiment, fractions)], columns=2)
