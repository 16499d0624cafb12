"""A sweep: two processes against one, the same cells without it, the memory of many cells on disk.

python -m benchmarks.sweep [--cells N]
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from simulator import Experiment, Grid, propagate, threads
from simulator.studies.sweep import execution, fill
from simulator.studies.sweep.progress import State
from simulator.studies.sweep.rows import measure

EQUAL = Grid(Experiment(depth=40, width=128, batch=64), seed=range(240))
SMALL = Experiment(depth=5, width=32, batch=8)
ROUNDS = 3


def clocked(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def workers() -> None:
    """One process and two by turns, their start included."""

    def go(count: int) -> None:
        execution.run(EQUAL, range(len(EQUAL)), "summary", len, workers=count)

    times = [(clocked(lambda: go(1)), clocked(lambda: go(2))) for _ in range(ROUNDS)]
    one, two = (statistics.median(side) for side in zip(*times, strict=True))
    ratio = statistics.median(single / double for single, double in times)
    print(f"{len(EQUAL)} equal cells: one worker {one:.1f} s, two {two:.1f} s, ratio {ratio:.2f}", flush=True)


def overhead() -> None:
    """What a cell takes beyond its propagate, here and through one process with its result on disk."""
    grid = Grid(SMALL, seed=range(2000))
    experiments = [grid.cell(cell) for cell in range(len(grid))]

    def bare() -> None:
        with threads.in_one_thread():
            for experiment in experiments:
                propagate(experiment)

    def measured() -> None:
        for cell in range(len(grid)):
            measure(SMALL, grid.values(cell), cell)

    def stored() -> None:
        with tempfile.TemporaryDirectory() as where:
            fill(grid, Path(where) / "out", workers=1)

    times = [(clocked(bare), clocked(measured), clocked(stored)) for _ in range(ROUNDS)]
    floor, here, whole = (1e3 * statistics.median(side) / len(grid) for side in zip(*times, strict=True))
    print(
        f"a cell: bare {floor:.2f} ms, measured {here:.2f} ms, through a process to disk {whole:.2f} ms: "
        f"{whole - floor:.2f} ms more",
        flush=True,
    )


def memory(cells: int) -> None:
    """The driver's peak memory after a tenth of many small cells and at their end."""
    grid = Grid(Experiment(depth=1, width=4, batch=2), seed=range(cells // 10), gain=[k / 5 for k in range(1, 11)])
    marks: list[float] = []

    def note(state: State) -> None:
        if len(marks) < 10 * state.done // state.total:
            marks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

    with tempfile.TemporaryDirectory() as where:
        out = Path(where) / "out"
        seconds = clocked(lambda: fill(grid, out, workers=2, progress=note))
        size = sum(path.stat().st_size for path in out.iterdir()) / 2**20
        count = len(list(out.glob("part-*")))
    print(
        f"{len(grid):,} cells: {seconds:.0f} s, {count} parts, {size:.1f} MiB; driver's peak memory "
        f"{marks[0]:.0f} MiB after a tenth, {marks[-1]:.0f} MiB at the end",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    parser.add_argument("--cells", type=int, default=100_000, help="cells of the sweep whose memory is watched")
    options = parser.parse_args()
    workers()
    overhead()
    memory(options.cells)
    return 0


if __name__ == "__main__":
    sys.exit(main())
