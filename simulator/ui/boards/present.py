"""The chart of the page Present: signal and gradient, large."""

from __future__ import annotations

from simulator.experiment import Experiment
from simulator.ui import cache, host
from simulator.ui.boards import layers


def chart(experiment: Experiment) -> bytes:
    """Activation and gradient variance by layer, side by side."""
    return cache.payload(_chart, experiment)


def _chart(experiment: Experiment) -> bytes:
    wanted = {
        ("activation", "variance"): ("signal", "Activation variance"),
        ("activation_gradient", "variance"): ("gradient", "Gradient variance, dE/dx"),
    }
    return host.encode(layers.profiles(experiment, wanted), columns=2)
