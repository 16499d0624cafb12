"""The page Signal: verdict and curves, which follow a slider, and one layer from near."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from simulator.experiment import Experiment
from simulator.ui import cache, host, panels, presets, shell, verdict
from simulator.ui.saturation import board as saturation
from simulator.ui.signal import board


def curves() -> DeltaGenerator:
    """The verdict and the three curves; returns the place for advice."""
    experiment = shell.experiment()
    place = verdict.panel(cache.propagation(experiment), presets.see(), presets.slips())
    _look_into(experiment, panels.show(board.overview(experiment), key="signal-charts"))
    return place


def _look_into(experiment: Experiment, clicked: host.Clicked | None) -> None:
    """Show where a clicked layer's preactivations lie on its activation and its slope; nothing without a click."""
    if clicked is None or not isinstance(clicked.get("x"), int | float):  # a browser may say anything
        return
    number = min(max(1, round(clicked["x"])), experiment.depth)
    st.dialog(f"Layer {number} of {experiment.depth}", width="large")(partial(_layer, experiment, number))()


def _layer(experiment: Experiment, number: int) -> None:
    panels.show(saturation.profile(experiment, number), key="layer-charts")
