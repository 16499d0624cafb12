"""The charts of the page Gains and the table behind them."""

from __future__ import annotations

import pandas as pd

from simulator import figures
from simulator.experiment import Experiment
from simulator.theory import gains
from simulator.ui import cache, host

_SETTLED = {
    name: about.default for name, about in Experiment.settings().items() if name not in ("activation", "dropout")
}
"""Settings that the charts do not depend on."""


def charts(experiment: Experiment) -> bytes:
    """The gains of every activation, and what each does to the gradient."""
    return cache.payload(_charts, experiment.replace(**_SETTLED))


def results(experiment: Experiment) -> list[gains.Gains]:
    """The gains of every registered activation, and of the experiment's, at its rate of dropout."""
    return cache.result(_results, experiment.replace(**_SETTLED))


def table(experiment: Experiment) -> pd.DataFrame:
    """A row an activation and gain."""
    return gains.table(results(experiment))


def _results(experiment: Experiment) -> list[gains.Gains]:
    return gains.every(experiment.activation, dropout=experiment.dropout)


def _charts(experiment: Experiment) -> bytes:
    frame, own = table(experiment), experiment.activation
    return host.encode([figures.gain_sizes(frame, own), figures.gain_gradients(frame, own)], columns=2)
