"""Saturation: where a layer's preactivations lie on its activation, and which units are flat or dead."""

from functools import partial

from simulator.ui import boards, chooser, notices, panels, rule, shell

experiment = shell.experiment()
view = shell.view()

notices.facts(rule.saturated(experiment))
notices.theory(experiment)
layer = chooser.layer(experiment, view)
panels.show(boards.saturation(experiment, layer), key="saturation-charts", table=partial(boards.table, experiment))
notices.facts(rule.beside(experiment))
