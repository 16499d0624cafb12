"""Sweep: every combination of some settings' values, as a map that fills in; finished sweeps to explore."""

from simulator.ui import shell, uploads
from simulator.ui.sweep import page

experiment = shell.experiment()
view = shell.view()

page.panel(experiment, view)
uploads.panel()
