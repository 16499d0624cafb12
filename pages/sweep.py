"""Sweep: every combination of some settings' values, as a map that fills in; finished sweeps to explore."""

from simulator.ui import shell, uploads
from simulator.ui.sweep import page as sweep

experiment = shell.experiment()
view = shell.view()

sweep.panel(experiment, view)
uploads.panel()
