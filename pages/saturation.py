"""Saturation: where a layer's preactivations lie on its activation, and which units are flat or dead."""

from functools import partial

from simulator.ui import chooser, layers, notices, panels, shell
from simulator.ui.saturation import board as saturation
from simulator.ui.saturation import words as rule

experiment = shell.experiment()
view = shell.view()

layer = chooser.layer(experiment, view)
panels.show(saturation.charts(experiment, layer), key="saturation-charts", table=partial(layers.table, experiment))
notices.facts(rule.saturated(experiment))
notices.facts(rule.beside(experiment))
notices.theory(experiment)
