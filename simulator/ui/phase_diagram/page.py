"""The page Phase diagram: choose its colour, and go to another place in the plane."""

from __future__ import annotations

import math

import streamlit as st

from simulator.experiment import Experiment
from simulator.theory.phase_point import PhasePoint, phase_point, placed
from simulator.ui import chooser, host, panels, state
from simulator.ui.signal import board as signal
from simulator.ui.view import View
from simulator.ui.whole import whole

QUANTITIES = {
    "chi_1": "χ₁",
    "q_star": "q*",
    "xi_c": "depth scale ξ",
    "trainable_depth": "trainable depth",
    "survival": "survival",
}

_WEIGHTS, _BIASES = "place_sigma_w2", "place_sigma_b2"
_DIGITS = 5
_MOST = 1e6


def quantity(view: View) -> str:
    """A choice of what the plane shows."""
    return chooser.among("plane", QUANTITIES, view)


def simulate(view: View) -> None:
    """The button that simulates a network at every place of the plane."""
    st.button(
        "Simulate the plane",
        key="simulate_plane",
        icon=":material/play_arrow:",
        disabled=view.plane == "survival",
        help="Runs networks at every weight and bias variance, and lays theory over what became of their signals.",
        on_click=state.change_view,
        args=({"plane": "survival"},),
    )


def go_to_point(clicked: host.Clicked) -> None:
    """Bring the experiment to a place that was clicked, or that its point is being dragged over."""
    state.drag(clicked.get("dragged") is True)
    _move(float(clicked["x"]), float(clicked["y"]))


def curves() -> None:
    """Signal, gradient and saturation of the experiment: they follow its point."""
    panels.show(signal.overview(state.experiment(), columns=1), key="phase-curves")


def place(experiment: Experiment) -> None:
    """The experiment's place in numbers, which can be typed as well."""
    point = phase_point(experiment)
    here = (point.sigma_w2, point.sigma_b2) if isinstance(point, PhasePoint) else (None, None)
    for key, value in zip((_WEIGHTS, _BIASES), here, strict=True):
        st.session_state[key] = None if value is None else _short(min(value, _MOST))
    with st.container(key="place", horizontal=True):
        for key, label, words in (
            (_WEIGHTS, "Weight variance n Var W", "Times fan-in; sets the gain."),
            (_BIASES, "Bias variance Var b", "Sets the law of the biases."),
        ):
            st.number_input(
                label, 0.0, _MOST, key=key, step=_step(st.session_state[key]), format="%g", help=words, on_change=_typed
            )


@whole
def _typed() -> None:
    weights, biases = (st.session_state[key] for key in (_WEIGHTS, _BIASES))
    if weights is not None:
        _move(weights, biases or 0.0)


def _move(sigma_w2: float, sigma_b2: float) -> None:
    state.change(placed(state.experiment(), _short(max(sigma_w2, 0.0)), _short(max(sigma_b2, 0.0))))


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _step(value: float | None) -> float:
    return float(10.0 ** math.floor(math.log10(value / 5))) if value else 0.05
