"""Phase diagram: order and chaos over weight and bias variance, and the maps that lead there."""

from functools import partial

import streamlit as st

from simulator.ui import notices, panels, shell
from simulator.ui.phase_diagram import board, page

experiment = shell.experiment()
view = shell.view()

left, right = st.columns([3, 2], gap="small")
with left:
    with st.container(key="chooser", horizontal=True, vertical_alignment="bottom"):
        quantity = page.quantity(view)
        page.simulate(view)
    panels.show(
        board.plane(experiment, quantity),
        key="plane-charts",
        columns=1,
        table=partial(board.table, experiment),
        filename="phase-diagram",
        on_click=page.go_to_point,
    )
    notices.facts(board.facts(experiment))
    page.place(experiment)
with right:
    shell.curves(page.curves)
panels.show(board.maps(experiment), key="map-charts")
