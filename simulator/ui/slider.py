"""A slider that moves the charts while it is moved: what its component says becomes a setting as any widget's value.

Streamlit's own slider says nothing before the mouse lets go. This one is a v2 component (charts/browser/slider.js)
around a native range input. Its state is {"told": {"value": ..., "dragged": ...}}; only this module knows that: the
session keeps the value under the setting's own name, where a preset or a link puts it too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from itertools import count
from typing import Any, Literal

import streamlit as st

from simulator.experiment import Experiment
from simulator.settings import Setting
from simulator.ui import cache, host, state
from simulator.ui.whole import whole
from simulator.values import number_text

LIVE_SECONDS = 0.1
"""Estimated seconds of a run up to which a drag moves the charts."""

NAMES = ("depth", "width", "gain")
"""The settings that have such a slider."""

_CHOICE = 210
"""How wide a slider of a few values is, in px."""

_HTML = (
    '<div class="sim-slider"><label></label><input type="range" min="0" step="1">'
    '<input class="number" type="text" inputmode="decimal"></div>'
)
_TURNS = count()


def slider(about: Setting, label: str, rungs: Sequence[int | float], *, help: str, disabled: bool) -> None:
    """The slider of a setting with these values, among them the one that holds."""
    held, moved = st.session_state[about.name], partial(_moved, about, tuple(rungs))
    _draw(about.name, label, rungs, held, moved, help=help, disabled=disabled)


def choice(name: str, label: str, values: Sequence[Any], start: Any) -> Any:
    """A slider of a few values that are no setting's; the one that was chosen."""
    held = st.session_state.setdefault(f"chosen-{name}", start)
    _draw(name, label, values, held, partial(_chosen, name, tuple(values)), help="", disabled=False, width=_CHOICE)
    return held


def _draw(
    name: str, label: str, rungs: Sequence[int | float], held: int | float, moved: Callable[[], None], *,
    help: str, disabled: bool, width: Literal["stretch"] | int = "stretch",
) -> None:  # fmt: skip
    host.serve()
    data = {
        "name": name,
        "label": label,
        "help": help,
        "rungs": [number_text(rung) for rung in rungs],
        "text": number_text(held),
        "at": min(range(len(rungs)), key=lambda place: abs(rungs[place] - held)),
        "turn": next(_TURNS),  # what the server shows goes before what the browser did, whenever this is drawn anew
        "disabled": disabled,
    }
    with st.container(key=name, width=width):
        _component()(key=_key(name), data=data, on_told_change=moved)


@lru_cache(maxsize=1)
def _component() -> Any:
    return host.component("simulator_slider", "slider.js", _HTML)


def mark(experiment: Experiment) -> None:
    """Tell the browser whether a drag may move the charts: where runs are short and nobody waits for this process.

    And what the sliders are to show: a run of the page's body alone, which a lecturer's move sets off, draws none anew.
    """
    live = experiment.cost().seconds < LIVE_SECONDS and not cache.state()["waiting"]
    held = " ".join(f'data-{name}="{number_text(getattr(experiment, name))}"' for name in NAMES)
    st.html(f'<i data-live="{int(live)}" {held}></i>')


def _read(name: str, rungs: Sequence[int | float]) -> tuple[int | float | None, str]:
    """Read the slider of this name: one of its values, else None, and its text; notes whether it is dragged."""
    message = st.session_state[_key(name)].get("told")
    if not isinstance(message, dict):
        return None, ""
    state.drag(message.get("dragged") is True)
    return next((rung for rung in rungs if number_text(rung) == message.get("value")), None), str(message.get("value"))


@whole
def _moved(about: Setting, rungs: Sequence[int | float]) -> None:
    rung, typed = _read(about.name, rungs)
    if rung is not None:
        st.session_state[about.name] = rung
        state.settle(about.name)
        return
    with suppress(ValueError):  # what is out of bounds is answered with a sentence
        number = float(typed)
        st.session_state[about.name] = int(number) if number.is_integer() else number


@whole
def _chosen(name: str, values: Sequence[int | float]) -> None:
    rung, typed = _read(name, values)
    if rung is None:
        with suppress(ValueError):
            number = float(typed)  # NaN is as far from all
            rung = min(values, key=lambda value: abs(value - number))
    if rung is not None:
        st.session_state[f"chosen-{name}"] = rung


def _key(name: str) -> str:
    return f"slide-{name}"
