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
from simulator.settings import SettingError, echo, one_of
from simulator.studies.sweep import execution
from simulator.studies.sweep.progress import Pace, State, duration
from simulator.studies.sweep.rows import KEEPS, SUMMARY, Rows, united
from simulator.values import check_kind

_SAMPLED = 400
_WORKERS = 1024


@dataclass(frozen=True)
class Estimate:
    """The cost of a sweep: `seconds` of one core, and `bytes` of memory in a worker at its peak."""

    cells: int
    seconds: float
    bytes: int

    def __str__(self) -> str:
        count = "1 cell" if self.cells == 1 else f"{self.cells:,} cells"
        return (f"{count}, about {duration(self.seconds)} of one core, "
                f"{bytes_text(self.bytes)} of memory a worker")  # fmt: skip


def estimate(grid: Grid, cells: Iterable[int] | None = None) -> Estimate:
    """The cost of the cells (None: all), from a sample of them."""
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
    as they come. A cell that fails is a row with its sentence in `error`, and a RuntimeWarning counts them; one that
    twice took its worker with it has no rows, and is named. The numbers do not depend on workers, order or
    interruptions. Raises SettingError; RuntimeError where the executor is lost.
    """
    check_kind(grid, Grid, "sweep.grid")
    if isinstance(workers, bool) or not (workers is None or (isinstance(workers, int) and 1 <= workers <= _WORKERS)):
        raise SettingError(f"sweep.workers must be None or lie in [1, {_WORKERS}]; got {echo(workers)}.")
    if output is None:
        kept: list[Rows] = []
        failed, left = _run(grid, range(len(grid)), keep, [kept.append], executor, workers, progress, each, 0)
        _say(failed, left, len(grid))
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
    retry: bool = False,
    mixed: bool = False,
) -> list[int]:
    """Bring a sweep's directory up to its grid, in memory that does not grow with it; the cells that stay open.

    With `retry`, cells that failed are computed again; `mixed` lets processors of several kinds add to it, whose last
    digits differ. Progress and warnings as `sweep` has them.
    """
    from simulator.studies.sweep.store import SweepStore

    one_of(keep, tuple(KEEPS), "sweep.keep")
    store = SweepStore(output, grid, keep, retry=retry, mixed=mixed)
    try:
        due = np.flatnonzero(~store.done)
        failed, left = _run(grid, due, keep, [store.add], executor, workers, progress, each, len(grid) - len(due))
        _say(failed, left, len(due))
        return sorted(left)
    finally:
        store.close()


def load(path: str | Path) -> pd.DataFrame:
    """The table of a sweep's directory, in the grid's order, or of a Parquet or CSV file; raises SettingError."""
    from simulator.studies.sweep import loading

    return loading.load(Path(path))


def missing(
    grid: Grid, output: str | Path, keep: str = SUMMARY, *, retry: bool = False, mixed: bool = False
) -> Estimate:
    """The part of a sweep's directory that is still to be computed; raises SettingError as `fill` does."""
    from simulator.studies.sweep.store import SweepStore

    store = SweepStore(output, grid, keep, retry=retry, mixed=mixed)
    store.close()
    return estimate(grid, np.flatnonzero(~store.done))


def _run(
    grid: Grid,
    cells: Sequence[int] | NDArray[np.int64],
    keep: str,
    writers: list[Callable[[Rows], object]],
    executor: Executor | None,
    workers: int | None,
    progress: Callable[[State], object] | None,
    each: Callable[[pd.DataFrame], object] | None,
    done: int,
) -> tuple[dict[int, str], dict[int, str]]:
    """Run the cells; those that failed and those that are left, with their sentences."""
    one_of(keep, tuple(KEEPS), "sweep.keep")
    pace, failed = Pace(len(grid), done), dict[int, str]()

    def keep_rows(rows: Rows) -> None:
        for write in writers:
            write(rows)
        failed.update(rows.errors)
        state = pace.count(len(rows.cells), len(rows.errors))
        if each is not None:
            each(rows.frame(grid))
        if progress is not None:
            progress(state)

    seconds = estimate(grid, cells).seconds
    left = execution.run(grid, cells, keep, keep_rows, executor=executor, workers=workers, seconds=seconds)
    return failed, left


def _say(failed: dict[int, str], left: dict[int, str], cells: int) -> None:
    """Warn of cells that failed or are left, lest they go unnoticed among thousands."""
    for what, errors in (("failed", failed), ("have no result", left)):
        if errors:
            first = min(errors)
            warnings.warn(
                f"{len(errors):,} of {cells:,} cells {what}, the first of them cell {first}: {errors[first]}",
                RuntimeWarning,
                stacklevel=3,
            )
