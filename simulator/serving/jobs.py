"""Computations that visitors share: each in its own thread, behind the gate, for as long as somebody waits for it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from threading import Event, Lock, Thread, local
from typing import Any, Protocol, TypeVar, cast

from simulator.serving import limits
from simulator.serving.turns import Gate
from simulator.threads import in_one_thread

Made = TypeVar("Made")
Progress = Callable[[int, int], None]


class Abandoned(BaseException):
    """Nobody waits for this computation any more; no study may take it for an error of its own."""


class Job:
    """One computation and what those who wait for it are shown."""

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.watchers = 0
        self.ahead = 0
        self.since = time.monotonic()
        self.text = ""
        self.steps: tuple[int, int] | None = None
        self.over = Event()
        self.value: Any = None
        self.error: Exception | None = None

    @property
    def abandoned(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.watchers == 0

    def queued(self, ahead: int) -> None:
        """Note the place in the queue; raises Abandoned."""
        self.ahead = ahead
        if self.abandoned:
            raise Abandoned


class Watcher(Protocol):
    """How one who waits sees a job."""

    def watch(self, job: Job) -> None:
        """Return when the job is over; raise to give it up."""

    def draw(self, job: Job) -> None:
        """Show how far it is."""


class Jobs:
    """The jobs under way, one for each key, behind a `gate`; of the `long` ones one at a time."""

    def __init__(self, gate: Gate, stage: Watcher, *, threads: bool = sys.platform != "emscripten") -> None:
        self.gate = gate
        self.long = Gate(1)
        self._stage = stage
        self._threads = threads  # a browser has one
        self._under_way: dict[Hashable, Job] = {}
        self._lock = Lock()
        self._own = local()

    def __len__(self) -> int:
        return len(self._under_way)

    @property
    def current(self) -> Job | None:
        """The job that this thread does."""
        return getattr(self._own, "job", None)

    def share(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return `make()`; who asks for the same key meanwhile waits for the same job."""
        if self.current is not None or self.gate.held:  # part of a job already
            self._let_by(self.current)
            return make()
        with self._lock:
            job = self._under_way.get(key)
            if job is None:
                job = self._under_way[key] = Job(key)
                begin = True
            else:
                begin = False
            job.watchers += 1
        try:
            if begin and self._threads:
                Thread(target=self._do, args=(job, make), name="job", daemon=True).start()
            elif begin:
                self._do(job, make)
            self._stage.watch(job)
        finally:
            self._leave(job)
        if job.error is not None:
            raise job.error
        return cast(Made, job.value)

    @contextmanager
    def reporting(self, seconds: float, text: str) -> Iterator[Progress | None]:
        """A progress callback for a run that will take so many seconds, with a bar for a long one."""
        job = self.current
        if job is None or (seconds < limits.LONG_SECONDS and not self._threads):
            yield None
            return
        if seconds < limits.LONG_SECONDS:  # many short ones may be parts of a job that is none
            yield lambda done, total: self._let_by(job)
            return
        job.text = text
        with self._lane(job):
            job.steps = (0, 1)
            with in_one_thread() if limits.ONE_THREAD else nullcontext():
                yield self._reporter(job)

    @contextmanager
    def _lane(self, job: Job) -> Iterator[None]:
        """The one place for long runs; who waits for it keeps nobody from a short one."""
        if self.long.held or not self._threads:
            yield
            return
        self.gate.release()
        with self.long.turn(job.queued):
            self.gate.acquire(job.queued)
            yield

    def _reporter(self, job: Job) -> Progress:
        def report(done: int, total: int) -> None:
            job.steps = done, total
            if self._threads:
                self._let_by(job)
            else:
                self._stage.draw(job)

        return report

    def _let_by(self, job: Job | None) -> None:
        """Let those by who wait once the job has had its slice; raises Abandoned."""
        if job is None or not self._threads:
            return
        if job.abandoned:
            raise Abandoned
        if self.gate.held and time.monotonic() - job.since > limits.SLICE_SECONDS:
            self.gate.step_aside(job.queued)
            job.since = time.monotonic()

    def _do(self, job: Job, make: Callable[[], object]) -> None:
        self._own.job = job
        try:
            with self.gate.turn(job.queued):
                job.queued(0)
                job.since = time.monotonic()
                job.value = make()
        except Abandoned:
            pass
        except Exception as error:
            job.error = error
        finally:
            self._own.job = None
            self._forget(job)
            job.over.set()

    def _leave(self, job: Job) -> None:
        with self._lock:
            job.watchers -= 1
            if job.abandoned and self._under_way.get(job.key) is job:
                del self._under_way[job.key]  # who asks now starts anew

    def _forget(self, job: Job) -> None:
        with self._lock:
            if self._under_way.get(job.key) is job:
                del self._under_way[job.key]
