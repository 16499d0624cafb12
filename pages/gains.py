"""Gains: what each activation asks of its weights, PyTorch's calculate_gain beside it, and where they disagree."""

from functools import partial

from simulator.ui import panels, shell
from simulator.ui.gains import board
from simulator.ui.gains import page as gains

experiment = shell.experiment()

results = board.results(experiment)
gains.use(experiment, next(result for result in results if str(result.activation) == experiment.activation))
panels.show(
    board.charts(experiment),
    key="gains-charts",
    table=partial(board.table, experiment),
    filename="gains",
)
gains.table(results, experiment.activation)
gains.fans()
