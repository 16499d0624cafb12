"""Compare: networks side by side, every activation with every init scheme, one network at many gains."""

from functools import partial

import streamlit as st

from simulator.ui import chooser, notices, panels, shell
from simulator.ui.compare import board, page

experiment = shell.experiment()
view = shell.view()

sheet = page.choice("sheet", view)
if sheet == "networks":
    page.choosers(experiment, view)
    chosen = view.vary, view.compare
    networks, left_out = board.networks(experiment, *chosen)
    page.removers(experiment, view, networks)
    with st.container(key="chooser", horizontal=True):
        along = page.choice("along", view)
        arrange = page.choice("arrange", view)
        quantity = chooser.quantity(view)
        statistic = chooser.statistic(experiment, view)
    if arrange == "overlay":
        panels.show(board.overview(experiment, *chosen, along), key="compare-charts")
    panels.show(
        board.profile(experiment, *chosen, arrange, along, quantity, statistic),
        key="compare-profile",
        table=partial(board.table, experiment, *chosen),
        filename="comparison",
    )
    page.table(networks)
    page.facts(view, left_out)
elif sheet == "matrix":
    cells = page.choice("cells", view)
    go_to_cell, table = partial(page.go_to_cell, experiment), board.matrix(experiment, cells).to_frame
    panels.show(
        board.matrix_charts(experiment, cells), key="matrix", on_click=go_to_cell, table=table, filename="matrix"
    )
    notices.facts(board.matrix_facts(experiment, cells))
else:
    page.gain_button(experiment)
    table = board.sweep(experiment).to_frame
    panels.show(board.sweep_charts(experiment), key="sweep", table=table, filename="gain-sweep")
    notices.facts(board.sweep_facts(experiment))
