"""A slider that moves the charts while it is moved: what its component says becomes a setting as any widget's value.

Streamlit's own slider says nothing before the mouse lets go. This one is a v2 component (charts/browser/slider.js)
around a native range input. Its state is {"told": {"value": ..., "dragged": ...}}; only this module knows that: the
session keeps the value under the setting's own name, where a preset or a link puts it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache, partial
from itertools import count
from typing import Any

import streamlit as st

from simulator.experiment import Experiment
from simulator.settings import Setting
from simulator.ui import cache, host, state
from simulator.values import number_text

LIVE_SECONDS = 0.1
"""Estimated seconds of a run up to which a drag moves the charts."""

NAMES = ("depth", "width", "gain")
"""The settings that have such a slider."""

_HTML = (
    '<div class="sim-slider"><label></label><input type="range" min="0" step="1">'
    '<input class="number" type="text" inputmode="decimal"></div>'
)
_TURNS = count()


def slider(about: Setting, label: str, rungs: Sequence[int | float], *, help: str, disabled: bool) -> None:
    """The slider of a setting with these values, among them the one that holds."""
    name, held = about.name, st.session_state[about.name]
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
    with st.container(key=name):
        _component()(key=_key(name), data=data, on_told_change=partial(_moved, about, tuple(rungs)))


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


def _moved(about: Setting, rungs: Sequence[int | float]) -> None:
    told = st.session_state[_key(about.name)].get("told")
    if not isinstance(told, dict):
        return
    found = next((rung for rung in rungs if number_text(rung) == told.get("value")), None)
    if found is not None:
        st.session_state[about.name] = found
        state.drag(told.get("dragged") is True)
        state.settle(about.name)
        return
    with suppress(ValueError):  # typed; what is out of bounds is answered with a sentence
        typed = float(str(told.get("value")))
        st.session_state[about.name] = int(typed) if typed.is_integer() else typed


def _key(name: str) -> str:
    return f"slide-{name}"
