"""Can I trust it? Published numbers beside the same numbers worked out here."""

from functools import partial

from simulator.ui import notices, panels, shell
from simulator.ui.trust import board, page

shell.view()

checks = page.done()
place = notices.place("trust")
page.verdict(checks)
panels.show(
    board.charts(checks), key="trust-charts", table=partial(board.table, checks) if checks else None, filename="trust"
)
page.table(checks)
page.work_out(place)
