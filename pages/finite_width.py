"""Finite width: the same network hundreds of times, and the theory of what chance does to it."""

from functools import partial

import streamlit as st

from simulator.ui import chooser, notices, panels, shell
from simulator.ui.finite_width import board
from simulator.ui.finite_width import page as finite_width

experiment = shell.experiment()
view = shell.view()

with st.container(key="chooser", horizontal=True):
    quantity = chooser.histogram_quantity(view)
    networks = finite_width.networks(view)
    examples = finite_width.examples(experiment, view)
panels.show(
    board.charts(experiment, quantity, networks, examples),
    key="finite-width-charts",
    table=partial(board.table, experiment, networks, examples),
    filename="finite-width",
)
notices.facts(finite_width.typical(experiment, quantity, networks, examples))
notices.facts(finite_width.beside(experiment, quantity, networks, examples))
notices.theory(experiment)
