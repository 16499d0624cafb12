"""Gains: what each activation asks of its weights, PyTorch's calculate_gain beside it, and where they disagree."""

from functools import partial

from simulator.ui import panels, shell
from simulator.ui.gains import board, page

experiment = shell.experiment()

results = board.results(experiment)
page.use(experiment, next(result for result in results if str(result.activation) == experiment.activation))
panels.show(
    board.charts(experiment),
    key="gains-charts",
    table=partial(board.table, experiment),
    filename="gains",
)
page.table(results, experiment.activation)
page.fans()
