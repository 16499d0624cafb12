"""Which figures make up a page, encoded once for everybody who looks at the same experiment."""

from __future__ import annotations

import pandas as pd

from simulator import figures
from simulator.experiment import Experiment
from simulator.frames import concat
from simulator.ui import cache, host

Pair = tuple[str, str]


def table(experiment: Experiment, *only: Pair) -> pd.DataFrame:
    """Simulation and theory of an experiment as one tidy table, of some (quantity, statistic) pairs if any are named.

    Naming them is cheaper: theory works out no more than it is asked for.
    """
    results = cache.propagation(experiment), cache.theory(experiment)
    return concat(*(result.to_frame(only=only or None) for result in results))


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
    flat = "Units on the flat side" if experiment.activation_part.rectifier else "Saturated units"
    return _profiles(
        experiment,
        {
            ("activation", "variance"): ("signal", "Activation variance"),
            ("activation_gradient", "variance"): ("gradient", "Gradient variance, dE/dx"),
            ("activation", "saturated_fraction"): ("saturated", flat),
        },
        columns=3,
    )


def _profile(experiment: Experiment, quantity: str, statistic: str) -> bytes:
    return _profiles(experiment, {(quantity, statistic): ("profile", "")}, columns=1)


def _distributions(experiment: Experiment, quantity: str, axis: str, *layers: int) -> bytes:
    result = cache.distributions(experiment, quantity)
    theory = cache.theory(experiment).to_frame()
    curves = figures.distribution_curves(result, layers, axis, theory=theory if len(theory) else None)
    return host.encode([figures.distribution_map(result, axis), curves], columns=2)


def _saturation(experiment: Experiment, layer: int) -> bytes:
    result = cache.distributions(experiment, "preactivation")
    measured = cache.propagation(experiment).curves["activation", "saturated_fraction"][0][0, layer]
    index = result.layers.index(layer)
    fractions = {
        ("activation", "saturated_fraction"): ("saturated", "Saturated units"),
        ("activation", "dead_fraction"): ("dead", "Dead units: flat for every example"),
    }
    if experiment.activation_part.rectifier:
        fractions["activation", "inactive_fraction"] = ("inactive", "Inactive: h < 0")
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
        *_drawn(experiment, fractions),
    ]
    return host.encode(shown, columns=2)


def _profiles(experiment: Experiment, wanted: dict[Pair, tuple[str, str]], columns: int) -> bytes:
    return host.encode(_drawn(experiment, wanted), columns)


def _drawn(experiment: Experiment, wanted: dict[Pair, tuple[str, str]]) -> list[figures.Figure]:
    """A chart by layer for each (quantity, statistic): its name and its title."""
    frame = table(experiment, *wanted)
    return [figures.layer_profile(frame, *pair, name=name, title=title) for pair, (name, title) in wanted.items()]
