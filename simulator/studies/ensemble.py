"""The same network again and again: how the mean squares of its layers spread over hundreds of seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from simulator import frames
from simulator.curves import Curve
from simulator.display import Displayed
from simulator.experiment import Experiment
from simulator.network import Observer, Progress
from simulator.scaled import Floats, Scaled, log10
from simulator.settings import SettingError
from simulator.statistics import QUANTITIES, Sample
from simulator.studies.propagation import walk

ENSEMBLE_QUANTITIES = tuple(QUANTITIES)[:4]
"""The quantities that have a value per unit and example: their mean square is what spreads."""

LEVELS = (0.025, 0.16, 0.5, 0.84, 0.975)
"""The quantiles over networks: the median, and what holds 68 % and 95 % of them."""

FEWEST = 10
"""Networks that are simulated whatever they cost: fewer say nothing of a spread."""

_LN10 = float(np.log(10.0))


@dataclass(frozen=True)
class Ensemble(Displayed):
    """The mean squares of every layer of `experiment.seeds` networks, over units and `experiment.batch` examples.

    `log10[quantity]` is log10 of the mean square, (seeds, L + 1) by layer 0..L: -inf for an exact zero, NaN where
    there is none: of the preactivation at layer 0, of a gradient that is not a number.
    """

    experiment: Experiment
    log10: Mapping[str, Floats] = field(repr=False)

    def to_frame(self, label: str = "") -> pd.DataFrame:
        """The tidy table: a row per seed, layer and quantity."""
        depth, first = len(self.experiment.layer_widths) - 1, self.experiment.seed
        curves = {(quantity, "second_moment"): Curve.of_log10(logs) for quantity, logs in self.log10.items()}
        seeds = range(first, first + self.experiment.seeds)
        return frames.tidy(label, frames.SIMULATION, seeds, range(depth + 1), curves)


def ensemble(experiment: Experiment, networks: int = 200, batch: int = 1, progress: Progress | None = None) -> Ensemble:
    """Simulate `networks` networks, each with its own weights and `batch` examples, from the experiment's seed on.

    The backward pass starts from dE/dx_L ~ N(0, 1). Raises SettingError if memory would not do.
    """
    several = experiment.replace(seeds=networks, batch=batch)
    refused = several.refusal()
    if refused is not None:
        raise SettingError(refused[0])
    table = SecondMoments(networks, several.depth)
    walk(several, table.observer, progress)
    return Ensemble(several, table.log10)


def affordable(experiment: Experiment, networks: int, batch: int, seconds: float) -> int:
    """How many of the networks, at least FEWEST, take no longer than `seconds` by the estimate."""
    cost = experiment.replace(seeds=networks, batch=batch).cost().seconds
    return networks if cost <= seconds else max(min(FEWEST, networks), int(networks * seconds / cost))


class SecondMoments:
    """log10 of the mean square of every quantity and layer, (networks, depth + 1), filled as the passes go."""

    def __init__(self, networks: int, depth: int) -> None:
        self.log10 = {quantity: np.full((networks, depth + 1), np.nan) for quantity in ENSEMBLE_QUANTITIES}

    def observer(self, first: int, last: int) -> Observer:
        """An observer that fills the rows first .. last - 1."""

        def observe(layer: int, quantity: str, sample: Sample) -> None:
            if isinstance(sample, Scaled):
                logs = log10(sample.second_moment, 2 * sample.exponent)
                self.log10[quantity][first:last, layer] = np.where(sample.second_moment == 0, -np.inf, logs)

        return observe


def log10_mean(logs: Floats) -> Floats:
    """log10 of the mean over networks (K, L + 1) of numbers given by their log10, of any size."""
    top = np.max(logs, axis=0)
    known = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(under="ignore", divide="ignore"):
        return np.asarray(np.log10(np.mean(10.0 ** (logs - known), axis=0)) + known)


def log_moments(logs: Floats) -> tuple[Floats, Floats]:
    """Mean and variance, over networks, of ln of numbers given by their log10, zeros left out; NaN where none is."""
    alive = np.isfinite(logs)
    count = alive.sum(axis=0)
    numbers = np.where(alive, logs, 0.0) * _LN10
    mean = numbers.sum(axis=0) / np.maximum(count, 1)
    variance = np.where(alive, (numbers - mean) ** 2, 0.0).sum(axis=0) / np.maximum(count - 1, 1)
    return np.where(count > 0, mean, np.nan), np.where(count > 1, variance, np.nan)


def quantiles(logs: Floats) -> Floats:
    """The LEVELS over networks, (levels, L + 1); -inf where they fall on exact zeros."""
    ordered = np.sort(logs, axis=0)
    place = np.array(LEVELS) * (len(logs) - 1)
    low, high = ordered[np.floor(place).astype(int)], ordered[np.ceil(place).astype(int)]
    part = (place - np.floor(place))[:, None]
    mixed = np.isfinite(low) & np.isfinite(high)
    mixture: Floats = np.where(mixed, low + part * np.where(mixed, high - np.where(mixed, low, 0.0), 0.0), low)
    return mixture
