"""A finished sweep, read again: its directory, one of its parts, or a table that was made of it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
from pyarrow import ArrowException, parquet

from simulator.experiment import Experiment
from simulator.grid import Grid
from simulator.settings import SettingError
from simulator.studies.sweep.rows import COLUMNS, united
from simulator.studies.sweep.store import frames_of, read_manifest

MOST_ROWS = 2_000_000
"""Rows of a file that a visitor brings."""

_NEEDED = ("layer", "quantity", "statistic", "value", "log10")


def load(path: Path) -> pd.DataFrame:
    """The table of a sweep's directory or file; raises SettingError."""
    if path.is_dir():
        grid = Grid.from_document(read_manifest(path))
        found = list(frames_of(path, grid))
        return _ordered(pd.concat(found, ignore_index=True)) if found else united([]).frame(grid)
    try:
        with path.open("rb") as file:
            return read(file, path.name)
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror}.") from None


def joined(contents: list[tuple[str, bytes]]) -> pd.DataFrame:
    """The table of uploaded files: (name, content) of parts, or of one table; what is no table is passed over.

    Raises SettingError where there is none, or where they do not belong together.
    """
    found = [read(io.BytesIO(content), name) for name, content in contents if name.endswith((".parquet", ".csv"))]
    if not found:
        raise SettingError("A sweep is a .csv or .parquet file, or the parts of its directory; there was none.")
    if len({tuple(frame.columns) for frame in found}) > 1:
        raise SettingError("These files are not parts of one sweep: their columns differ.")
    if sum(map(len, found)) > MOST_ROWS:
        raise SettingError(f"A sweep must have at most {MOST_ROWS:,} rows to be shown here.")
    if len(found) == 1:
        return _ordered(found[0])
    texts = [name for name in found[0].columns if isinstance(found[0][name].dtype, pd.CategoricalDtype)]
    return _ordered(_checked(pd.concat([frame.astype(dict.fromkeys(texts, object)) for frame in found])))


def read(file: BinaryIO, name: str) -> pd.DataFrame:
    """The table in one Parquet or CSV file; raises SettingError."""
    try:
        if name.endswith(".csv"):
            frame = pd.read_csv(file, keep_default_na=False, na_values={column: ["", "nan"] for column in _NUMBERS})
        else:
            about = parquet.ParquetFile(file).metadata
            if about.num_rows > MOST_ROWS:  # a small file may stand for a great many
                raise SettingError(f"{name} must have at most {MOST_ROWS:,} rows; it has {about.num_rows:,}.")
            file.seek(0)
            frame = parquet.read_table(file).to_pandas()
    except SettingError:
        raise
    except (ValueError, OSError, ArrowException, UnicodeDecodeError) as error:
        raise SettingError(f"{name} cannot be read as a table: {type(error).__name__}.") from None
    lacking = [column for column in _NEEDED if column not in frame.columns]
    if lacking:
        raise SettingError(f"{name} is not a sweep's table: it has no column {lacking[0]}.")
    try:
        return _checked(frame)
    except (ValueError, TypeError):
        raise SettingError(f"{name} is not a sweep's table: a column of numbers has something else in it.") from None


def axes_of(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """The varied settings of a sweep's table, with their values in order; the seed is what one pools over."""
    found: dict[str, list[Any]] = {}
    for name, column in frame.items():
        if name in Experiment.settings() and name not in COLUMNS:
            texts = isinstance(column.dtype, pd.CategoricalDtype)
            found[str(name)] = list(column.cat.categories) if texts else np.unique(column.to_numpy()).tolist()
    return found


_NUMBERS = ("value", "log10", "low", "high")


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of the types that a sweep's table has."""
    settings = Experiment.settings()
    made: dict[str, object] = {}
    for name, column in zip(map(str, frame.columns), (frame[name] for name in frame.columns), strict=True):
        if name in _NUMBERS:
            made[name] = column.to_numpy(dtype=np.float64)
        elif name in ("cell", "layer", "seed"):
            made[name] = column.to_numpy(dtype=np.int64)
        elif name in settings and settings[name].kind is not str:
            made[name] = column.to_numpy(dtype=np.int64 if settings[name].kind is int else np.float64)
        else:
            texts = column.astype(object)
            made[name] = pd.Categorical(texts, categories=pd.Index(list(dict.fromkeys(texts.dropna())), dtype=object))
    return pd.DataFrame(made, copy=False)


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """By cell; the sentences of errors as they then come."""
    if "cell" not in frame.columns:
        return frame
    ordered = frame.iloc[np.argsort(frame["cell"].to_numpy(), kind="stable")].reset_index(drop=True)
    if "error" in ordered.columns:
        texts = ordered["error"].astype(object).fillna("")
        ordered["error"] = pd.Categorical(texts, categories=pd.Index(list(dict.fromkeys(["", *texts])), dtype=object))
    return ordered
