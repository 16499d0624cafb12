"""Draws made ahead of whoever takes them: much of a dense run's work, and the one part that can go in parallel."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future

from simulator.scaled import Array

Draw = Callable[[], Callable[[], Array]]
"""Makes room for its numbers, in the thread that asks, whose freed memory it meets; its result makes the numbers."""


class Ahead:
    """Runs a list of draws in order, at most `lead` ahead in a pool, or when taken where there is none."""

    def __init__(self, draws: Sequence[Draw], pool: Executor | None, lead: int = 4) -> None:
        self._draws, self._pool, self._lead = draws, pool, lead
        self._started: deque[Future[Array]] = deque()
        self._next = 0

    def draw(self) -> Array:
        """The next draw in the list."""
        if self._pool is None:
            self._next += 1
            return self._draws[self._next - 1]()()
        while self._next < len(self._draws) and len(self._started) < self._lead:
            self._started.append(self._pool.submit(self._draws[self._next]()))
            self._next += 1
        return self._started.popleft().result()
