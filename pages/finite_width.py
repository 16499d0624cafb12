"""Finite width: the same network hundreds of times, and the theory of what chance does to it."""

from functools import partial

import streamlit as st

from simulator.ui import chooser, notices, panels, shell
from simulator.ui.finite_width import board, page

experiment = shell.experiment()
view = shell.view()

with st.container(key="chooser", horizontal=True):
    quantity = chooser.histogram_quantity(view)
    networks = page.networks(view)
    examples = page.examples(experiment, view)
panels.show(
    board.charts(experiment, quantity, networks, examples),
    key="finite-width-charts",
    table=partial(board.table, experiment, networks, examples),
    filename="finite-width",
)
notices.facts(page.typical(experiment, quantity, networks, examples))
notices.facts(page.beside(experiment, quantity, networks, examples))
notices.theory(experiment)
