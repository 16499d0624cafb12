"""A finished sweep, read again: its directory, one of its parts, or a table that was made of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyarrow import parquet

from simulator.experiment import Experiment
from simulator.grid import Grid
from simulator.settings import SettingError, echo
from simulator.studies.sweep.pages import unpacked_bytes
from simulator.studies.sweep.rows import COLUMNS, united
from simulator.studies.sweep.store import frames_of, read_manifest

MOST_ROWS = 2_000_000
"""Rows of a file that a visitor brings."""

MOST_COLUMNS = 100
MOST_NUMBERS = 24_000_000
"""Rows times columns."""

MOST_UNPACKED = 256 * 2**20
"""Bytes that the pages of a Parquet file may unpack to, and that a table may have in memory."""

Columns = tuple[list[str], Iterator[tuple[str, Any]]]
"""A file's names of columns, and its columns, each read only when it is asked for."""

_NEEDED = ("layer", "quantity", "statistic", "value", "log10")


def load(path: Path) -> pd.DataFrame:
    """The table of a sweep's directory or file; raises SettingError."""
    if path.is_dir():
        grid = Grid.from_document(read_manifest(path))
        frames = list(frames_of(path, grid))
        return _ordered(pd.concat(frames, ignore_index=True)) if frames else united([]).frame(grid)
    try:
        with path.open("rb") as file:
            return read(file, path.name)
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror}.") from None


def joined(contents: list[tuple[str, bytes]], most: int = MOST_UNPACKED) -> pd.DataFrame:
    """The table of uploaded files: (name, content) of parts, or of one table; what is no table is passed over.

    Raises SettingError where there is none, where they do not belong together, or beyond `most` bytes in memory.
    """
    frames: list[pd.DataFrame] = []
    for name, content in contents:
        if name.endswith((".parquet", ".csv")):
            frames.append(read(io.BytesIO(content), name, most))
            most -= int(np.sum(frames[-1].memory_usage(deep=True)))
            if most < 0:
                raise _too_large(name)
            if sum(map(len, frames)) > MOST_ROWS or sum(frame.size for frame in frames) > MOST_NUMBERS:
                raise SettingError(
                    f"A sweep must have at most {MOST_ROWS:,} rows and {MOST_NUMBERS:,} cells to be shown here."
                )
    if not frames:
        raise SettingError("A sweep is a .csv or .parquet file, or the parts of its directory; there was none.")
    if len({tuple(frame.columns) for frame in frames}) > 1:
        raise SettingError("These files are not parts of one sweep: their columns differ.")
    if len(frames) == 1:
        return _ordered(frames[0])
    texts = [name for name in frames[0].columns if isinstance(frames[0][name].dtype, pd.CategoricalDtype)]
    return _ordered(_checked(pd.concat([frame.astype(dict.fromkeys(texts, object)) for frame in frames]).items()))


def read(file: BinaryIO, name: str, most: int = MOST_UNPACKED, also: Collection[str] = ()) -> pd.DataFrame:
    """The table in one Parquet or CSV file, at most so many bytes of it in memory; raises SettingError.

    Of a Parquet file, only the columns of a sweep and those in `also` are looked at.
    """
    if len(name) > _LONGEST_NAME or not name.isprintable():
        name = echo(name)
    try:
        names, columns = (
            _comma_separated(file, name, most) if name.endswith(".csv") else _parquet(file, name, most, also)
        )
    except SettingError:
        raise
    except Exception as error:  # whatever readers may raise of a file that was made to break them
        raise _unreadable(name, error) from None
    lacking = [column for column in _NEEDED if column not in names]
    if lacking:
        raise SettingError(f"{name} is not a sweep's table: it has no column {lacking[0]}.")
    try:
        return _checked(columns)
    except (ValueError, TypeError, ArithmeticError):
        raise SettingError(f"{name} is not a sweep's table: a column of numbers has something else in it.") from None


def _unreadable(name: str, error: Exception) -> SettingError:
    return SettingError(f"{name} cannot be read as a table: {type(error).__name__}.")


def _too_large(name: str) -> SettingError:
    return SettingError(f"There is no room for {name}: a table may have fewer rows, or fewer columns that vary.")


def _comma_separated(file: BinaryIO, name: str, most: int) -> Columns:
    """The table of a CSV file, judged by its first lines: with a million columns pandas would not be done for hours."""
    text = io.StringIO(file.read().decode("utf-8-sig"), newline="")
    widths = [len(row) for row in islice(filter(None, csv.reader(text)), 2)]
    if max(widths, default=0) > MOST_COLUMNS:
        raise SettingError(f"{name} must have at most {MOST_COLUMNS} columns; it has {max(widths):,}.")
    if len(widths) > 1 and widths[1] > widths[0]:
        raise ValueError("a row is longer than the names")
    text.seek(0)
    numbers = {column: ["", "nan"] for column in _NUMBERS}
    # To the last digit, which pandas does by itself from version 3 on.
    exact: dict[str, Any] = {"float_precision": "round_trip"} if pd.__version__.startswith("2.") else {}
    frame = pd.read_csv(text, keep_default_na=False, na_values=numbers, **exact)
    return list(map(str, frame.columns)), ((str(column), frame[column]) for column in frame.columns)


def _parquet(file: BinaryIO, name: str, most: int, also: Collection[str] = ()) -> Columns:
    """The table of a Parquet file, judged before it is unpacked: a small file may stand for a great deal."""
    content = file.read()
    about = parquet.read_metadata(io.BytesIO(content))
    rows = max(about.num_rows, sum(about.row_group(group).num_rows for group in range(about.num_row_groups)))
    columns = [about.schema.column(place) for place in range(about.num_columns)]
    if rows > MOST_ROWS:
        raise SettingError(f"{name} must have at most {MOST_ROWS:,} rows; it has {rows:,}.")
    if len(columns) > MOST_COLUMNS or rows * len(columns) > MOST_NUMBERS:
        raise SettingError(
            f"{name} must have at most {MOST_COLUMNS} columns and {MOST_NUMBERS:,} cells; it has "
            f"{len(columns):,} and {rows * len(columns):,}."
        )
    if any(column.max_repetition_level or "." in column.path for column in columns):
        raise SettingError(f"{name} is not a sweep's table: it has lists or tables in its cells.")
    unpacked = unpacked_bytes(content, about)
    if unpacked > MOST_UNPACKED:
        raise SettingError(
            f"{name} unpacks to {unpacked / 2**20:,.0f} MB; at most {MOST_UNPACKED / 2**20:,.0f} MB are read."
        )
    # What is no setting and nothing of a sweep's own nobody looks at.
    known = [column for column in columns if column.name in {*COLUMNS, *Experiment.settings(), *also}]
    # Texts stay a list of the different ones: two million times a text of a megabyte is no table for anybody's memory.
    names = [column.name for column in known]
    if len(set(names)) < len(names):
        raise ValueError("two columns of one name")
    texts = {column.name for column in known if column.physical_type == "BYTE_ARRAY"}
    if rows * sum(1 if column in texts else 8 for column in names) > most:
        raise _too_large(name)

    def one(column: str) -> Any:
        try:  # one at a time: all of them unpacked, converted and checked would take thrice the table
            table = parquet.read_table(
                io.BytesIO(content), columns=[column], read_dictionary=texts & {column}, use_threads=False
            )
            return table.to_pandas(ignore_metadata=True)[column]
        except Exception as error:
            raise _unreadable(name, error) from None

    return names, ((column, one(column)) for column in names)


def axes_of(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """The varied settings of a sweep's table, with their values in order; the seed is what one pools over."""
    axes: dict[str, list[Any]] = {}
    for name, column in frame.items():
        if name in Experiment.settings() and name not in COLUMNS:
            texts = isinstance(column.dtype, pd.CategoricalDtype)
            axes[str(name)] = list(column.cat.categories) if texts else np.unique(column.to_numpy()).tolist()
    return axes


_EXACT = 2.0**53
_LONGEST_NAME = 80
_NUMBERS = ("value", "log10", "low", "high")


def _checked(columns: Iterable[tuple[Any, Any]]) -> pd.DataFrame:
    """A table of columns of the types that a sweep's has."""
    settings = Experiment.settings()
    made: dict[str, object] = {}
    for name, column in columns:
        if name in _NUMBERS:
            made[name] = column.to_numpy(dtype=np.float64)
        elif name in ("cell", "layer", "seed"):
            made[name] = _whole(column)
        elif name in settings and settings[name].kind is not str:
            made[name] = _whole(column) if settings[name].kind is int else _finite(column)
        else:
            texts = column.astype(object)
            kinds = list(dict.fromkeys(texts.dropna()))
            if name in _NEEDED or name in settings or name == "error":
                texts, kinds = _texts(texts, kinds)
            made[name] = pd.Categorical(texts, categories=pd.Index(kinds, dtype=object))
    return pd.DataFrame(made, copy=False)


def _finite(column: Any) -> NDArray[np.float64]:
    numbers = np.asarray(column.to_numpy(dtype=np.float64))
    if not np.all(np.isfinite(numbers)):
        raise ValueError("a setting is no number")
    return numbers


def _whole(column: Any) -> NDArray[np.int64]:
    numbers = _finite(column)
    if not np.all((np.abs(numbers) < _EXACT) & (numbers == np.rint(numbers))):
        raise ValueError("a setting is no whole number")
    return numbers.astype(np.int64)


def _texts(texts: Any, kinds: list[Any]) -> tuple[Any, list[str]]:
    """Texts that look like numbers are read as such from CSV: those are texts again."""
    if all(isinstance(text, str) for text in kinds):
        return texts, kinds
    if not all(isinstance(text, str | int | float) for text in kinds):
        raise TypeError("neither texts nor numbers")
    return texts.map(str, na_action="ignore"), list(dict.fromkeys(map(str, kinds)))


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """By cell; the sentences of errors as they then come."""
    if "cell" not in frame.columns:
        return frame
    ordered = frame.iloc[np.argsort(frame["cell"].to_numpy(), kind="stable")].reset_index(drop=True)
    if "error" in ordered.columns:
        texts = ordered["error"].astype(object).fillna("")
        ordered["error"] = pd.Categorical(texts, categories=pd.Index(list(dict.fromkeys(["", *texts])), dtype=object))
    return ordered
