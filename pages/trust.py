"""Can I trust it? Published numbers beside the same numbers worked out here."""

from functools import partial

from simulator.ui import notices, panels, shell
from simulator.ui.trust import board
from simulator.ui.trust import page as trust

shell.view()

checks = trust.done()
place = notices.place("trust")
trust.verdict(checks)
panels.show(
    board.charts(checks), key="trust-charts", table=partial(board.table, checks) if checks else None, filename="trust"
)
trust.table(checks)
trust.work_out(place)
