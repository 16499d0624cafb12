"""Signal: what happens to the variance, layer by layer."""

from functools import partial

import streamlit as st

from simulator.ui import cache, chooser, notices, panels, shell, verdict
from simulator.ui.boards import layers, signal

experiment = shell.experiment()
view = shell.view()

advised = verdict.panel(cache.propagation(experiment))
notices.theory(experiment)
panels.show(signal.overview(experiment), key="signal-charts")

with st.container(key="chooser", horizontal=True):
    quantity = chooser.quantity(view)
    statistic = chooser.statistic(experiment, view)
panels.show(
    signal.profile(experiment, quantity, statistic), key="profile-charts", table=partial(layers.table, experiment)
)
verdict.advise(advised, experiment)
