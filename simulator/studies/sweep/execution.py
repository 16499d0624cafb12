"""Where the cells of a sweep are run: here, in processes of this machine, or by any executor; and in which portions."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
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
from simulator.studies.sweep.cluster import Cluster
from simulator.studies.sweep.parcel import parcel, unpack
from simulator.studies.sweep.rows import Rows, measure, united

Cells = Collection[int] | NDArray[np.int64]
Deliver = Callable[[Rows], None]
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

_DEATHS = 2
"""How often a cell may end its worker, alone, before it is left."""

_LOOK = 2.0
"""Seconds between two looks at an executor that finishes nothing."""

_DIED = "The process that ran this cell died"
_LOST = (
    "The executor was lost, or all of its workers, and with it the cells that it had; the same call goes on with them."
)
_GUARD = "A script that calls sweep is imported by the processes it starts: call it below if __name__ == '__main__'."

OVERHEAD = 1.5e-3
"""Seconds of a cell beside what its layers take."""


def seconds_of(grid: Grid, values: Mapping[str, Value]) -> float:
    """Seconds that one cell takes, 0 for one whose settings do not go together."""
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
    """Run a portion in a worker, with parts and tables of the grid's own from its parcel."""
    unpack(parcel)
    start = time.perf_counter()
    rows = united([measure(experiment, values, cell, keep) for cell, values in portion])
    return rows.timed(time.perf_counter() - start)


def run(
    grid: Grid,
    cells: Cells,
    keep: str,
    deliver: Deliver,
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    seconds: float = float("inf"),
) -> dict[int, str]:
    """Run the cells and hand their rows to `deliver`, in this thread, in whatever order they come; returns those left.

    Without an executor: in `workers` processes of this machine (None: one a core), or in this one for so few
    `seconds` of work that processes would only be starting. KeyboardInterrupt takes what is finished, drops the rest.
    A cell that ends its worker twice, alone, is left, with a sentence. Raises RuntimeError where the executor is lost:
    what is finished has been taken, and the rest is no result.
    """
    count = threads.cores() if workers is None else workers
    work = partial(run_portion, grid.experiment, keep=keep, parcel=parcel(grid) if executor else b"")
    if executor is not None:
        left: dict[int, str] = {}
        if _through(executor, work, portions(grid, cells, 8, len(cells)), deliver, QUEUE, left):
            raise RuntimeError(_LOST)
        return left
    if workers is None and (count == 1 or seconds < _SHORT):
        for portion in portions(grid, cells, 1, len(cells)):
            deliver(work(portion))
        return {}
    return _locally(grid, work, cells, deliver, count)


def _locally(grid: Grid, work: Work, cells: Cells, deliver: Deliver, workers: int) -> dict[int, str]:
    """In processes of this machine; the cells that took their process with them, twice and alone."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise RuntimeError(
            "sweep starts processes that import this script: put its call below if __name__ == '__main__'."
        )
    coming, packed = portions(grid, cells, workers, len(cells)), parcel(grid)
    deaths: Counter[int] = Counter()
    left: dict[int, str] = {}
    while True:
        with _pool(workers, packed) as pool:
            lost = _through(pool, work, coming, deliver, 3 * workers, left)
        if not lost:
            return left
        # Some process died, and with it the pool: whoever was in it is tried alone.
        suspects = deque(lost)
        while suspects:
            with _pool(1, packed) as pool:
                while suspects and not _tried(pool, work, suspects, deliver, deaths, left):
                    pass


def _tried(
    pool: Executor, work: Work, suspects: deque[Portion], deliver: Deliver, deaths: Counter[int], left: dict[int, str]
) -> bool:
    """Run the first suspect alone: whether that broke the pool, and then its halves are the next suspects."""
    suspect = suspects.popleft()
    if not _through(pool, work, iter([suspect]), deliver, 1, left):
        return False
    if len(suspect) == 1:
        cell = suspect[0][0]
        deaths[cell] += 1
        if deaths[cell] == _DEATHS:
            left[cell] = f"{_DIED}, as it does when memory runs out."
        else:
            suspects.append(suspect)
    else:
        suspects.extendleft([suspect[len(suspect) // 2 :], suspect[: len(suspect) // 2]])
    return True


def _through(
    executor: Executor, work: Work, coming: Iterator[Portion], deliver: Deliver, queue: int, left: dict[int, str]
) -> list[Portion]:
    """Run portions, `queue` of them handed over at a time; returns those that were lost with a broken executor.

    What a future raises is never a cell's own error, which is caught with the cell: a worker or the way to it was
    lost. Such a portion is tried again cell by cell, a cell twice; then it is `left`, with what was raised.
    """
    deaths: Counter[int] = Counter()
    waiting: dict[Future[Rows], Portion] = {}
    lost: list[Portion] = []
    again: deque[Portion] = deque()
    cluster = Cluster(executor)
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
            finished, _ = wait(waiting, _LOOK, return_when=FIRST_COMPLETED)
            if not finished and cluster.lost():
                return [*lost, *waiting.values()]
            for future in finished:
                portion = waiting.pop(future)
                try:
                    deliver(future.result())
                except (BrokenExecutor, CancelledError):  # Dask's scheduler gone: it cancels what it had
                    lost.append(portion)
                except Exception as error:
                    deaths.update(cell for cell, _ in portion if len(portion) == 1)
                    for one in portion:
                        if deaths[one[0]] < _DEATHS:
                            again.append([one])
                        else:
                            left[one[0]] = f"{_DIED}: {type(error).__name__}: {error}"
    except BaseException:
        for future in waiting:
            if future.done() and not future.cancelled() and future.exception() is None:
                deliver(future.result())
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
