"""The rows of a tidy table that one line is drawn from, as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.curves import SIMULATION, THEORY
from simulator.curves import Series as Series
from simulator.scaled import Floats as Floats

Shown = pd.DataFrame | Sequence[Series]
"""The input of a figure by layer: a tidy table, or the lines themselves."""


def series(frame: Shown, quantity: str, statistic: str) -> Iterator[Series]:
    """Every line of this quantity and statistic: simulations first, then theory, in the table's order of labels."""
    if not isinstance(frame, pd.DataFrame):
        yield from frame
        return
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
