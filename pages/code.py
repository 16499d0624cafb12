"""Code and report: the present network as a script for another framework, and as one file to take away."""

from simulator.ui import panels, shell
from simulator.ui.code import board, page

experiment = shell.experiment()
view = shell.view()

page.script(experiment, view)
page.report(experiment)
panels.show(board.charts(experiment), key="code-charts")
