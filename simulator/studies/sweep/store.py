"""A sweep on disk: Parquet parts that appear whole or not at all, and beside them the grid that they belong to."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import time
import warnings
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
from simulator.studies.sweep.versions import unlike, versions

MANIFEST = "_grid.json"
"""Parquet readers that are given the directory leave names with an underscore out."""

FORMAT = 2
_PART = re.compile(r"part-(\d{6,})-([0-9a-f]{16})\.parquet")
"""A part's number and the beginning of its content's SHA-256: a copy of another name is none, nor one that changed."""

_KEY = b"simulator.sweep"

PART_SECONDS = 2.0
"""Finished cells wait no longer than this to be written, or than PART_SHARE of the time that has gone by."""

PART_SHARE = 0.01
PART_ROWS = 200_000


class SweepStore:
    """A sweep's directory, for one writer at a time: `done` says which cells it has.

    Raises SettingError, one sentence, where the directory has another grid that this one does not extend, was written
    by other versions, is in use or cannot be written. A part that is damaged, or has cells that an earlier one has, is
    set aside, with a RuntimeWarning; with `retry` so are the rows of cells that failed. `mixed` lets processors of
    several kinds add to it. `clock` gives seconds.
    """

    def __init__(
        self,
        directory: str | Path,
        grid: Grid,
        keep: str,
        *,
        retry: bool = False,
        mixed: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.directory, self.grid, self.keep = Path(directory), grid, keep
        self._clock, self._mixed = clock, mixed
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
            self._open(retry)
        except BaseException:
            self._lock.close()
            raise

    def _open(self, retry: bool) -> None:
        for left in self.directory.glob(".*.tmp"):  # by a driver that was killed while writing
            left.unlink()
        manifest = self.directory / MANIFEST
        if manifest.exists():
            self._check(read_manifest(self.directory))
        elif any(path.name != ".lock" for path in self.directory.iterdir()):
            raise SettingError(f"Directory {self.directory} has other files in it; name a new directory.")
        for part in parts(self.directory):
            try:
                check_part(part)
                grid, cells = part_cells(part)
                places = self.grid.places(grid, cells)
                if self.done[places].any():
                    raise SettingError(f"{part} has cells that another part has.")
            except SettingError as error:
                warnings.warn(
                    f"{error} It is set aside, and its cells are computed again.", RuntimeWarning, stacklevel=4
                )
                part.rename(part.with_name(f"{part.name}.bad"))
                continue
            self.done[places] = True
            if retry:
                self._reopen(part, grid)
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
        if unlike(document["versions"], versions(), mixed=self._mixed):
            theirs, ours = (" and ".join(f"{name} {number}" for name, number in sorted(side.items(), reverse=True))
                            for side in (document["versions"], versions()))  # fmt: skip
            raise SettingError(f"{where} was written by {theirs}, this is {ours}; name a new directory.")
        before = Grid.from_document(document)
        if not self.grid.extends(before):
            raise SettingError(
                f"{where} has a sweep that this one does not extend: {_difference(before, self.grid)}; "
                "values can be added to it, or name a new directory."
            )

    def add(self, rows: Rows) -> None:
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
        self._write(table, self.grid, rows.cells)
        self.done[rows.cells] = True
        self._waiting, self._rows, self._written = [], 0, self._clock()

    def _reopen(self, part: Path, grid: Grid) -> None:
        """Take the rows of cells that failed out of a part."""
        table = read_part(part)
        failed = np.unique(table["cell"].to_numpy()[np.array(table["error"].to_pylist(), dtype=object) != ""])
        if not failed.size:
            return
        self.done[self.grid.places(grid, failed)] = False
        kept = table.filter(pa.array(~np.isin(table["cell"].to_numpy(), failed)))
        if kept.num_rows:
            self._write(kept, grid, np.unique(kept["cell"].to_numpy()))
        part.unlink()

    def _write(self, table: pa.Table, grid: Grid, cells: NDArray[np.int64]) -> None:
        """A table of these cells as the next part."""
        about = {**grid.document(), "done": ranges(cells)}
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), _KEY: json.dumps(about).encode()})
        sink = pa.BufferOutputStream()
        parquet.write_table(table, sink, compression="zstd", write_page_checksum=True)
        content = sink.getvalue().to_pybytes()
        number = 1 + max((_number(part) for part in parts(self.directory)), default=-1)
        self._put(f"part-{number:06d}-{_digest(content)}.parquet", content)

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
    return sorted((path for path in directory.iterdir() if _PART.fullmatch(path.name)), key=_number)


def check_part(part: Path) -> None:
    """Raise SettingError where a part is not what was written: its name has the digest of that."""
    try:
        content = part.read_bytes()
    except OSError as error:
        raise SettingError(f"{part} cannot be read: {error.strerror}.") from None
    if _digest(content) != _named(part)[2]:
        raise SettingError(f"{part} is damaged.")


def read_part(part: Path) -> pa.Table:
    """A part's table."""
    return parquet.read_table(part, page_checksum_verification=True)


def _named(part: Path) -> re.Match[str]:
    match = _PART.fullmatch(part.name)
    assert match is not None
    return match


def _number(part: Path) -> int:
    return int(_named(part)[1])


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest of a sweep's directory; raises SettingError."""
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
        try:
            check_part(part)
        except SettingError as error:
            raise SettingError(f"{error} The same sweep sets it aside and computes its cells again.") from None
        before, _ = part_cells(part)
        kept = read_part(part).to_pandas()
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
    """The values that `ranges` was given, in order."""
    return np.concatenate([np.arange(first, last + 1, dtype=np.int64) for first, last in runs])


def _difference(before: Grid, now: Grid) -> str:
    """The values of the older grid that the newer one lacks."""
    for name in now.experiment.settings():
        lacking = [value for value in before.taken(name) if value not in now.taken(name)]
        if lacking:
            return f"it has {name} {echo(lacking[0])}"
    return "it has other cells"
