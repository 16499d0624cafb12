"""Widgets of single pages: each shows one setting of the View and keeps it in the link."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from simulator.experiment import Experiment
from simulator.settings import Settings
from simulator.statistics import QUANTITIES, STATISTICS
from simulator.studies.distributions import HISTOGRAM_QUANTITIES
from simulator.ui import host, notices, state
from simulator.ui.measured import statistics_of
from simulator.ui.view import View

AXES = {"value": "value", "rms": "value / rms", "log10": "log₁₀ |value|"}


def quantity(view: View) -> str:
    """A choice among what is measured at every layer."""
    return _quantity(tuple(QUANTITIES), view.quantity)


def histogram_quantity(view: View) -> str:
    """A choice among what has a value per unit and example."""
    shown = view.quantity if view.quantity in HISTOGRAM_QUANTITIES else HISTOGRAM_QUANTITIES[0]
    return _quantity(HISTOGRAM_QUANTITIES, shown)


def _quantity(names: tuple[str, ...], shown: str) -> str:
    chosen: str = st.selectbox(
        "Quantity",
        names,
        key=state.show("quantity", shown),
        format_func=_named,
        help=_about("quantity"),
        filter_mode=None,
    )
    return chosen


def statistic(experiment: Experiment, view: View) -> str:
    """A choice among the statistics that are reported of the view's quantity."""
    shown = view.shown_statistic(experiment)
    chosen: str = st.selectbox(
        "Statistic",
        statistics_of(view.quantity, experiment),
        key=state.show("statistic", shown),
        format_func=_words,
        help=notices.escape(STATISTICS[shown].about),
        filter_mode=None,
    )
    return chosen


def among(name: str, titles: Mapping[str, str], shown: Settings, label: str = "") -> str:
    """A choice among values of one setting of the page's own, a row of buttons with these titles."""
    about, value = shown.settings()[name], str(getattr(shown, name))
    chosen = st.segmented_control(
        label or about.title, list(titles), key=state.show(name, value), format_func=titles.__getitem__,
        help=notices.escape(about.help), required=True,
    )  # fmt: skip
    return str(chosen or value)


def axis(view: View) -> str:
    """A choice of the scale that distributions are drawn on."""
    return among("axis", AXES, view)


def layer(experiment: Experiment, view: View) -> int:
    """A choice of one layer, 1..depth."""
    about, depth = View.settings()["layer"], experiment.depth
    if depth == 1:
        return 1
    chosen: int = st.slider(
        "Layer l", 1, depth, key=state.show("layer", view.shown_layer(experiment), depth), help=about.help
    )
    return chosen


def layers(experiment: Experiment, view: View) -> tuple[int, ...]:
    """A choice of several layers, as text."""
    about = View.settings()["layers"]
    spread = "-".join(map(str, View().shown_layers(experiment)))
    st.text_input(about.title, key=state.show("layers", view.layers), placeholder=spread, help=about.help)
    notices.complaint("layers")
    return view.shown_layers(experiment)


def toggle_layer(experiment: Experiment, clicked: host.Clicked) -> None:
    """Add a clicked layer to those that are drawn, or take it away; the last one stays."""
    if not isinstance(clicked.get("x"), int | float):  # a browser may say anything
        return
    shown = set(state.view().shown_layers(experiment)) ^ {round(clicked["x"])}
    if shown and min(shown) >= 1 and max(shown) <= experiment.depth:
        state.change_view({"layers": "-".join(map(str, sorted(shown)))})
        state.run_all()


def _about(name: str) -> str:
    return notices.escape(View.settings()[name].help)


def _named(quantity: str) -> str:
    return f"{_words(quantity)}, {QUANTITIES[quantity]}"


def _words(name: str) -> str:
    return name.replace("_", " ")
