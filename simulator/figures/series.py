"""The rows of a tidy table that one line is drawn from, as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.frames import SIMULATION, THEORY, is_at_width

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """One quantity and statistic of one network (or one theory): arrays of shape (seeds, layers).

    An exact zero has `log10` -inf here, so that it takes its place in medians; a row that the
    table has not got is NaN in both arrays.
    """

    label: str
    source: str
    seeds: NDArray[np.int64]
    layers: NDArray[np.int64]
    value: Floats
    log10: Floats

    @property
    def is_theory(self) -> bool:
        """Whether these rows are computed, not measured."""
        return self.source == THEORY

    @property
    def is_at_width(self) -> bool:
        """Whether it is theory for the width that was simulated, beside that of infinite width."""
        return self.is_theory and is_at_width(self.label)

    def quantiles(self, *levels: float, log: bool) -> Floats:
        """Quantiles over the seeds, of log10 or of the value: shape (levels, layers), NaN where no row is."""
        rows = self.log10 if log else self.value
        if len(rows) == 1:
            return np.repeat(rows, len(levels), axis=0)
        # "lower" and "higher" steps keep -inf (an exact zero) out of any difference.
        ordered = np.sort(rows, axis=0)  # NaN goes last
        count = np.count_nonzero(~np.isnan(rows), axis=0)
        columns = np.arange(rows.shape[1])
        found = np.full((len(levels), rows.shape[1]), np.nan)
        for row, level in enumerate(levels):
            place = level * np.maximum(count - 1, 0)
            low, high = (ordered[side(place).astype(int), columns] for side in (np.floor, np.ceil))
            part = place - np.floor(place)
            mixed = (part > 0) & np.isfinite(low) & np.isfinite(high)
            found[row] = low
            found[row, mixed] = low[mixed] + part[mixed] * (high[mixed] - low[mixed])
        return found


def series(frame: pd.DataFrame, quantity: str, statistic: str) -> Iterator[Series]:
    """Every line of this quantity and statistic: simulations first, then theory, in the table's order of labels."""
    rows = np.flatnonzero(_equals(frame["quantity"], quantity) & _equals(frame["statistic"], statistic))
    labels, sources = (_texts(frame[name], rows) for name in ("label", "source"))
    seeds, layers = (frame[name].to_numpy(np.int64)[rows] for name in ("seed", "layer"))
    value, log10 = (frame[name].to_numpy(np.float64)[rows] for name in ("value", "log10"))
    log10 = np.where(value == 0.0, -np.inf, log10)
    for source in (SIMULATION, THEORY):
        for label in dict.fromkeys(labels[sources == source]):
            chosen = (labels == label) & (sources == source)
            which_seed, row = np.unique(seeds[chosen], return_inverse=True)
            which_layer, column = np.unique(layers[chosen], return_inverse=True)
            values = np.full((2, which_seed.size, which_layer.size), np.nan)
            values[:, row, column] = value[chosen], log10[chosen]
            yield Series(label, source, which_seed, which_layer, values[0], values[1])


def _texts(column: pd.Series[str], rows: NDArray[np.intp]) -> NDArray[np.object_]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.categories.to_numpy(object)[column.cat.codes.to_numpy()[rows]]
    return column.to_numpy(object)[rows]


def _equals(column: pd.Series[str], text: str) -> NDArray[np.bool_]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        categories = list(column.cat.categories)
        code = categories.index(text) if text in categories else -2
        return np.asarray(column.cat.codes.to_numpy() == code)
    return np.asarray(column.to_numpy(object) == text)
