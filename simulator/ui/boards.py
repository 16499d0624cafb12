"""Which figures make up a page, encoded once for everybody who looks at the same experiment."""

from __future__ import annotations

import pandas as pd

from simulator import figures
from simulator.experiment import Experiment
from simulator.frames import concat
from simulator.ui import cache, host


def table(experiment: Experiment) -> pd.DataFrame:
    """Simulation and theory of an experiment as one tidy table."""
    frames = [cache.propagation(experiment).to_frame(), cache.theory(experiment).to_frame()]
    return concat(*(frame for frame in frames if len(frame)))


def histogram_table(experiment: Experiment, quantity: str) -> pd.DataFrame:
    """The histograms of one quantity as a tidy table."""
    return cache.distributions(experiment, quantity).to_frame()


def signal(experiment: Experiment) -> bytes:
    """Activation variance, gradient variance and saturation by layer."""
    return cache.payload(_signal, experiment)


def profile(experiment: Experiment, quantity: str, statistic: str) -> bytes:
    """Any statistic of any quantity by layer."""
    return cache.payload(_profile, experiment, quantity, statistic)


def distributions(experiment: Experiment, quantity: str, axis: str, layers: tuple[int, ...]) -> bytes:
    """The histograms of all layers as a map, and of some as curves."""
    return cache.payload(_distributions, experiment, quantity, axis, *layers)


def saturation(experiment: Experiment, layer: int) -> bytes:
    """One layer on its activation; saturated, dead and, for rectifiers, inactive units by layer."""
    return cache.payload(_saturation, experiment, layer)


def _signal(experiment: Experiment) -> bytes:
    frame, rectifier = table(experiment), experiment.activation_part.rectifier
    flat = "Units on the flat side" if rectifier else "Saturated units"
    return host.encode(
        [
            figures.layer_profile(frame, "activation", "variance", name="signal", title="Activation variance"),
            figures.layer_profile(
                frame, "activation_gradient", "variance", name="gradient", title="Gradient variance, dE/dx"
            ),
            figures.layer_profile(frame, "activation", "saturated_fraction", name="saturated", title=flat),
        ],
        columns=3,
    )


def _profile(experiment: Experiment, quantity: str, statistic: str) -> bytes:
    return host.encode([figures.layer_profile(table(experiment), quantity, statistic, name="profile")], columns=1)


def _distributions(experiment: Experiment, quantity: str, axis: str, *layers: int) -> bytes:
    result = cache.distributions(experiment, quantity)
    theory = cache.theory(experiment).to_frame()
    curves = figures.distribution_curves(result, layers, axis, theory=theory if len(theory) else None)
    return host.encode([figures.distribution_map(result, axis), curves], columns=2)


def _saturation(experiment: Experiment, layer: int) -> bytes:
    frame, result = table(experiment), cache.distributions(experiment, "preactivation")
    measured = cache.propagation(experiment).curves["activation", "saturated_fraction"][0][0, layer]
    index = result.layers.index(layer)
    shown = [
        figures.activation_profile(
            experiment.activation_part,
            experiment.saturation,
            layer=layer,
            edges=result.edges[index],
            density=result.density[index],
            log10_rms=float(result.log10_rms[index]),
            fraction=float(measured),
        ),
        figures.layer_profile(frame, "activation", "saturated_fraction", name="saturated", title="Saturated units"),
        figures.layer_profile(
            frame, "activation", "dead_fraction", name="dead", title="Dead units: flat for every example"
        ),
    ]
    if experiment.activation_part.rectifier:
        shown.append(
            figures.layer_profile(frame, "activation", "inactive_fraction", name="inactive", title="Inactive: h < 0")
        )
    return host.encode(shown, columns=2)
