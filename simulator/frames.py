"""The tidy table: one row a seed, layer, quantity and statistic, for simulation and theory alike."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from simulator.curves import NO_SEED as NO_SEED
from simulator.curves import SIMULATION as SIMULATION
from simulator.curves import THEORY as THEORY
from simulator.curves import Curves
from simulator.settings import SettingError, echo

COLUMNS = ("label", "source", "seed", "layer", "quantity", "statistic", "value", "log10", "low", "high")
_TEXT = ("label", "source", "quantity", "statistic")


class HasFrame(Protocol):
    """Anything with a tidy table."""

    def to_frame(self) -> pd.DataFrame: ...


def tidy(
    label: str, source: str, seeds: Sequence[int], layers: Sequence[int], curves: Curves, *, keep: bool = False
) -> pd.DataFrame:
    """The tidy table of curves over layers.

    `value` is missing where it lies outside the double range (its `log10` stays) and `log10` is
    missing for an exact zero; a row with neither (a correlation of zero vectors) is left out unless `keep`.
    """
    n_seeds, n_layers, pairs = len(seeds), len(layers), list(curves)
    values = np.concatenate([curves[pair][0].ravel() for pair in pairs]) if pairs else np.empty(0)
    log10s = np.concatenate([curves[pair][1].ravel() for pair in pairs]) if pairs else np.empty(0)
    rows = n_seeds * n_layers
    missing = np.full(values.size, np.nan)
    frame = pd.DataFrame(
        {
            "label": _constant(label, values.size),
            "source": _constant(source, values.size),
            "seed": np.tile(np.repeat(np.asarray(seeds, dtype=np.int64), n_layers), len(pairs)),
            "layer": np.tile(np.asarray(layers, dtype=np.int64), n_seeds * len(pairs)),
            "quantity": _repeated([quantity for quantity, _ in pairs], rows),
            "statistic": _repeated([statistic for _, statistic in pairs], rows),
            "value": values,
            "log10": log10s,
            "low": missing,
            "high": missing.copy(),
        },
        copy=False,
    )
    known = ~(np.isnan(values) & np.isnan(log10s))
    return frame if keep or known.all() else frame[known].reset_index(drop=True)


def chosen(curves: Curves, only: Collection[tuple[str, str]] | None) -> Curves:
    """Those of the curves whose (quantity, statistic) is in `only`; all of them if it is None."""
    return curves if only is None else {pair: curves[pair] for pair in curves if pair in only}


def concat(*results: HasFrame | pd.DataFrame) -> pd.DataFrame:
    """One tidy table of several results (or tables)."""
    for result in results:
        if not isinstance(result, pd.DataFrame) and not hasattr(result, "to_frame"):
            raise SettingError(f"concat takes results and their tables; got {echo(result)}.")
    frames = [result if isinstance(result, pd.DataFrame) else result.to_frame() for result in results]
    if not frames:
        return tidy("", SIMULATION, (), (), {})
    columns = list(dict.fromkeys(column for frame in frames for column in frame.columns))
    if any(len(frame.columns) < len(columns) for frame in frames):
        return pd.concat(frames, ignore_index=True)[columns]
    # pd.concat makes categories of different tables plain objects, and looks into every column several times.
    return pd.DataFrame({name: _end_to_end([frame[name] for frame in frames]) for name in columns}, copy=False)


def _end_to_end(columns: Sequence[pd.Series[Any]]) -> Any:
    if not all(isinstance(column.dtype, pd.CategoricalDtype) for column in columns):
        if all(isinstance(column.dtype, np.dtype) for column in columns):
            return np.concatenate([column.to_numpy() for column in columns])
        return pd.concat(columns, ignore_index=True)
    places: dict[object, int] = {}
    codes = []
    for column in columns:
        own = [places.setdefault(text, len(places)) for text in column.cat.categories]
        # A missing text has the code -1, which is the last of these.
        codes.append(np.array([*own, -1], dtype=np.intp)[column.cat.codes.to_numpy()])
    return pd.Categorical.from_codes(np.concatenate(codes), categories=pd.Index(list(places), dtype=object))


def records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """The rows as plain Python objects for JSON: numbers stay numbers, a missing one is None."""
    columns: dict[str, list[object]] = {
        str(name): [None if item != item else item for item in column.astype(object).tolist()]
        for name, column in frame.items()
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _constant(text: str, count: int) -> Any:
    return pd.Categorical.from_codes(np.zeros(count, dtype=np.intp), categories=pd.Index([text], dtype=object))


def _repeated(texts: Sequence[str], count: int) -> Any:
    categories = list(dict.fromkeys(texts))
    codes = np.array([categories.index(text) for text in texts], dtype=np.intp)
    return pd.Categorical.from_codes(np.repeat(codes, count), categories=pd.Index(categories, dtype=object))
