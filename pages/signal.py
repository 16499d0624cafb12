"""Signal: what happens to the variance, layer by layer."""

from functools import partial

import streamlit as st

from simulator.ui import chooser, layers, notices, panels, shell, verdict
from simulator.ui.signal import board, page

advised = shell.curves(page.curves)
experiment = shell.experiment()
view = shell.view()
with st.container(key="chooser", horizontal=True):
    quantity = chooser.quantity(view)
    statistic = chooser.statistic(experiment, view)
panels.show(
    board.profile(experiment, quantity, statistic), key="profile-charts", table=partial(layers.table, experiment)
)
notices.theory(experiment)
verdict.advise(advised, experiment)
