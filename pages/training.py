"""Training: a short run of gradient descent on real data, several init schemes or wirings side by side."""

from simulator.ui import shell
from simulator.ui.training import page as training

experiment = shell.experiment()
training.panel(experiment, training.choosers(experiment))
