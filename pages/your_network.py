"""Your network: a probe of one's own PyTorch model, saved where the model lives, or two of them to compare."""

from simulator.ui import shell
from simulator.ui.your_network import page

shell.view()

page.panel()
