"""Saturation: where a layer's preactivations lie on its activation, and which units are flat or dead."""

from functools import partial

from simulator.ui import chooser, layers, notices, panels, shell
from simulator.ui.saturation import board, words

experiment = shell.experiment()
view = shell.view()

layer = chooser.layer(experiment, view)
panels.show(board.charts(experiment, layer), key="saturation-charts", table=partial(layers.table, experiment))
notices.facts(words.saturated(experiment))
notices.facts(words.beside(experiment))
notices.theory(experiment)
