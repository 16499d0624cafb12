"""The command line in a process whose sweep stands still on the way: python -m tests.standing TAKES sweep ...

Its first portion is a part on disk at once, later ones wait in memory for the end. After TAKES portions it says so on
standard output and goes on only when something comes on standard input.
"""

from __future__ import annotations

import signal
import sys

from simulator.cli import main
from simulator.studies.sweep import cluster, execution, store
from simulator.studies.sweep.rows import Rows


class Standing(store.SweepStore):
    """Tells of its state, on a clock that never moves."""

    def __init__(self, *arguments: object, **more: object) -> None:
        super().__init__(*arguments, **more, clock=lambda: 0.0)  # type: ignore[arg-type]
        self.added = 0

    def add(self, rows: Rows) -> None:
        super().add(rows)
        self.added += 1
        if self.added == 1:
            self.flush()
        if self.added == int(sys.argv[1]):
            sys.stdout.write("standing\n")
            sys.stdout.flush()
            sys.stdin.readline()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell runs the tests in the background
    store.SweepStore = Standing  # type: ignore[misc]
    execution.MOST_CELLS, cluster.ALONE = 4, 2.0
    sys.exit(main(sys.argv[2:]))
