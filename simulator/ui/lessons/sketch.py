"""The page's place to draw a prediction in: a component of its own (charts/browser/sketch.js)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import streamlit as st

from simulator.figures import curve_layers
from simulator.figures.figure import Figure
from simulator.lessons.networks import FATE_DECADES
from simulator.lessons.sketch import POINTS, SPAN, Sketch, points
from simulator.ui import host
from simulator.ui.whole import whole

_KEY = "sketch-pad"
_HTML = (
    '<figure class="sim-sketch">'
    '<figcaption><h3></h3><p></p><button type="button">That is my curve</button></figcaption>'
    '<div class="pad"><svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
    '<rect x="0" width="100"></rect><path></path></svg></div></figure>'
)


def show(sketch: Sketch, figure: Figure, sentence: str, act: Callable[[str], None], *, disabled: bool) -> None:
    """A frame to draw the curve of `figure` in; `act` is given what was drawn, before the page is drawn again."""
    host.serve()
    first, last = curve_layers(figure, sketch.label, backward=sketch.backward)
    data = {
        "title": f"{figure.title}: {sketch.label}",
        "caption": "Draw how its mean square goes from layer to layer, or say it with a button above.",
        "first": first,
        "last": last,
        "points": POINTS,
        "span": SPAN,
        "hold": FATE_DECADES,
        "steps": [20, 10, 0, -10, -20],
        "told": sentence,
        "disabled": disabled,
    }
    with st.container(key="sketch"):
        _component()(key=_KEY, data=data, on_drawn_change=partial(_drawn, act))


@whole
def _drawn(act: Callable[[str], None]) -> None:
    drawn = st.session_state[_KEY].get("drawn")
    if isinstance(drawn, str) and points(drawn):
        act(drawn)


@lru_cache(maxsize=1)
def _component() -> Any:
    return host.component("simulator_sketch", "sketch.js", _HTML)
