"""How preactivations, activations or gradients are distributed: one histogram a layer."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from simulator import frames
from simulator.curves import Curve
from simulator.display import Displayed
from simulator.experiment import Experiment
from simulator.network import Progress
from simulator.scaled import Floats, Scaled, log10
from simulator.settings import SettingError, one_of
from simulator.statistics import QUANTITIES, Sample
from simulator.studies.propagation import walk

HISTOGRAM_QUANTITIES = tuple(QUANTITIES)[:4]
"""The quantities that have a value per unit and example."""

BINS = 81
LOG_BINS = 90
_WIDTHS_OUT = 5.0
"""A histogram reaches this many standard deviations to either side of the mean, or less where nothing is."""

_LOG_RANGE = (-7.0, 2.0)


@dataclass(frozen=True)
class Distributions(Displayed):
    """Histograms of one quantity at every layer of the network with the experiment's first seed.

    `edges` (K, BINS + 1) are in units of the layer's root mean square, whose log10 is `log10_rms` (K,; NaN if
    all is zero); `density` (K, BINS) is per such unit and integrates to the fraction inside. `log_edges`
    (K, LOG_BINS + 1) are log10|value|, `log_density` per decade. `zeros` (K,) is the fraction of exact zeros.
    """

    experiment: Experiment
    quantity: str
    layers: tuple[int, ...]
    edges: Floats = field(repr=False)
    density: Floats = field(repr=False)
    log_edges: Floats = field(repr=False)
    log_density: Floats = field(repr=False)
    log10_rms: Floats = field(repr=False)
    zeros: Floats = field(repr=False)

    def to_frame(self, label: str = "") -> pd.DataFrame:
        """A tidy table: a row a bin, its ends in `low` and `high`, its density per unit of value in `value`.

        Layers whose root mean square leaves the double range have missing ends and densities.
        """
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            rms = 10.0 ** self.log10_rms[:, None]
            rms = np.where((rms > 1e-290) & (rms < 1e290), rms, np.nan)
            low, high, value = self.edges[:, :-1] * rms, self.edges[:, 1:] * rms, self.density / rms
        curves = {(self.quantity, "density"): Curve.of(value.T)}
        bins = self.density.shape[1]
        frame = frames.tidy(label, frames.SIMULATION, [self.experiment.seed] * bins, self.layers, curves, keep=True)
        frame["low"], frame["high"] = low.T.ravel(), high.T.ravel()
        return frame.sort_values(["layer", "low"], kind="stable", ignore_index=True)


def distributions(
    experiment: Experiment, quantity: str = "preactivation", progress: Progress | None = None
) -> Distributions:
    """Simulate the first seed and bin `quantity` at every layer; raises SettingError for an unknown quantity."""
    one_of(quantity, HISTOGRAM_QUANTITIES, "distributions.quantity")
    single = experiment.replace(seeds=1)
    refused = single.refusal()
    if refused is not None:
        raise SettingError(refused[0])
    by_layer: dict[int, tuple[Floats | float, ...]] = {}

    def observe(layer: int, name: str, sample: Sample) -> None:
        if name == quantity and isinstance(sample, Scaled):
            by_layer[layer] = _histograms(sample)

    walk(single, lambda first, last: observe, progress, backward=quantity.endswith("gradient"))
    layers = sorted(by_layer)
    edges, density, log_edges, log_density, log10_rms, zeros = (
        np.array([by_layer[layer][part] for layer in layers]) for part in range(6)
    )
    return Distributions(experiment, quantity, tuple(layers), edges, density, log_edges, log_density, log10_rms, zeros)


def _histograms(sample: Scaled) -> tuple[Floats | float, ...]:
    values, rms = np.asarray(sample.flat[0], dtype=np.float64), float(np.sqrt(sample.second_moment[0]))
    log10_rms = float(log10(np.sqrt(sample.second_moment), sample.exponent)[0])
    if rms == 0:
        edges, log_edges = np.linspace(-1, 1, BINS + 1), np.linspace(*_LOG_RANGE, LOG_BINS + 1)
        return edges, np.zeros(BINS), log_edges, np.zeros(LOG_BINS), log10_rms, 1.0
    mean, spread = float(sample.mean[0]), float(np.sqrt(sample.variance[0]))
    least = 1e-9 * rms  # a layer of equal values is a spike of some width
    low = max(float(values.min()), mean - _WIDTHS_OUT * spread) - least
    high = min(float(values.max()), mean + _WIDTHS_OUT * spread) + least
    edges, density = _histogram(values, low, high, BINS)
    size = np.abs(values)
    zero = size == 0
    with np.errstate(divide="ignore"):
        logs = np.log10(size[~zero]) - np.log10(rms)
    log_edges, log_density = _histogram(logs, *_LOG_RANGE, LOG_BINS)
    return (
        edges / rms,
        density * rms,
        log_edges + log10_rms,
        log_density * (logs.size / size.size),
        log10_rms,
        float(zero.mean()),
    )


def _histogram(values: Floats, low: float, high: float, bins: int) -> tuple[Floats, Floats]:
    """Edges and the density of all values, those outside counted in the total alone; far faster than np.histogram."""
    scale = bins / (high - low)
    places = np.floor((values - low) * scale)
    inside = places[(places >= 0) & (places < bins)].astype(np.intp)
    counts = np.bincount(inside, minlength=bins)
    density = counts * np.float64(scale / max(1, values.size))
    return np.linspace(low, high, bins + 1), density
