"""Which threads a run uses: its networks in parallel, or one network's weights drawn ahead, and no more than pay."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import lru_cache
from threading import Lock

from threadpoolctl import ThreadpoolController

from simulator.experiment import Experiment

Group = tuple[int, int]
"""Networks first .. last - 1 of an experiment."""

Go = Callable[[Group, Executor | None, Callable[[int, int], None]], None]
"""Runs one group, with a pool that draws ahead or None, reporting (steps done, steps in all)."""

_LARGE_PRODUCT = 2**27
"""Multiply-adds of one matrix product from which more than one thread pays."""

_LARGE_DRAW, _LARGE_DRAW_SINGLE = 2**14, 2**17
"""Weights of one layer from which drawing them in another thread pays; in single precision they come faster."""

_GLANCE = 0.05
"""Seconds between two reports of groups that run in other threads."""

_ALONE: ContextVar[bool] = ContextVar("alone", default=False)


@contextmanager
def in_one_thread() -> Iterator[None]:
    """Every run within uses the thread that it is called in and no other, its matrix products too.

    Then its bits do not depend on how many cores there are, nor on what others do meanwhile.
    """
    token = _ALONE.set(True)
    _single.enter()
    try:
        yield
    finally:
        _single.leave()
        _ALONE.reset(token)


class _Single:
    """Matrix products of the whole process in one thread from the first entrance to the last exit."""

    def __init__(self) -> None:
        self._lock, self._inside = Lock(), 0

    def enter(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                _disown()
                self._limit = _controller().limit(limits=1, user_api="blas")

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                _disown()
                self._limit.restore_original_limits()
                _disown()


_single = _Single()


def _disown() -> None:
    """Let this thread set limits: newer threadpoolctls listen to one thread alone, the first."""
    for library in _controller().lib_controllers:
        release = getattr(library, "clear_controlling_thread", None)
        if release is not None:
            release(force=True)


def share(experiment: Experiment, groups: Sequence[Group], go: Go, report: Callable[[int], object]) -> None:
    """Run every group, several at once where there are several; `report(steps)` is called in this thread alone.

    Matrix products run in one thread each unless they are large: threads of a matrix library that wait for one
    another by spinning cost seconds, not milliseconds, once the cores have other work.
    """
    alone = _ALONE.get() or cores() == 1 or sys.platform == "emscripten"
    done = dict.fromkeys(groups, 0)

    def tell(group: Group) -> Callable[[int, int], None]:
        def note(step: int, total: int) -> None:
            done[group] = step * (group[1] - group[0])
            if not parallel:
                report(sum(done.values()))

        return note

    parallel = len(groups) > 1 and not alone
    limit = None if _product(experiment) >= _LARGE_PRODUCT and not parallel else 1
    with nullcontext() if _ALONE.get() else _controller().limit(limits=limit, user_api="blas"):
        if parallel:
            _in_parallel(groups, lambda group: go(group, None, tell(group)), lambda: report(sum(done.values())))
        elif alone or _drawn(experiment, groups[0]) < (_LARGE_DRAW_SINGLE if experiment.matrix_free else _LARGE_DRAW):
            for group in groups:
                go(group, None, tell(group))
        else:
            # A pool per run: threads kept between runs would not survive a fork.
            with ThreadPoolExecutor(cores() - 1, thread_name_prefix="draw") as pool:
                go(groups[0], pool, tell(groups[0]))


def _in_parallel(groups: Sequence[Group], go: Callable[[Group], None], glance: Callable[[], object]) -> None:
    with ThreadPoolExecutor(cores(), thread_name_prefix="network") as pool:
        waiting = {pool.submit(go, group) for group in groups}
        try:
            while waiting:
                finished, waiting = wait(waiting, timeout=_GLANCE, return_when=FIRST_COMPLETED)
                for future in finished:
                    future.result()
                glance()
        finally:  # whoever stops waiting, a visitor who has moved on, starts no further groups
            for future in waiting:
                future.cancel()


def _product(experiment: Experiment) -> int:
    """Multiply-adds of the largest matrix product."""
    widest, batch = max(experiment.layer_widths), experiment.batch
    return batch * widest * (batch if experiment.matrix_free else widest)


def _drawn(experiment: Experiment, group: Group) -> int:
    """Numbers drawn for the largest layer of a group."""
    widest = max(experiment.layer_widths)
    return (group[1] - group[0]) * widest * (experiment.batch if experiment.matrix_free else widest)


@lru_cache(maxsize=1)
def cores() -> int:
    """The processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
