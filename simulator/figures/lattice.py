"""A sweep's table as a lattice of settings: averages over what is no axis, and axes whose ticks are values."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.experiment import Experiment
from simulator.figures.measures import LOG, measure_of
from simulator.settings import Value, number_text

Floats = NDArray[np.float64]
Values = Sequence[Value]

_MOST_TICKS = 9
_PART = re.compile(r"(\w+)\((\w+)=([^,()]*)\)")


class Lattice:
    """The rows of one quantity and statistic, and how to average them over a lattice of settings."""

    def __init__(
        self, frame: pd.DataFrame, quantity: str, statistic: str, layer: int | None, values: dict[str, list[Any]] | None
    ) -> None:
        chosen = (frame["quantity"] == quantity) & (frame["statistic"] == statistic)
        if layer is not None:
            chosen &= frame["layer"] == layer
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
            if name is not None:
                index = {value: code for code, value in enumerate(self.values(name))}
                codes = self.rows[name].astype(object).map(index).to_numpy(np.int64)
            place = place * size + codes
        found = np.full(math.prod(shape), np.nan)
        order = np.argsort(place, kind="stable")
        cells, starts = np.unique(place[order], return_index=True)
        for cell, group in zip(cells.tolist(), np.split(self.shown[order], starts[1:]), strict=True):
            known = np.sort(group[~np.isnan(group)])
            if known.size:
                found[cell] = known.mean() if which == "mean" else _quantile(known, 0.5 if which == "median" else which)
        return found.reshape(shape)


def _quantile(ordered: Floats, level: str | float) -> float:
    position = float(level) * (ordered.size - 1)
    low, high = float(ordered[math.floor(position)]), float(ordered[math.ceil(position)])
    if not (math.isfinite(low) and math.isfinite(high)):
        return low
    return low + (position - math.floor(position)) * (high - low)


def title(name: str, values: Values) -> str:
    """What an axis of a setting is called: its words and its symbol."""
    about = Experiment.settings()[name]
    words = about.title[0].lower() + about.title[1:]
    part = _one_parameter(values)
    if part is not None:
        return f"{words}: {part} of {_PART.fullmatch(str(values[0]))[1]}"  # type: ignore[index]
    return f"{words} {about.symbol}".strip() if len(about.symbol) == 1 else words


def short(values: Values, place: int) -> str:
    """A value as a tick has it: of normal(std=0.1) among its like only 0.1."""
    text = number_text(values[place])
    match = _PART.fullmatch(text) if _one_parameter(values) is not None else None
    return text if match is None else match[3]


def ticks(name: str, values: Values) -> dict[str, Any]:
    """An axis of equal steps with the values of a setting, as many of them as there is room for."""
    step = max(1, math.ceil(len(values) / _MOST_TICKS))
    places = list(range(0, len(values), step))
    return {"title": {"text": title(name, values)}, "tickvals": places, "showgrid": False,
            "ticktext": [short(values, place) for place in places], "range": [-0.5, len(values) - 0.5]}  # fmt: skip


def _one_parameter(values: Values) -> str | None:
    """The one parameter of one part that all the values set."""
    matches = [_PART.fullmatch(str(value)) for value in values]
    kinds = {(match[1], match[2]) if match else None for match in matches}
    only = kinds.pop() if len(kinds) == 1 else None
    return None if only is None else only[1]
