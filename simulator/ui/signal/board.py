"""The charts of the page Signal."""

from __future__ import annotations

from simulator.experiment import Experiment
from simulator.studies.direction import DECADES
from simulator.ui import cache, host, layers


def overview(experiment: Experiment, columns: int = 3) -> bytes:
    """Activation variance, gradient variance and saturation by layer."""
    return cache.payload(_overview, experiment, columns)


def profile(experiment: Experiment, quantity: str, statistic: str) -> bytes:
    """Any statistic of any quantity by layer."""
    return cache.payload(_profile, experiment, quantity, statistic)


def _overview(experiment: Experiment, columns: int) -> bytes:
    rectified = any(activation.rectifier for activation in experiment.met_parts)
    flat = "Units on the flat side" if rectified else "Saturated units"
    wanted = {
        ("activation", "variance"): ("signal", "Activation variance"),
        ("activation_gradient", "variance"): ("gradient", "Gradient variance ←"),
        ("activation", "saturated_fraction"): ("saturated", flat),
    }
    shown = layers.profiles(experiment, wanted, clickable=columns > 1, lost=DECADES)
    return host.encode(shown, columns=columns, row=True)


def _profile(experiment: Experiment, quantity: str, statistic: str) -> bytes:
    return host.encode(layers.profiles(experiment, {(quantity, statistic): ("profile", "")}), columns=1)
