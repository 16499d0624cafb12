"""Code and report: the present network as a script for another framework, and as one file to take away."""

from simulator.ui import panels, shell
from simulator.ui.code import board as code
from simulator.ui.code import page as export

experiment = shell.experiment()
view = shell.view()

export.script(experiment, view)
export.report(experiment)
panels.show(code.charts(experiment), key="code-charts")
