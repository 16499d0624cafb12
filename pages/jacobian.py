"""Jacobian: the singular values of the input-output Jacobian, Gaussian beside orthogonal weights."""

from functools import partial

from simulator.ui import notices, panels, shell
from simulator.ui.jacobian import board as jacobian

experiment = shell.experiment()

panels.show(jacobian.spectra(experiment), key="spectrum-charts")
panels.show(
    jacobian.profiles(experiment),
    key="jacobian-charts",
    table=partial(jacobian.table, experiment),
    filename="jacobian",
)
notices.facts(jacobian.facts(experiment))
notices.theory(experiment)
