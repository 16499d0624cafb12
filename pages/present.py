"""Present: one scene at a time for a projector, turned with the arrow keys."""

from simulator.ui import cache, notices, panels, present, shell
from simulator.ui.boards import present as board

shell.view()
present.stage()
experiment = shell.experiment()
notices.plain(cache.propagation(experiment).verdict.headline, kind="headline")
panels.show(board.chart(experiment), key="present-charts")
present.chooser()
