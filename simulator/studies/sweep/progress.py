"""How far a sweep is: cells, rate, and the time that is left."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

SPAN = 60.0
"""Seconds that the rate is an average over: it follows cells that become slower."""


@dataclass(frozen=True)
class State:
    """Cells finished, earlier runs included; `rate` in cells a second, `left` in seconds, both NaN if unknown."""

    done: int
    total: int
    failed: int
    rate: float
    left: float

    def __str__(self) -> str:
        failed = f", {self.failed:,} failed" if self.failed else ""
        pace = "" if self.rate != self.rate else f", {self.rate:.3g} cells/s, {duration(self.left)} left"
        return f"{self.done:,} of {self.total:,} cells{failed}{pace}"


class Pace:
    """Counts cells; `clock` gives seconds."""

    def __init__(self, total: int, done: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self.total, self.done, self.failed = total, done, 0
        self._clock = clock
        self._marks = deque([(clock(), done)])

    def count(self, cells: int, failed: int = 0) -> State:
        """So many more cells are finished."""
        self.done += cells
        self.failed += failed
        now = self._clock()
        self._marks.append((now, self.done))
        while len(self._marks) > 2 and self._marks[1][0] < now - SPAN:
            self._marks.popleft()
        first, before = self._marks[0]
        known = now > first and self.done > before
        rate = (self.done - before) / (now - first) if known else float("nan")
        return State(self.done, self.total, self.failed, rate, (self.total - self.done) / rate)


def duration(seconds: float) -> str:
    """A time as a reader says it: less than a second, 45 s, 3 min, 2 h 10 min, 3 days."""
    if seconds < 0.95:
        return "less than a second"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{round(hours / 24)} days"
