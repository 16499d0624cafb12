"""One network forward and backward with all statistics, over widths and depths; PyTorch doing the same job beside it.

python -m benchmarks [--csv FILE] [--picture FILE]
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import picture
from simulator import Experiment, propagate

COMPARED = (256, 512, 1024, 2048, 4096)
ALONE = (8192, 16384, 32768, 65536)
DEPTH, BATCH, SHALLOW = 50, 64, 10
DEPTHS, WIDTH = (25, 50, 100, 200, 400), 1024

Row = dict[str, str]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--csv", type=Path, default=None, help="write the table to this file too")
    parser.add_argument("--picture", type=Path, default=None, help="draw the table into this SVG file")
    options = parser.parse_args()
    torch_there = importlib.util.find_spec("torch") is not None
    if not torch_there:
        print("PyTorch is not installed (pip install torch): our times alone.", file=sys.stderr)
    by_width = [
        _row(width, DEPTH if width in COMPARED else SHALLOW, torch_there and width in COMPARED)
        for width in (*COMPARED, *ALONE)
    ]
    by_depth = [_row(WIDTH, depth, compared=False) for depth in DEPTHS]
    wide = [row for row in by_width if int(row["width"]) >= WIDTH]
    print(f"time a layer ~ width^{_exponent(wide, 'width', 'ours_ms_per_layer'):.2f} from width {WIDTH:,}")
    print(f"time ~ depth^{_exponent(by_depth, 'depth', 'ours_ms'):.2f} at width {WIDTH:,}")
    if options.csv is not None:
        with options.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(by_width[0]))
            writer.writeheader()
            writer.writerows([*by_width, *by_depth])
    if options.picture is not None:
        title = f"Time a layer by width, forward and backward, batch {BATCH}"
        options.picture.write_text(picture.draw(by_width, title), encoding="utf-8")
    return 0


def _row(width: int, depth: int, compared: bool) -> Row:
    """Medians of interleaved rounds, after one that is not counted."""
    experiment = Experiment(activation="relu", init="he_normal", depth=depth, width=width, batch=BATCH)
    theirs = _theirs(experiment) if compared else None
    rounds = 7 if width <= 1024 else 3
    times = [(_clocked(partial(propagate, experiment)), _clocked(theirs)) for _ in range(rounds + 1)][1:]
    ours = statistics.median(mine for mine, _ in times)
    row = {
        "width": str(width),
        "depth": str(depth),
        "batch": str(BATCH),
        "engine": "matrix_free" if experiment.matrix_free else "dense",
        "ours_ms": f"{1e3 * ours:.1f}",
        "ours_ms_per_layer": f"{1e3 * ours / depth:.3f}",
        "pytorch_ms": "",
        "ratio": "",
    }
    if compared:
        row["pytorch_ms"] = f"{1e3 * statistics.median(other for _, other in times):.1f}"
        row["ratio"] = f"{statistics.median(other / mine for mine, other in times):.2f}"
    print("  ".join(f"{name} {value}" for name, value in row.items() if value), flush=True)
    return row


def _theirs(experiment: Experiment) -> Callable[[], object]:
    from benchmarks import pytorch

    return partial(pytorch.run, experiment)


def _exponent(rows: Sequence[Row], by: str, of: str) -> float:
    """The slope of log `of` against log `by`."""
    x, y = (np.log([float(row[name]) for row in rows]) for name in (by, of))
    return float(np.polyfit(x, y, 1)[0])


def _clocked(call: Callable[[], object] | None) -> float:
    if call is None:
        return 0.0
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
