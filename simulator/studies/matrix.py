"""Every activation with every init scheme: what a layer does to the gradient, and how large the last signal is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from simulator.activations import Activation
from simulator.experiment import Experiment
from simulator.initializers import Initializer
from simulator.network import Progress
from simulator.scaled import Floats
from simulator.settings import SettingError
from simulator.studies.ends import Ends, measured, predicted

_LAWS = {
    "normal": ("normal", "normal(std=0.01)"),
    "uniform": ("uniform(bound=0.05)",),
    "constant": ("constant(value=0.01)",),
    "variance_scaling": (),  # its default is lecun_normal
}


@dataclass(frozen=True)
class Matrix:
    """Cells by scheme and activation, (schemes, activations): log10 per layer of the factors of the variances.

    `gradient` is of dE/dx from the last layer to the input, `signal` of x from the first layer to the last, `last`
    log10 of the last layer's activation variance; -inf for an exact 0, NaN where there is nothing to tell.
    """

    experiment: Experiment
    activations: tuple[str, ...]
    schemes: tuple[str, ...]
    gradient: Floats = field(repr=False)
    signal: Floats = field(repr=False)
    last: Floats = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """A row a cell: activation, init, and log10 of the three numbers."""
        rows = [
            (activation, scheme, *(side[row, column] for side in (self.gradient, self.signal, self.last)))
            for row, scheme in enumerate(self.schemes)
            for column, activation in enumerate(self.activations)
        ]
        names = ["activation", "init", "log10_gradient_factor", "log10_signal_factor", "log10_last_variance"]
        return pd.DataFrame(rows, columns=names)


def activations(experiment: Experiment) -> tuple[str, ...]:
    """Every activation that is not rare, and the experiment's own."""
    usual = [str(Activation.registry[name]()) for name in Activation.menu(rare=False)]
    return tuple(dict.fromkeys([*usual, experiment.activation]))


def schemes(experiment: Experiment) -> tuple[str, ...]:
    """Every registered scheme with numbers that are usual, and the experiment's own."""
    usual = [
        text for name in Initializer.menu(rare=False) for text in _LAWS.get(name, (str(Initializer.registry[name]()),))
    ]
    return tuple(dict.fromkeys([*usual, experiment.init]))


def affordable(experiment: Experiment, cells: int, *, seconds: float) -> Experiment:
    """The experiment with one network, as large as so many of its kind may be in `seconds` by the estimate."""
    single = experiment.replace(seeds=1, engine="auto")
    # Most schemes can be drawn by the dense engine only.
    refusal = single.replace(engine="dense").refusal(seconds=seconds / cells)
    return single if refusal is None else single.replace(**refusal[1])


def matrix(
    experiment: Experiment,
    activations: Sequence[str],
    schemes: Sequence[str],
    theory: bool = False,
    progress: Progress | None = None,
) -> Matrix:
    """Simulate (or predict) one network a cell; all else, seeds too, is as the experiment says."""
    shape = len(schemes), len(activations)
    changes = np.full((3, *shape), math.nan)
    for row, scheme in enumerate(schemes):
        for column, activation in enumerate(activations):
            ends = _cell(experiment, activation, scheme, theory)
            if ends is not None:
                steps = max(1, experiment.depth - 1)
                changes[:, row, column] = ends.backward / experiment.depth, ends.forward / steps, ends.last
            if progress is not None:
                progress(row * shape[1] + column + 1, shape[0] * shape[1])
    return Matrix(experiment, tuple(activations), tuple(schemes), *changes)


def _cell(experiment: Experiment, activation: str, scheme: str, theory: bool) -> Ends | None:
    try:
        cell = experiment.replace(activation=activation, init=scheme)
    except SettingError:  # a gain that makes these weights too small to square
        return None
    return predicted(cell) if theory else measured(cell)
