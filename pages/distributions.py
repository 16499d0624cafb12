"""Distributions: how the values of every layer are spread, as one map and as curves."""

from functools import partial

import streamlit as st

from simulator.ui import chooser, notices, panels, shell
from simulator.ui.distributions import board

experiment = shell.experiment()
view = shell.view()

with st.container(key="chooser", horizontal=True):
    quantity = chooser.histogram_quantity(view)
    axis = chooser.axis(view)
    layers = chooser.layers(experiment, view)
panels.show(board.strip(experiment), key="network-strip", on_click=partial(chooser.toggle_layer, experiment))
panels.show(
    board.charts(experiment, quantity, axis, layers),
    key="distributions-charts",
    table=partial(board.table, experiment, quantity),
    filename=f"distributions-{quantity}",
)
notices.theory(experiment)
