"""Jacobian: the singular values of the input-output Jacobian, Gaussian beside orthogonal weights."""

from functools import partial

from simulator.ui import notices, panels, shell
from simulator.ui.jacobian import board

experiment = shell.experiment()

panels.show(board.spectra(experiment), key="spectrum-charts")
panels.show(
    board.profiles(experiment),
    key="jacobian-charts",
    table=partial(board.table, experiment),
    filename="jacobian",
)
notices.facts(board.facts(experiment))
notices.theory(experiment)
