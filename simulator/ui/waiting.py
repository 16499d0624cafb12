"""What a visitor sees while a long run is under way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

_SLOT = "_slot"
_SOON = 0.5
"""Seconds, by the estimate, below which a run shows no bar."""

Progress = Callable[[int, int], None]


def place() -> None:
    """Reserve the bar's place: always, so that nothing below it moves when a bar comes or goes."""
    st.session_state[_SLOT] = st.empty()


@contextmanager
def bar(seconds: float, text: str) -> Iterator[Progress | None]:
    """A progress callback that draws a bar, or None for a run of so few `seconds` that it is over soon.

    Drawing is also where Streamlit stops a run whose settings have changed meanwhile.
    """
    slot = st.session_state.get(_SLOT)
    if seconds < _SOON or slot is None:
        yield None
        return
    drawn = -1

    def report(done: int, total: int) -> None:
        nonlocal drawn
        percent = 100 * done // total
        if percent != drawn:
            drawn = percent
            slot.progress(percent, text=text)

    report(0, 1)
    try:
        yield report
    finally:
        slot.empty()
