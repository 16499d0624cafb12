"""Signal: what happens to the variance, layer by layer."""

from functools import partial

import streamlit as st

from simulator.ui import chooser, notices, panels, shell, signal, verdict
from simulator.ui.boards import layers
from simulator.ui.boards import signal as board

advised = shell.curves(signal.curves)
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
