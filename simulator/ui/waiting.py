"""The wait on a screen while a computation is under way or others are first."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic as clock

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from simulator.serving import limits
from simulator.serving.jobs import Job
from simulator.serving.turns import PULSE, SLOW, Gate

SLOT = "_slot"
"""The key of st.session_state under which the bar's place is."""

_SOON = 0.5
"""Seconds of waiting before anything is shown of it."""

_SMOOTH = 0.2
"""Seconds between two steps of a bar."""

SCRIPTS = Gate(limits.SCRIPTS)
"""The turns to draw a page."""

_aside: set[int] = set()
"""Threads of pages that wait for something else."""


def drawn() -> int:
    """How many pages are being drawn or wait for their turn to be: threads of Streamlit's that have work to do."""
    return sum(thread.name.startswith("ScriptRunner") for thread in threading.enumerate()) - len(_aside)


@contextmanager
def drawing(part: str = "") -> Iterator[None]:
    """A turn to draw a page: of a hundred threads that draw at once the server's own would get one in a hundred.

    A `part` of a page that is drawn alone has a place for the bar of its own: Streamlit lets no fragment write where
    another made room.
    """
    if sys.platform == "emscripten":  # a browser has one thread
        _place(part)
        yield
        return
    with SCRIPTS.turn(lambda _: check()):
        check()
        _place(part)
        yield


@contextmanager
def aside() -> Iterator[None]:
    """Give the turn to draw away for as long as this page waits for something else."""
    held, own = SCRIPTS.held, threading.get_ident()
    SCRIPTS.release()
    _aside.add(own)
    try:
        yield
    finally:
        _aside.discard(own)
        if held:
            SCRIPTS.acquire()


def _place(part: str) -> None:
    """Reserve a part's place for the bar: always, so that nothing below it moves when a bar comes or goes."""
    if part:
        with st.container(key=f"waiting-{part}"):
            st.session_state[SLOT] = st.empty()


def watch(job: Job) -> None:
    """Return when the job is over, meanwhile showing how far it is; ends the run of a visitor who has moved on."""
    since, shown, pause = clock(), "", PULSE
    try:
        with aside():
            while not job.over.wait(pause):
                check()
                pause = min(2 * pause, SLOW if job.steps is None else _SMOOTH)
                if clock() - since > _SOON or job.steps is not None:
                    shown = _show(job.steps, _sentence(job), shown)
    finally:
        _clear(shown)


def draw(job: Job) -> None:
    """Show how far a job is."""
    _show(job.steps, _sentence(job), "")


class Turn:
    """The place in the queue of one who wants the gate for itself."""

    def __init__(self) -> None:
        self._since, self._shown = clock(), ""

    def show_place(self, ahead: int) -> None:
        """Show the place once it has taken a while; ends the run of a visitor who has moved on."""
        check()
        if clock() - self._since > _SOON:
            self._shown = _show(None, ahead_of_you(ahead), self._shown)

    def come(self) -> None:
        """The turn has come."""
        _clear(self._shown)


def check() -> None:
    """End the run of a visitor who has moved on or left, with what Streamlit ends a run with."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:  # a download made outside of a script's run
        return
    asked = getattr(context, "yield_check", None)  # Streamlit has it from 1.67 on; drawing asks the same
    if asked is not None:
        asked()
    if runtime.exists() and not runtime.get_instance().is_active_session(context.session_id):
        st.stop()


def ahead_of_you(count: int) -> str:
    """The place in the queue as a sentence."""
    return "Waiting: yours is next." if count < 1 else f"Waiting: {count} ahead of you."


def _sentence(job: Job) -> str:
    return ahead_of_you(job.ahead) if job.steps is None else job.text


def _show(steps: tuple[int, int] | None, text: str, shown: str) -> str:
    percent = 0 if steps is None else max(0, min(100, 100 * steps[0] // max(1, steps[1])))
    wanted = f"{percent} {text}"
    if wanted != shown and get_script_run_ctx(suppress_warning=True) is not None and SLOT in st.session_state:
        st.session_state[SLOT].progress(percent, text=text)
    return wanted


def _clear(shown: str) -> None:
    if shown and get_script_run_ctx(suppress_warning=True) is not None and SLOT in st.session_state:
        st.session_state[SLOT].empty()
