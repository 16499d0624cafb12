"""Compare: networks side by side, every activation with every init scheme, one network at many gains."""

from functools import partial

import streamlit as st

from simulator.ui import chooser, notices, panels, shell
from simulator.ui.compare import board
from simulator.ui.compare import page as compare

experiment = shell.experiment()
view = shell.view()

sheet = compare.choice("sheet", view)
if sheet == "networks":
    compare.choosers(experiment, view)
    chosen = view.vary, view.compare
    networks, left_out = board.networks(experiment, *chosen)
    compare.removers(experiment, view, networks)
    with st.container(key="chooser", horizontal=True):
        along = compare.choice("along", view)
        arrange = compare.choice("arrange", view)
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
    compare.table(networks)
    compare.facts(view, left_out)
elif sheet == "matrix":
    cells = compare.choice("cells", view)
    go, table = partial(compare.go, experiment), board.matrix(experiment, cells).to_frame
    panels.show(board.matrix_charts(experiment, cells), key="matrix", on_click=go, table=table, filename="matrix")
    notices.facts(board.matrix_facts(experiment, cells))
else:
    compare.take(experiment)
    table = board.sweep(experiment).to_frame
    panels.show(board.sweep_charts(experiment), key="sweep", table=table, filename="gain-sweep")
    notices.facts(board.sweep_facts(experiment))
