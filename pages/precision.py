"""Number formats: the same network as each of them, float8 to float64, would run it."""

from functools import partial

from simulator.ui import notices, panels, shell
from simulator.ui.precision import board
from simulator.ui.precision import page as precision

experiment = shell.experiment()

panels.show(
    board.charts(experiment), key="precision-charts", table=partial(board.table, experiment), filename="number-formats"
)
precision.summary(experiment)
precision.events(experiment)
precision.limits()
panels.show(board.loss(experiment), key="loss-charts")
notices.theory(experiment)
