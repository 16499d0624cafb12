"""Many experiments: every cell of a grid, by any executor, durable where an output directory is named."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.cost import bytes_text
from simulator.grid import Grid
from simulator.settings import SettingError, one_of
from simulator.studies.sweep import execution
from simulator.studies.sweep.progress import Pace, State, duration
from simulator.studies.sweep.rows import KEEPS, SUMMARY, Rows, united

_SAMPLED = 400


@dataclass(frozen=True)
class Estimate:
    """What a sweep would take: `seconds` of one core, and `bytes` of memory in a worker at its peak."""

    cells: int
    seconds: float
    bytes: int

    def __str__(self) -> str:
        count = "1 cell" if self.cells == 1 else f"{self.cells:,} cells"
        return (f"{count}, about {duration(self.seconds)} of one core, "
                f"{bytes_text(self.bytes)} of memory a worker")  # fmt: skip


def estimate(grid: Grid, cells: Iterable[int] | None = None) -> Estimate:
    """What the cells (None: all) would take, from a sample of them."""
    asked = np.arange(len(grid)) if cells is None else np.fromiter(cells, dtype=np.int64)
    sample = asked[np.unique(np.linspace(0, len(asked) - 1, min(_SAMPLED, len(asked))).astype(int))].tolist()
    seconds, largest = 0.0, 0
    for cell in sample:
        try:
            cost = grid.cell(cell).cost()
        except SettingError:
            continue
        if cost.fits:  # it would be refused
            seconds, largest = seconds + cost.seconds + execution.OVERHEAD, max(largest, cost.bytes)
    return Estimate(len(asked), seconds * len(asked) / max(1, len(sample)), largest)


def sweep(
    grid: Grid,
    executor: Executor | None = None,
    *,
    workers: int | None = None,
    keep: str = SUMMARY,
    output: str | Path | None = None,
    progress: Callable[[State], object] | None = None,
    each: Callable[[pd.DataFrame], object] | None = None,
) -> pd.DataFrame:
    """Simulate every cell of a grid: one tidy table, the varied settings as columns, in the grid's order.

    `executor` is any of concurrent.futures', or Dask's `client.get_executor()`; None uses this machine's cores, or
    `workers` processes. `keep` is "summary" or "layers". With `output`, a directory, finished cells are written there
    as they come, and the same call goes on where it stopped. `each(frame)` is given rows, `progress(state)` the pace,
    as they come. A cell that fails is a row with its sentence in `error`, and a RuntimeWarning counts them. The numbers
    do not depend on workers, order or interruptions. Raises SettingError.
    """
    if output is None:
        kept: list[Rows] = []
        failed = _run(grid, range(len(grid)), keep, [kept.append], executor, workers, progress, each, 0)
        _say(failed, len(grid))
        return united(kept).frame(grid)
    fill(grid, output, executor, workers=workers, keep=keep, progress=progress, each=each)
    return load(output)


def fill(
    grid: Grid,
    output: str | Path,
    executor: Executor | None = None,
    *,
    workers: int | None = None,
    keep: str = SUMMARY,
    progress: Callable[[State], object] | None = None,
    each: Callable[[pd.DataFrame], object] | None = None,
) -> int:
    """Bring a sweep's directory up to its grid, in memory that does not grow with it; how many cells were computed."""
    from simulator.studies.sweep.store import Store

    one_of(keep, tuple(KEEPS), "sweep.keep")
    store = Store(output, grid, keep)
    try:
        left = np.flatnonzero(~store.done)
        failed = _run(grid, left, keep, [store.take], executor, workers, progress, each, len(grid) - len(left))
        _say(failed, len(left))
        return len(left)
    finally:
        store.close()


def load(path: str | Path) -> pd.DataFrame:
    """The table of a sweep's directory, in the grid's order, or of a Parquet or CSV file; raises SettingError."""
    from simulator.studies.sweep import loading

    return loading.load(Path(path))


def missing(grid: Grid, output: str | Path, keep: str = SUMMARY) -> Estimate:
    """What is still to be computed of a sweep's directory; raises SettingError as `fill` does."""
    from simulator.studies.sweep.store import Store

    store = Store(output, grid, keep)
    store.close()
    return estimate(grid, np.flatnonzero(~store.done))


def _run(
    grid: Grid,
    cells: Sequence[int] | NDArray[np.int64],
    keep: str,
    takers: list[Callable[[Rows], object]],
    executor: Executor | None,
    workers: int | None,
    progress: Callable[[State], object] | None,
    each: Callable[[pd.DataFrame], object] | None,
    done: int,
) -> dict[int, str]:
    """Run the cells; those that failed, with their sentences."""
    one_of(keep, tuple(KEEPS), "sweep.keep")
    pace, failed = Pace(len(grid), done), dict[int, str]()

    def take(rows: Rows) -> None:
        for taker in takers:
            taker(rows)
        failed.update(rows.errors)
        state = pace.count(len(rows.cells), len(rows.errors))
        if each is not None:
            each(rows.frame(grid))
        if progress is not None:
            progress(state)

    seconds = estimate(grid, cells).seconds
    execution.run(grid, cells, keep, take, executor=executor, workers=workers, seconds=seconds)
    return failed


def _say(failed: dict[int, str], cells: int) -> None:
    """Warn of cells that failed, lest their rows go unnoticed among thousands."""
    if failed:
        first = min(failed)
        warnings.warn(
            f"{len(failed):,} of {cells:,} cells failed, the first of them cell {first}: {failed[first]}",
            RuntimeWarning,
            stacklevel=3,
        )
