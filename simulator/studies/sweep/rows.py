"""The rows that a sweep keeps of a cell: few of the tidy table a network, as arrays that travel between processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator import frames, threads
from simulator.experiment import Experiment
from simulator.grid import Grid
from simulator.settings import SettingError, Value
from simulator.statistics import QUANTITIES, STATISTICS
from simulator.studies.direction import DECADES
from simulator.studies.facts import BACKWARD, FORWARD
from simulator.studies.propagation import Propagation, propagate

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SUMMARY, LAYERS = "summary", "layers"
KEEPS = {
    SUMMARY: "the ends of both passes and what became of them: a dozen rows a network",
    LAYERS: "every quantity and statistic of every layer as well",
}
"""How much can be kept of a cell, and what that is."""

CHANGES = {
    ("signal", "decades"): "log10 Var x_L - log10 Var x_1",
    ("signal", "decades_per_layer"): "the same, divided by the layers between",
    ("gradient", "decades"): "log10 Var dE/dx_0 - log10 Var dE/dx_L",
    ("gradient", "decades_per_layer"): "the same, divided by the layers between",
    ("network", "survives"): f"1 where neither variance changed by more than {DECADES:g} decades, 0 where one did",
}
"""A summary's numbers beside statistics of layers, all in rows of the last layer; an exact zero is -inf decades."""

_LAST = (
    FORWARD,
    ("preactivation", "second_moment"),
    ("activation", "saturated_fraction"),
    ("activation", "correlation"),
)

PAIRS = (*((quantity, name) for quantity in QUANTITIES for name in STATISTICS), *CHANGES)
"""Every (quantity, statistic) that a row can be about; `Rows.pair` counts them."""

TEXTS: dict[str, list[str]] = {
    "label": [""],
    "source": [frames.SIMULATION],
    "quantity": list(dict.fromkeys(quantity for quantity, _ in PAIRS)),
    "statistic": list(dict.fromkeys(name for _, name in PAIRS)),
}
"""The categories of a sweep's table beside those of its varied settings."""

COLUMNS = ("cell", *frames.COLUMNS, "error")


@dataclass(frozen=True)
class Rows:
    """Rows of some cells: arrays of one length; `pair` is an index of PAIRS, `errors` has cells that failed.

    `cells` are all that these rows stand for, `seconds` what they took.
    """

    cells: Integers
    cell: Integers
    seed: Integers
    layer: Integers
    pair: Integers
    value: Floats
    log10: Floats
    errors: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0

    def __len__(self) -> int:
        return len(self.cell) + len(self.errors)

    def timed(self, seconds: float) -> Rows:
        """The same rows, with what they took."""
        return replace(self, seconds=seconds)

    def frame(self, grid: Grid) -> pd.DataFrame:
        """The tidy table: `cell`, the varied settings, the columns of every tidy table, `error`; by cell."""
        failed = np.array(sorted(self.errors), dtype=np.int64)
        cell, missing = np.concatenate([self.cell, failed]), np.full(len(failed), np.nan)
        size = len(cell)
        quantities, statistics = zip(*PAIRS, strict=True)
        pair = np.concatenate([self.pair, np.full(len(failed), -1)])
        nothing = np.full(size, np.nan)
        columns = {
            "cell": cell,
            **axis_columns(grid, cell),
            "label": _texts([""], np.zeros(size, dtype=np.int64)),
            "source": _texts([frames.SIMULATION], np.zeros(size, dtype=np.int64)),
            "seed": np.concatenate([self.seed, np.full(len(failed), frames.NO_SEED)]),
            "layer": np.concatenate([self.layer, np.zeros(len(failed), dtype=np.int64)]),
            "quantity": _texts(quantities, pair),
            "statistic": _texts(statistics, pair),
            "value": np.concatenate([self.value, missing]),
            "log10": np.concatenate([self.log10, missing]),
            "low": nothing,
            "high": nothing.copy(),
            "error": _texts(
                ["", *(self.errors[number] for number in failed.tolist())],
                np.concatenate([np.zeros(len(self.cell), dtype=np.int64), 1 + np.arange(len(failed))]),
            ),
        }
        frame = pd.DataFrame(columns, copy=False)
        order = np.argsort(cell, kind="stable")
        return frame if (np.diff(cell) >= 0).all() else frame.iloc[order].reset_index(drop=True)


def axis_columns(grid: Grid, cell: Integers) -> dict[str, object]:
    """The varied settings of cells as columns: numbers, or texts as categories in the grid's order."""
    made: dict[str, object] = {}
    for name, values in grid.axes.items():
        code = grid.codes(name, cell)
        if Experiment.settings()[name].kind is str:
            made[name] = _texts([str(value) for value in values], code)
        else:
            made[name] = np.array(values)[code]
    return made


def united(parts: Sequence[Rows]) -> Rows:
    """The rows of several parts as one."""
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts]) if parts else np.empty(0, dtype=dtype)
        for name, dtype in (*((name, np.int64) for name in ("cells", "cell", "seed", "layer", "pair")),
                            *((name, np.float64) for name in ("value", "log10")))
    }  # fmt: skip
    errors = {cell: text for part in parts for cell, text in part.errors.items()}
    return Rows(**arrays, errors=errors, seconds=sum(part.seconds for part in parts))


def measure(experiment: Experiment, values: Mapping[str, Value], cell: int, keep: str = SUMMARY) -> Rows:
    """Simulate one cell, in the calling thread alone; whatever goes wrong becomes its error."""
    try:
        with threads.in_one_thread():
            result = propagate(experiment.replace(**values))
        return _rows(cell, _KEPT[keep](result), result)
    except SettingError as error:
        return failure(cell, str(error))
    except Exception as error:  # one bad cell must not end a sweep of thousands
        return failure(cell, f"{type(error).__name__}: {error}")


def failure(cell: int, sentence: str) -> Rows:
    """The rows of a cell that failed."""
    none, nothing = np.empty(0, dtype=np.int64), np.empty(0)
    return Rows(np.array([cell]), none, none, none, none, nothing, nothing, {cell: " ".join(sentence.split())[:500]})


Kept = list[tuple[tuple[str, str], int, Floats, Floats]]
"""(quantity, statistic), layer, value (S,) and log10 (S,)."""


def summary(result: Propagation) -> Kept:
    """The last layer's and the first layer's statistics, and the changes between."""
    depth, curves = result.experiment.depth, result.curves
    places = {**dict.fromkeys(_LAST, depth), BACKWARD: 0, ("weight_gradient", "variance"): 1}
    kept: Kept = [(pair, at, curves[pair].value[:, at], curves[pair].log10[:, at]) for pair, at in places.items()]
    return kept + _changes(result)


def _every_layer(result: Propagation) -> Kept:
    kept: Kept = [
        (pair, layer, value[:, layer], log10[:, layer])
        for pair, (value, log10) in result.curves.items()
        for layer in range(result.experiment.depth + 1)
    ]
    return kept + _changes(result)


def _changes(result: Propagation) -> Kept:
    """The CHANGES, by network."""
    depth, curves = result.experiment.depth, result.curves
    signal = curves[FORWARD].decades(1, depth)
    gradient = curves[BACKWARD].decades(depth, 0)
    with np.errstate(invalid="ignore"):
        survives = (np.abs(signal) <= DECADES) & (np.abs(gradient) <= DECADES)
    both = np.isnan(signal) | np.isnan(gradient)
    changes = (
        signal,
        signal / max(1, depth - 1),
        gradient,
        gradient / depth,
        np.where(both & ~np.isneginf(signal), np.nan, survives.astype(np.float64)),
    )
    nothing = np.full(len(signal), np.nan)
    return [(pair, depth, change, nothing) for pair, change in zip(CHANGES, changes, strict=True)]


_KEPT: dict[str, Callable[[Propagation], Kept]] = {SUMMARY: summary, LAYERS: _every_layer}


def _rows(cell: int, kept: Kept, result: Propagation) -> Rows:
    seeds = np.array(result.seeds, dtype=np.int64)
    count = len(seeds)
    value, log10 = (np.concatenate([row[side] for row in kept]) for side in (2, 3))
    known = ~(np.isnan(value) & np.isnan(log10))
    return Rows(
        np.array([cell]),
        np.full(np.count_nonzero(known), cell),
        np.tile(seeds, len(kept))[known],
        np.repeat([row[1] for row in kept], count)[known],
        np.repeat([_INDEX[row[0]] for row in kept], count)[known],
        value[known],
        log10[known],
    )


_INDEX = {pair: index for index, pair in enumerate(PAIRS)}


def _texts(texts: Sequence[str], codes: Integers) -> pd.Categorical:
    """Texts by their codes, -1 for none."""
    kept = list(dict.fromkeys(texts))
    where = np.array([*(kept.index(text) for text in texts), -1])
    return pd.Categorical.from_codes(where[codes], categories=pd.Index(kept, dtype=object))
