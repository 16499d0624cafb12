"""Charts by layer and the table behind them, which several pages share."""

from __future__ import annotations

import pandas as pd

from simulator import figures
from simulator.experiment import Experiment
from simulator.frames import concat
from simulator.ui import cache

Pair = tuple[str, str]


def table(experiment: Experiment, *only: Pair) -> pd.DataFrame:
    """Simulation and theory of an experiment as one tidy table, of some (quantity, statistic) pairs if any are named.

    Naming them is cheaper: theory works out no more than it is asked for.
    """
    results = cache.propagation(experiment), cache.theory(experiment)
    return concat(*(result.to_frame(only=only or None) for result in results))


def profiles(
    experiment: Experiment, wanted: dict[Pair, tuple[str, str]], *, clickable: bool = False, lost: float | None = None
) -> list[figures.Figure]:
    """A chart by layer for each (quantity, statistic): its name and its title."""
    results = cache.propagation(experiment), cache.theory(experiment)
    return [
        figures.layer_profile(
            [line for result in results for line in result.lines(*pair)], *pair, name=name, title=title,
            clickable=clickable, lost=lost,
        )
        for pair, (name, title) in wanted.items()
    ]  # fmt: skip
