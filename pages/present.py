"""Present: one scene at a time for a projector, turned with the arrow keys."""

from simulator.ui import cache, panels, present, shell
from simulator.ui.boards import signal as board

shell.view()
present.stage()
experiment = shell.experiment()
present.headline(cache.propagation(experiment).verdict)
panels.show(board.overview(experiment), key="present-charts")
present.chooser()
