"""Signal: what happens to the variance, layer by layer."""

from functools import partial

import streamlit as st

from simulator.ui import boards, cache, chooser, notices, panels, shell, verdict

experiment = shell.experiment()
view = shell.view()

verdict.panel(cache.propagation(experiment))
notices.theory(experiment)
panels.show(boards.signal(experiment), key="signal-charts")

with st.container(key="chooser", horizontal=True):
    quantity = chooser.quantity(view)
    statistic = chooser.statistic(experiment, view)
panels.show(
    boards.profile(experiment, quantity, statistic), key="profile-charts", table=partial(boards.table, experiment)
)
