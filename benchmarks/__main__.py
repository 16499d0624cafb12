"""One network forward and backward with all statistics, over widths: ours, and PyTorch doing the same job beside it.

python -m benchmarks [--csv FILE]
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from simulator import Experiment, propagate

COMPARED = (256, 512, 1024, 2048, 4096)
ALONE = (8192, 16384, 32768, 65536)
DEPTH, BATCH = 50, 64


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--csv", type=Path, default=None, help="write the table to this file too")
    options = parser.parse_args()
    torch_there = importlib.util.find_spec("torch") is not None
    if not torch_there:
        print("PyTorch is not installed (pip install torch): our times alone.", file=sys.stderr)
    rows = []
    for width in (*COMPARED, *ALONE):
        depth = DEPTH if width in COMPARED else 10
        experiment = Experiment(activation="relu", init="he_normal", depth=depth, width=width, batch=BATCH)
        theirs = _theirs(experiment) if torch_there and width in COMPARED else None
        rows.append(_row(experiment, theirs))
        print("  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
    if options.csv is not None:
        with options.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return 0


def _theirs(experiment: Experiment) -> Callable[[], object]:
    from benchmarks import pytorch

    return partial(pytorch.run, experiment)


def _row(experiment: Experiment, theirs: Callable[[], object] | None) -> dict[str, str]:
    """Medians of interleaved rounds, after one that is not counted."""
    rounds = 7 if experiment.width <= 1024 else 3
    times = [(_clocked(partial(propagate, experiment)), _clocked(theirs)) for _ in range(rounds + 1)][1:]
    ours = statistics.median(mine for mine, _ in times)
    row = {
        "width": str(experiment.width),
        "depth": str(experiment.depth),
        "batch": str(experiment.batch),
        "engine": "matrix_free" if experiment.matrix_free else "dense",
        "ours_ms": f"{1e3 * ours:.1f}",
        "ours_ms_per_layer": f"{1e3 * ours / experiment.depth:.3f}",
        "pytorch_ms": "",
        "ratio": "",
    }
    if theirs is not None:
        row["pytorch_ms"] = f"{1e3 * statistics.median(other for _, other in times):.1f}"
        row["ratio"] = f"{statistics.median(other / mine for mine, other in times):.2f}"
    return row


def _clocked(call: Callable[[], object] | None) -> float:
    if call is None:
        return 0.0
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
