"""Waiting for a state: the one place in the tests that looks at a clock, and only to end what hangs."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

PATIENCE = float(os.environ.get("TEST_PATIENCE", "240"))
"""Seconds after which what a test waits for counts as hung; no test is right or wrong by them."""

PATIENCE_MS = 1000 * PATIENCE
"""The same for those who count milliseconds."""

_LOOK = 0.01
"""Seconds between two looks."""


def until(true: Callable[[], object], what: str | Callable[[], str] = "It never came.") -> None:
    """Return once `true()` is; `what` says what was waited for."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, what if isinstance(what, str) else what()
        time.sleep(_LOOK)


def thread_seconds(act: Callable[[], object]) -> float:
    """Processor time of this thread: to compare two ways on one machine, never with a number of seconds."""
    begun = time.thread_time()
    act()
    return time.thread_time() - begun


async def until_done(done: Callable[[], Awaitable[bool]], what: str = "It never came.") -> None:
    """Try again, with others getting their turn in between, until `await done()` is true."""
    end = time.monotonic() + PATIENCE
    while not await done():
        assert time.monotonic() < end, what
        await asyncio.sleep(_LOOK)
