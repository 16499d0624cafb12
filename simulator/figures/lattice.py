"""A sweep's table as a lattice of settings: averages over what is no axis, and axes whose ticks are values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.experiment import Experiment
from simulator.figures.measures import LOG, measure_of
from simulator.settings import Part, Value, number_text

Floats = NDArray[np.float64]
Values = Sequence[Value]

_MOST_TICKS = 9


class Lattice:
    """The rows of one quantity and statistic, and how to average them over a lattice of settings."""

    def __init__(
        self, frame: pd.DataFrame, quantity: str, statistic: str, layer: int | None, values: dict[str, list[Any]] | None
    ) -> None:
        chosen = (frame["quantity"] == quantity) & (frame["statistic"] == statistic)
        if layer is not None:
            chosen &= frame["layer"] == layer
        elif "cell" in frame.columns:  # where the pass ends
            layers = frame["layer"][chosen].groupby(frame["cell"][chosen])
            ends = layers.transform("min" if "gradient" in quantity else "max")
            chosen &= frame["layer"] == ends.reindex(frame.index)
        self.rows, self.given = frame[chosen], values or {}
        log = measure_of(quantity, statistic).scale == LOG
        value = self.rows["value"].to_numpy(np.float64)
        self.shown = np.where(value == 0, -np.inf, self.rows["log10"].to_numpy(np.float64)) if log else value

    def values(self, name: str | None) -> list[Any]:
        """The values of a setting in order; one nameless value for none."""
        if name is None:
            return [""]
        if name in self.given:
            return self.given[name]
        column = self.rows[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            return list(column.cat.categories)
        return sorted(column.unique().tolist())

    def average(self, names: tuple[str | None, ...], which: str | float) -> Floats:
        """The mean, median or a quantile of what is shown, over a lattice of the named settings; NaN where none is."""
        shape = tuple(len(self.values(name)) for name in names)
        place = np.zeros(len(self.rows), dtype=np.int64)
        for name, size in zip(names, shape, strict=True):
            codes: Any = 0
            if name is not None and len(self.rows):
                index = {value: code for code, value in enumerate(self.values(name))}
                codes = self.rows[name].astype(object).map(index).to_numpy(np.int64)
            place = place * size + codes
        means = np.full(math.prod(shape), np.nan)
        if not place.size:
            return means.reshape(shape)
        order = np.argsort(place, kind="stable")
        cells, starts = np.unique(place[order], return_index=True)
        for cell, group in zip(cells.tolist(), np.split(self.shown[order], starts[1:]), strict=True):
            known = np.sort(group[~np.isnan(group)])
            if known.size:
                means[cell] = known.mean() if which == "mean" else _quantile(known, 0.5 if which == "median" else which)
        return means.reshape(shape)


def _quantile(ordered: Floats, level: str | float) -> float:
    position = float(level) * (ordered.size - 1)
    low, high = float(ordered[math.floor(position)]), float(ordered[math.ceil(position)])
    if not (math.isfinite(low) and math.isfinite(high)):
        return low
    return low + (position - math.floor(position)) * (high - low)


def setting_words(name: str) -> str:
    """The name of a setting within a sentence."""
    words = Experiment.settings()[name].title
    return words[0].lower() + words[1:]


def title(name: str, values: Values) -> str:
    """The title of a setting's axis: its words and its symbol."""
    about, words = Experiment.settings()[name], setting_words(name)
    only = _one_parameter(name, values)
    if only is not None:
        return f"{words}: {only[0].settings()[only[1]].title.lower()} of {only[0].name}"
    return f"{words} {about.symbol}".strip() if len(about.symbol) == 1 else words


def short(name: str, values: Values) -> list[str]:
    """The values as ticks have them: of normal(std=0.1) among its like only 0.1."""
    only, about = _one_parameter(name, values), Experiment.settings()[name]
    if only is None or not isinstance(about.choices, type):
        return [number_text(value) for value in values]
    return [number_text(getattr(about.choices.parse(value), only[1])) for value in values]


def ticks(name: str, values: Values) -> dict[str, Any]:
    """An axis of equal steps with the values of a setting, as many of them as there is room for."""
    step = max(1, math.ceil(len(values) / _MOST_TICKS))
    places, texts = list(range(0, len(values), step)), short(name, values)
    return {"title": {"text": title(name, values)}, "tickvals": places, "showgrid": False,
            "ticktext": [texts[place] for place in places], "range": [-0.5, len(values) - 0.5],
            "automargin": True}  # fmt: skip


def _one_parameter(name: str, values: Values) -> tuple[type[Part], str] | None:
    """The part that all values are, and the one parameter in which they differ."""
    about = Experiment.settings()[name]
    if not isinstance(about.choices, type) or len(values) < 2 or (about.otherwise and about.otherwise in values):
        return None
    parts = [about.choices.parse(value) for value in values]
    if len({type(part) for part in parts}) > 1:
        return None
    varied = [key for key in parts[0].settings() if len({getattr(part, key) for part in parts}) > 1]
    return (type(parts[0]), varied[0]) if len(varied) == 1 else None
