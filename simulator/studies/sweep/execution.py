"""Where the cells of a sweep are run: here, in processes of this machine, or by any executor; and in which portions."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator import threads
from simulator.experiment import Experiment
from simulator.grid import Grid
from simulator.settings import SettingError, Value
from simulator.studies.sweep.parcel import parcel, unpack
from simulator.studies.sweep.rows import Rows, failure, measure, united

Cells = Collection[int] | NDArray[np.int64]
Take = Callable[[Rows], None]
Work = Callable[["Portion"], Rows]
Portion = list[tuple[int, Mapping[str, Value]]]
"""Cells with their varied settings."""

PORTION = 0.5
"""Seconds of work, by the estimate, that travel to a worker at once."""

MOST_CELLS = 400
"""Cells of a portion, however short they are."""

QUEUE = 256
"""Portions handed to an executor that may have any number of workers; fewer would leave some idle."""

_SHORT = 3.0
"""Seconds of work, by the estimate, that are done before processes would have started."""

_GUARD = "A script that calls sweep is imported by the processes it starts: call it below if __name__ == '__main__'."

OVERHEAD = 1.5e-3
"""Seconds of a cell beside what its layers take."""


def seconds_of(grid: Grid, values: Mapping[str, Value]) -> float:
    """What one cell would take, 0 for one whose settings do not go together."""
    try:
        return grid.experiment.replace(**values).cost().seconds + OVERHEAD
    except SettingError:
        return 0.0


def portions(grid: Grid, cells: Cells, workers: int, count: int) -> Iterator[Portion]:
    """The cells in portions of about PORTION seconds, and several a worker where there are few."""
    most = max(1, min(MOST_CELLS, count // (4 * workers)))
    portion: Portion = []
    total = 0.0
    for cell in map(int, cells):
        values = grid.values(cell)
        seconds = seconds_of(grid, values)
        if portion and (len(portion) >= most or total + seconds > PORTION):
            yield portion
            portion, total = [], 0.0
        portion.append((cell, values))
        total += seconds
    if portion:
        yield portion


def run_portion(experiment: Experiment, portion: Portion, keep: str, parcel: bytes = b"") -> Rows:
    """What a worker does, with parts and tables of the grid's own from its parcel."""
    unpack(parcel)
    start = time.perf_counter()
    rows = united([measure(experiment, values, cell, keep) for cell, values in portion])
    return rows.timed(time.perf_counter() - start)


def run(
    grid: Grid,
    cells: Cells,
    keep: str,
    take: Take,
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    seconds: float = float("inf"),
) -> None:
    """Run the cells and hand their rows to `take`, in this thread, in whatever order they come.

    Without an executor: in `workers` processes of this machine (None: one a core), or in this one for so few
    `seconds` of work that processes would only be starting. KeyboardInterrupt takes what is finished, drops the rest.
    """
    count = threads.cores() if workers is None else workers
    work = partial(run_portion, grid.experiment, keep=keep, parcel=parcel(grid) if executor else b"")
    if executor is not None:
        if _through(executor, work, portions(grid, cells, 8, len(cells)), take, QUEUE):
            raise RuntimeError("The executor broke: one of its workers died.")
    elif workers is None and (count == 1 or seconds < _SHORT):
        for portion in portions(grid, cells, 1, len(cells)):
            take(work(portion))
    else:
        _locally(grid, work, cells, take, count)


def _locally(grid: Grid, work: Work, cells: Cells, take: Take, workers: int) -> None:
    """In processes of this machine; a cell that takes its process with it becomes a row with that error."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise RuntimeError(
            "sweep starts processes that import this script: put its call below if __name__ == '__main__'."
        )
    coming, packed = portions(grid, cells, workers, len(cells)), parcel(grid)
    left: list[Portion] = []
    while True:
        with _pool(workers, packed) as pool:
            left = _through(pool, work, coming, take, 3 * workers)
        if not left:
            return
        # Some process died, and with it the pool: whoever was in it is tried alone.
        suspects = deque(left)
        while suspects:
            with _pool(1, packed) as pool:
                while suspects and not _tried(pool, work, suspects, take):
                    pass


def _tried(pool: Executor, work: Work, suspects: deque[Portion], take: Take) -> bool:
    """Run the first suspect alone: whether that broke the pool, and then its halves are the next suspects."""
    suspect = suspects.popleft()
    if not _through(pool, work, iter([suspect]), take, 1):
        return False
    if len(suspect) == 1:
        take(failure(suspect[0][0], "The process that ran this cell died, as it does when memory runs out."))
    else:
        suspects.extendleft([suspect[len(suspect) // 2 :], suspect[: len(suspect) // 2]])
    return True


def _through(executor: Executor, work: Work, coming: Iterator[Portion], take: Take, queue: int) -> list[Portion]:
    """Run portions, `queue` of them handed over at a time; returns those that were lost with a broken executor."""
    waiting: dict[Future[Rows], Portion] = {}
    lost: list[Portion] = []
    again: deque[Portion] = deque()
    try:
        while True:
            while len(waiting) < queue and not lost:
                portion = again.popleft() if again else next(coming, None)
                if portion is None:
                    break
                try:
                    waiting[executor.submit(work, portion)] = portion
                except BrokenExecutor:
                    lost.append(portion)
            lost += again if lost else ()
            if not waiting:
                return lost
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                portion = waiting.pop(future)
                try:
                    take(future.result())
                except BrokenExecutor:
                    lost.append(portion)
                except Exception as error:  # not a cell's, which is caught with the cell: a worker's, as Dask tells it
                    if len(portion) == 1:
                        take(failure(portion[0][0], f"{type(error).__name__}: {error}"))
                    again.extend([cell] for cell in portion if len(portion) > 1)
    except BaseException:
        for future in waiting:
            if future.done() and not future.cancelled() and future.exception() is None:
                take(future.result())
            future.cancel()
        raise


@contextmanager
def _pool(workers: int, packed: bytes) -> Iterator[Executor]:
    """Processes that neither outlive this one nor answer its Ctrl-C, and that are not waited for after it."""
    pool = ProcessPoolExecutor(workers, _Quietly(), _start, (packed,))
    try:
        first = pool.submit(os.getpid)
        try:
            first.result()
        except BrokenExecutor:
            raise RuntimeError(f"The processes that run cells end at their start. {_GUARD}") from None
        yield pool
    except BaseException:
        for process in list((getattr(pool, "_processes", None) or {}).values()):
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


class _QuietProcess(SpawnProcess):
    """A process that a Ctrl-C never reaches, not in its first moment either: it inherits that."""

    def start(self) -> None:
        if not hasattr(signal, "pthread_sigmask"):
            super().start()
            return
        # Held back and not ignored: one that comes just now interrupts this process a moment later.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Quietly(SpawnContext):
    """Starts processes anew, whenever the pool asks for one more."""

    Process = _QuietProcess


def _start(packed: bytes) -> None:
    """A worker's first act: it goes when its parent goes, however that went, and it unpacks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None and sys.platform != "emscripten":
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    unpack(packed)


def _follow(parent: Any) -> None:
    parent.join()
    os._exit(1)
