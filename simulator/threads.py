"""Which threads a run uses: its networks in parallel, or one network's weights drawn ahead, and no more than pay.

Matrix products keep to the thread that asks for them, in the whole process, as long as a run lasts: a library's threads
would cut a product into as many parts as there are cores, each rounded in its own way, and they wait for one another by
spinning, which costs seconds once the cores have other work.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from threading import Condition, Lock, local
from typing import ParamSpec, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

from simulator.experiment import Experiment

P = ParamSpec("P")
T = TypeVar("T")

Group = tuple[int, int]
"""Networks first .. last - 1 of an experiment."""

RunGroup = Callable[[Group, Executor | None, Callable[[int, int], None]], None]
"""Runs one group, with a pool that draws ahead or None, reporting (steps done, steps in all)."""

LARGE_DRAW, LARGE_DRAW_SINGLE = 2**16, 2**18
"""Weights of one layer from which drawing them in another thread pays; in single precision they come faster."""

_GLANCE = 0.05
"""Seconds between two reports of groups that run in other threads."""

_ALONE: ContextVar[bool] = ContextVar("alone", default=False)


@contextmanager
def in_one_thread() -> Iterator[None]:
    """Every run within uses the thread that it is called in and no other: the other cores are left to others."""
    token = _ALONE.set(True)
    try:
        with products_in_one_thread():
            yield
    finally:
        _ALONE.reset(token)


@contextmanager
def computing() -> Iterator[None]:
    """For a thread that computes for a moment: its products keep to it, and the process forks before or after."""
    with products_in_one_thread(), _steps.within():
        yield


@contextmanager
def products_in_one_thread() -> Iterator[None]:
    """Matrix products of the whole process in one thread each, until the last of those who ask for it has left."""
    _keep_memory()
    _single.enter()
    try:
        yield
    finally:
        _single.leave()


@lru_cache(maxsize=1)
def _keep_memory() -> None:
    """Have this process keep the memory that one computation frees for the next, up to some 60 MB.

    To get it anew from the system, page by page, takes up to a fifth of its time. glibc keeps as much as twice the
    largest block of up to 32 MB that was ever freed (mallopt(3), M_MMAP_THRESHOLD); other C libraries have rules of
    their own.
    """
    np.empty(2**25 - 2**16, dtype=np.uint8)


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
            self._inside = max(0, self._inside - 1)
            if self._inside == 0:
                self._restore()

    def forked(self) -> None:
        """In a child, where nobody is inside any more: what the parent's threads had asked for ended with them."""
        inside, self._inside, self._lock = self._inside, 0, Lock()
        if inside:
            self._restore()

    def _restore(self) -> None:
        _disown()
        self._limit.restore_original_limits()
        _disown()


class _Steps:
    """Lets a process fork only while no thread is within a step of a run.

    A child has one thread of its parent's. A lock that another held at that moment, as a matrix library's for its
    memory, stays locked in it for ever.
    """

    def __init__(self) -> None:
        self._turn = Condition()
        self._inside, self._forks, self._mine = 0, 0, local()

    @contextmanager
    def within(self) -> Iterator[None]:
        """For a thread that begins to compute."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def between(self) -> Iterator[None]:
        """For a thread that computes, around what is not computing."""
        self._leave()
        try:
            yield
        finally:
            self._enter()

    def pause(self) -> None:
        """For a thread that computes, between two steps: let those fork who wait to."""
        if self._forks:
            with self.between():
                pass

    def before_fork(self) -> None:
        self._turn.acquire()
        self._forks += 1
        self._turn.wait_for(lambda: self._inside == self._own)

    def after_fork(self) -> None:
        self._forks -= 1
        self._turn.notify_all()
        self._turn.release()

    def forked(self) -> None:
        """In a child, which has this thread alone."""
        self._inside, self._forks, self._turn = self._own, 0, Condition()

    @property
    def _own(self) -> int:
        return getattr(self._mine, "inside", 0)

    def _enter(self) -> None:
        with self._turn:
            self._turn.wait_for(lambda: not self._forks)
            self._inside += 1
            self._mine.inside = self._own + 1

    def _leave(self) -> None:
        with self._turn:
            self._inside -= 1
            self._mine.inside = self._own - 1
            self._turn.notify_all()


class _Pool(ThreadPoolExecutor):
    """Threads that compute."""

    def submit(self, call: Callable[P, T], /, *arguments: P.args, **keywords: P.kwargs) -> Future[T]:
        def computed() -> T:
            with _steps.within():
                return call(*arguments, **keywords)

        return super().submit(computed)


_single, _steps = _Single(), _Steps()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_steps.before_fork, after_in_parent=_steps.after_fork)
    os.register_at_fork(after_in_child=_steps.forked)
    os.register_at_fork(after_in_child=_single.forked)


def _disown() -> None:
    """Let this thread set limits: newer threadpoolctls listen to one thread alone, the first."""
    for library in _controller().lib_controllers:
        release = getattr(library, "clear_controlling_thread", None)
        if release is not None:
            release(force=True)


def share(
    experiment: Experiment, groups: Sequence[Group], run: RunGroup, report: Callable[[int], object] | None
) -> None:
    """Run every group, several at once where there are several; `report(steps)`, if any, is called in this thread."""
    alone = _ALONE.get() or cores() == 1 or sys.platform == "emscripten"
    parallel = len(groups) > 1 and not alone
    done = dict.fromkeys(groups, 0)

    def say() -> None:
        if report is not None:
            report(sum(done.values()))

    def tell(group: Group) -> Callable[[int, int], None]:
        def note(step: int, total: int) -> None:
            done[group] = step * (group[1] - group[0])
            if parallel or report is None:
                _steps.pause()
            else:
                with _steps.between():
                    say()

        return note

    with products_in_one_thread():
        if parallel:
            _in_parallel(groups, lambda group: run(group, None, tell(group)), say)
            return
        with _steps.within():
            if alone or not _draws_ahead(experiment, groups[0]):
                for group in groups:
                    run(group, None, tell(group))
            else:
                # A pool per run: threads kept between runs would not survive a fork.
                with _Pool(cores() - 1, thread_name_prefix="draw") as pool:
                    run(groups[0], pool, tell(groups[0]))


def _in_parallel(groups: Sequence[Group], run: Callable[[Group], None], glance: Callable[[], object]) -> None:
    with _Pool(cores(), thread_name_prefix="network") as pool:
        waiting = {pool.submit(run, group) for group in groups}
        try:
            while waiting:
                finished, waiting = wait(waiting, timeout=_GLANCE, return_when=FIRST_COMPLETED)
                for future in finished:
                    future.result()
                glance()
        finally:  # whoever stops waiting, a visitor who has moved on, starts no further groups
            for future in waiting:
                future.cancel()


def _draws_ahead(experiment: Experiment, group: Group) -> bool:
    """Whether the largest layer's draws are worth another thread."""
    widest = max(experiment.layer_widths)
    numbers = (group[1] - group[0]) * widest * (experiment.batch if experiment.matrix_free else widest)
    return numbers >= (LARGE_DRAW_SINGLE if experiment.matrix_free else LARGE_DRAW)


@lru_cache(maxsize=1)
def cores() -> int:
    """The processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def kernel() -> str:
    """Which matrix kernels this process's numbers are made by, as "openblas Haswell": others round otherwise."""
    names = [(about["internal_api"], about.get("architecture", "")) for about in _controller().info()
             if about["user_api"] == "blas"]  # fmt: skip
    return " ".join(filter(None, names[0])) if names else "unknown"


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    import scipy.linalg.lapack  # noqa: F401 - a matrix library that is loaded later would not be known to it

    return ThreadpoolController()
