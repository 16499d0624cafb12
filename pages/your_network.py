"""Your network: a probe of one's own PyTorch model, saved where the model lives, or two of them to compare."""

from simulator.ui import own, shell

shell.view()

own.panel()
