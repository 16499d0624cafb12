"""A sweep on disk: Parquet parts that appear whole or not at all, and beside them the grid that they belong to."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from simulator.grid import Grid
from simulator.settings import SettingError, echo
from simulator.studies.sweep.locks import lock
from simulator.studies.sweep.rows import COLUMNS, TEXTS, Rows, axis_columns, united
from simulator.version import __version__

MANIFEST = "_grid.json"
"""Parquet readers that are given the directory leave names with an underscore out."""

FORMAT = 1
_KEY = b"simulator.sweep"

PART_SECONDS = 2.0
"""Finished cells wait no longer than this to be written, or than PART_SHARE of the time that has gone by."""

PART_SHARE = 0.01
PART_ROWS = 200_000


def versions() -> dict[str, str]:
    """What the numbers depend on beside the grid."""
    return {"simulator": __version__, "numpy": np.__version__}


class Store:
    """A sweep's directory, for one writer at a time: `done` says which cells it has.

    Raises SettingError, one sentence, where the directory has another grid that this one does not extend, was written
    by other versions, is in use or cannot be written. `clock` gives seconds.
    """

    def __init__(
        self, directory: str | Path, grid: Grid, keep: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.directory, self.grid, self.keep = Path(directory), grid, keep
        self._clock = clock
        self.done: NDArray[np.bool_] = np.zeros(len(grid), dtype=np.bool_)
        self._waiting: list[Rows] = []
        self._rows = 0
        self._began = self._written = clock()
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self._lock = lock(self.directory / ".lock")
        except OSError as error:
            raise SettingError(f"Directory {self.directory} cannot be written: {error.strerror}.") from None
        try:
            self._open()
        except BaseException:
            self._lock.close()
            raise

    def _open(self) -> None:
        for left in self.directory.glob(".*.tmp"):  # by a driver that was killed while writing
            left.unlink()
        manifest = self.directory / MANIFEST
        if manifest.exists():
            self._check(read_manifest(self.directory))
        elif any(path.name != ".lock" for path in self.directory.iterdir()):
            raise SettingError(f"Directory {self.directory} has other files in it; name a new directory.")
        for part in parts(self.directory):
            grid, cells = part_cells(part)
            self.done[self.grid.places(grid, cells)] = True
        document = {
            "format": FORMAT, "keep": self.keep, **self.grid.document(), "cells": len(self.grid),
            "versions": versions(), "python": platform.python_version(), "machine": platform.machine(),
        }  # fmt: skip
        text = json.dumps(document, indent=1, ensure_ascii=False).encode()
        if not manifest.exists() or manifest.read_bytes() != text:
            self._put(MANIFEST, text)

    def _check(self, document: dict[str, Any]) -> None:
        where = f"Directory {self.directory}"
        if document["keep"] != self.keep:
            raise SettingError(f"{where} keeps {document['keep']} of each cell, not {self.keep}; name a new directory.")
        if document["versions"] != versions():
            theirs, ours = (" and ".join(f"{name} {number}" for name, number in sorted(side.items(), reverse=True))
                            for side in (document["versions"], versions()))  # fmt: skip
            raise SettingError(f"{where} was written by {theirs}, this is {ours}; name a new directory.")
        before = Grid.from_document(document)
        if not self.grid.extends(before):
            raise SettingError(
                f"{where} has a sweep that this one does not extend: {_difference(before, self.grid)}; "
                "values can be added to it, or name a new directory."
            )

    def take(self, rows: Rows) -> None:
        """Keep finished cells: in memory for a moment, then in a part."""
        self._waiting.append(rows)
        self._rows += len(rows)
        now = self._clock()
        patience = max(PART_SECONDS, PART_SHARE * (now - self._began))
        if self._rows >= PART_ROWS or now - self._written >= patience:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting, as one part."""
        if not self._waiting:
            return
        rows = united(self._waiting)
        table = pa.Table.from_pandas(rows.frame(self.grid), preserve_index=False)
        about = {**self.grid.document(), "done": ranges(rows.cells)}
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), _KEY: json.dumps(about).encode()})
        sink = pa.BufferOutputStream()
        parquet.write_table(table, sink, compression="zstd")
        number = 1 + max((int(part.stem.partition("-")[2]) for part in parts(self.directory)), default=-1)
        self._put(f"part-{number:06d}.parquet", sink.getvalue().to_pybytes())
        self.done[rows.cells] = True
        self._waiting, self._rows, self._written = [], 0, self._clock()

    def close(self) -> None:
        """Write what is waiting and let others have the directory."""
        try:
            self.flush()
        finally:
            self._lock.close()

    def _put(self, name: str, content: bytes) -> None:
        """A whole file under its name, or none: not even a power cut leaves half of it."""
        target, scratch = self.directory / name, self.directory / f".{name}.tmp"
        try:
            with scratch.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(scratch, target)
            if os.name == "posix":  # the name, too, has to reach the disk
                handle = os.open(self.directory, os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)
        except OSError as error:
            raise SettingError(f"Directory {self.directory} cannot be written: {error.strerror}.") from None


def parts(directory: Path) -> list[Path]:
    """The parts of a sweep, in the order they were written."""
    return sorted(directory.glob("part-[0-9]*.parquet"))


def read_manifest(directory: Path) -> dict[str, Any]:
    """What a sweep's directory says of itself; raises SettingError."""
    try:
        document: dict[str, Any] = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        Grid.from_document(document)
        known = document["format"] == FORMAT and isinstance(document["versions"], dict) and document["keep"]
    except (OSError, ValueError, TypeError, KeyError):  # a SettingError is a ValueError
        known = False
    if not known:
        raise SettingError(f"{directory} is not the directory of a sweep that this version can read.")
    return document


def part_cells(part: Path) -> tuple[Grid, NDArray[np.int64]]:
    """The grid a part was written for and the cells it has, from its footer alone; raises SettingError."""
    try:
        about = json.loads(parquet.read_schema(part).metadata[_KEY])
        return Grid.from_document(about), unrolled(about["done"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SettingError(f"{part} is not a part of a sweep: {type(error).__name__}.") from None


def frames_of(directory: Path, grid: Grid) -> Iterator[pd.DataFrame]:
    """The parts of a sweep one after another, as tables of the grid that the directory now has."""
    for part in parts(directory):
        before, _ = part_cells(part)
        kept = parquet.read_table(part).to_pandas()
        kept["cell"] = grid.places(before, kept["cell"].to_numpy())
        columns = {**{name: kept[name] for name in ("cell",)}, **axis_columns(grid, kept["cell"].to_numpy())}
        frame = pd.DataFrame({**columns, **{name: kept[name] for name in COLUMNS if name != "cell"}}, copy=False)
        for name, texts in TEXTS.items():
            frame[name] = frame[name].astype(object).astype(pd.CategoricalDtype(pd.Index(texts, dtype=object)))
        frame["error"] = frame["error"].astype(object)
        yield frame


def ranges(cells: NDArray[np.int64]) -> list[list[int]]:
    """Whole numbers as runs [first, last]."""
    ordered = np.unique(cells)
    ends = np.flatnonzero(np.diff(ordered) != 1)
    firsts, lasts = ordered[np.r_[0, ends + 1]], ordered[np.r_[ends, -1]]
    return [list(pair) for pair in zip(firsts.tolist(), lasts.tolist(), strict=True)]


def unrolled(runs: list[list[int]]) -> NDArray[np.int64]:
    """What `ranges` was given, in order."""
    return np.concatenate([np.arange(first, last + 1, dtype=np.int64) for first, last in runs])


def _difference(before: Grid, now: Grid) -> str:
    """What the older grid has that the newer one lacks."""
    for name in now.experiment.settings():
        lacking = [value for value in before.taken(name) if value not in now.taken(name)]
        if lacking:
            return f"it has {name} {echo(lacking[0])}"
    return "it has other cells"
