"""Number formats: the same network as each of them, float8 to float64, would run it."""

from functools import partial

from simulator.ui import notices, panels, shell
from simulator.ui.precision import board, page

experiment = shell.experiment()

panels.show(
    board.charts(experiment), key="precision-charts", table=partial(board.table, experiment), filename="number-formats"
)
page.summary(experiment)
page.events(experiment)
page.limits()
panels.show(board.loss(experiment), key="loss-charts")
notices.theory(experiment)
