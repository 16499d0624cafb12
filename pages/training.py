"""Training: a short run of gradient descent on real data, several init schemes or wirings side by side."""

from simulator.ui import shell
from simulator.ui.training import page

experiment = shell.experiment()
page.panel(experiment, page.choosers(experiment))
