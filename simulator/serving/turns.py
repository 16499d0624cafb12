"""A fair queue in front of the work: so many at a time, the rest in the order in which they came."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, local

PULSE, SLOW = 0.1, 1.0
"""Seconds between two looks of one who waits: at first, and later. Whose turn it is is woken at once."""

Report = Callable[[int], None]
"""Called now and then with how many are ahead; what it raises gives the place up."""


def patiently(ahead: int) -> None:
    """Wait whatever comes."""


class Gate:
    """`places` turns at a time, `free` of them nobody's; a thread that has one passes freely until it puts it down."""

    def __init__(self, places: int) -> None:
        self.places = self.free = places
        self._queue: deque[Event] = deque()
        self._lock = Lock()
        self._own = local()

    @property
    def held(self) -> bool:
        """Whether this thread has a turn."""
        return getattr(self._own, "held", False)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    @contextmanager
    def turn(self, report: Report = patiently) -> Iterator[None]:
        """Wait for a turn and keep it for the block."""
        if self.held:
            yield
            return
        self.acquire(report)
        try:
            yield
        finally:
            self.release()

    def acquire(self, report: Report = patiently) -> None:
        """Wait for a turn."""
        with self._lock:
            ticket = self._line_up()
        self._await(ticket, report)

    def release(self) -> None:
        """Give the turn to whoever is next; nothing where there is none to give."""
        if self.held:
            self._own.held = False
            with self._lock:
                self._pass_on()

    def step_aside(self, report: Report = patiently) -> bool:
        """Let everybody by who waits now, then go on; False where nobody does."""
        with self._lock:
            if not self._queue:
                return False
            self._own.held = False
            self._pass_on()
            ticket = self._line_up()
        self._await(ticket, report)
        return True

    def _line_up(self) -> Event:
        ticket = Event()
        if self.free and not self._queue:
            self.free -= 1
            ticket.set()
        else:
            self._queue.append(ticket)
        return ticket

    def _await(self, ticket: Event, report: Report) -> None:
        pause = PULSE
        try:
            while not ticket.wait(pause):
                report(self._ahead(ticket))
                pause = min(2 * pause, SLOW)  # hundreds who look often would take the time that they wait for
        except BaseException:
            with self._lock:
                if ticket in self._queue:
                    self._queue.remove(ticket)
                else:  # given in this very moment
                    self._pass_on()
            raise
        self._own.held = True

    def _ahead(self, ticket: Event) -> int:
        """Those who have a turn and those who come first."""
        with self._lock:
            return self.places + self._queue.index(ticket) if ticket in self._queue else 0

    def _pass_on(self) -> None:
        if self._queue:
            self._queue.popleft().set()
        else:
            self.free += 1
