"""The charts of the page Gains and the table behind them."""

from __future__ import annotations

import pandas as pd

from simulator import figures
from simulator.experiment import Experiment
from simulator.theory import gains
from simulator.ui import cache, host

_SETTLED = {name: about.default for name, about in Experiment.settings().items() if name != "activation"}
"""What the charts do not depend on."""


def charts(experiment: Experiment) -> bytes:
    """The gains of every activation, and what each does to the gradient."""
    return cache.payload(_charts, experiment.replace(**_SETTLED))


def results(activation: str) -> list[gains.Gains]:
    """The gains of every registered activation, and of this one."""
    return cache.result(gains.every, activation)


def table(activation: str) -> pd.DataFrame:
    """A row an activation and gain."""
    return gains.table(results(activation))


def _charts(experiment: Experiment) -> bytes:
    frame, own = table(experiment.activation), experiment.activation
    return host.encode([figures.gain_sizes(frame, own), figures.gain_gradients(frame, own)], columns=2)
