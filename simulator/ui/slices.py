"""A session's own work, done in slices while its page stays open: its button, a bar with Stop, an end with the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import streamlit as st

from simulator.registry import generation
from simulator.ui import cache, state, waiting
from simulator.ui.whole import whole

SLICE = 0.12
"""Seconds of computing between two looks at what the visitor wants; others are served in between."""

PAUSE = 0.25
"""Seconds between the starts of two slices."""


class Work(Protocol):
    """Work that can be done a little at a time."""

    @property
    def done(self) -> int:
        """How much is done."""

    @property
    def total(self) -> int:
        """How much there is to do."""

    def advance(self, seconds: float) -> None:
        """Do more for about so long, the least possible at least."""


Kind = TypeVar("Kind", bound=Work)


@dataclass
class Held(Generic[Kind]):
    """The session's work of one name, what it was made from, and whether it goes on."""

    name: str
    work: Kind
    made_from: object
    visit: int = 0
    going: bool = False
    timed: bool = False

    @property
    def finished(self) -> bool:
        """Whether all is done."""
        return self.work.done >= self.work.total


@whole
def held(
    name: str, made_from: object, make: Callable[[], Kind], *, anew: bool = False, begin: bool = False
) -> Held[Kind]:
    """The session's work of that name: `make()` where what it is made from changed, not begun unless told to `begin`.

    Once its button was pressed it goes on, or is made `anew` where it had begun.
    """
    made_from = generation(), made_from
    kept: Held[Kind] | None = st.session_state.get(key_of(name))
    if kept is None or kept.made_from != made_from:
        kept = st.session_state[key_of(name)] = Held(name, make(), made_from, state.visit(), begin)
    if st.session_state.pop(_pressed(name), False):
        if anew and kept.work.done:
            kept.work = make()
        kept.visit, kept.going = state.visit(), not kept.finished
    return kept


def button(label: str, name: str, *, key: str, disabled: bool) -> None:
    """Draw a button that begins the work of that name or goes on with it, in the next run's `held`."""
    st.button(label, key=key, type="primary", icon=":material/play_arrow:", on_click=_press, args=(name,),
              disabled=disabled)  # fmt: skip


def follow(held: Held[Kind], draw: Callable[[Held[Kind]], None], *, before: str, going: str, where: str) -> None:
    """The bar and what `draw` shows of the work, again after every slice.

    The bar's words: all of them `before` it begins, a verb while it is `going`, and `where` it is, a format of two
    numbers.
    """
    # The timer runs only while the work does: a fragment's interval is settled where it is drawn.
    held.timed = held.going
    st.fragment(_follow, run_every=PAUSE if held.going else None)(held, draw, before, going, where)


@waiting.drawing("slices")
def _follow(held: Held[Kind], draw: Callable[[Held[Kind]], None], before: str, going: str, where: str) -> None:
    work = held.work
    if held.visit != state.visit():
        held.going = False
    if held.going:
        advance(work, SLICE)
        held.going = not held.finished
    at = where.format(work.done, work.total)
    began = f"Stopped at {at}" if work.done else before
    text = f"Finished, {at}" if held.finished else f"{going}, {at}" if held.going else began
    with st.container(key=f"{held.name}-bar", horizontal=True, vertical_alignment="center"):
        st.progress(work.done / max(1, work.total), text=text)
        st.button("Stop", key=f"{held.name}_stop", icon=":material/stop:", on_click=_stop, args=(held,),
                  disabled=not held.going)  # fmt: skip
    draw(held)
    if held.timed and not held.going:
        held.timed = False
        st.rerun()  # once more without the timer


def advance(work: Work, seconds: float) -> None:
    """One slice, at its turn among other visitors' work."""
    with cache.gate():
        work.advance(seconds)


@whole
def _press(name: str) -> None:
    st.session_state[_pressed(name)] = True


@whole
def _stop(held: Held[Kind]) -> None:
    held.going = False


def key_of(name: str) -> str:
    """The key of st.session_state under which the work of that name is held."""
    return f"_{name}_held"


def _pressed(name: str) -> str:
    return f"_{name}_pressed"
