"""The command that runs many experiments: simulator sweep."""

from __future__ import annotations

import argparse
import re
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import pandas as pd

from simulator.cli import flags, pictures, printing
from simulator.experiment import Experiment
from simulator.grid import Grid
from simulator.settings import SettingError, echo, number_text, one_of
from simulator.studies import sweep as study
from simulator.studies.sweep.progress import State
from simulator.studies.sweep.ready import READY, Picture
from simulator.studies.sweep.rows import KEEPS

ABOUT = "Simulate every combination of some settings' values."

EXAMPLE = """\
example, as it stands:
  simulator sweep --grid "init=xavier_normal,he_normal,normal(std=0.05)" --grid "gain=0.5:2:7" \\
    --activation relu --depth 20 --width 64 --batch 16 --output sweep-of-gains

  Run again it goes on where it stopped, after Ctrl-C, a crash or kill -9 alike; with more values it adds their cells.
  Read the result with simulator.load_sweep("sweep-of-gains") or pandas.read_parquet("sweep-of-gains").

values of --grid (once for each varied setting):
  init=he_normal,normal(std=0.01)   a list; commas inside brackets belong to the value
  gain=0.5:2:7                      7 numbers from 0.5 to 2, evenly spaced
  depth=2:200:7:log                 7 numbers evenly spaced in their logarithm
  bias=normal(std=0:0.5:6)          the same inside a value

ready-made studies:
"""


def add(parser: argparse.ArgumentParser) -> None:
    """The command's flags and its help."""
    ready = "".join(
        f"  {name}: {about.about}\n    simulator sweep --study {name} --output {name} --picture {name}.html\n"
        for name, about in READY.items()
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLE + ready
    parser.add_argument("--grid", action="append", metavar="SETTING=VALUES", help="a setting to vary, and its values")
    parser.add_argument("--study", metavar="NAME", help=f"a ready-made grid: {', '.join(READY)}")
    parser.add_argument("--keep", default="summary", metavar="WHAT", help="summary (default) or layers: " + "; ".join(
        f"{name} keeps {about}" for name, about in KEEPS.items()))  # fmt: skip
    parser.add_argument("--output", metavar="DIR", help="write Parquet parts to this directory, or go on with it")
    parser.add_argument(
        "--format", choices=["table", "csv", "json"], default=None,
        help="print the result in this format (default: table, and nothing with --output)",
    )  # fmt: skip
    parser.add_argument("--picture", metavar="FILE.html", help="draw the result into a web page")
    parser.add_argument("--workers", metavar="INT", help="processes on this machine (default: one a core)")
    parser.add_argument("--dask", metavar="ADDRESS", help="run on a Dask scheduler, such as tcp://scheduler:8786")
    parser.add_argument("--retry-failed", action="store_true", help="compute cells of --output again that failed")
    parser.add_argument(
        "--mixed-kernels",
        action="store_true",
        help="let processors of several kinds add to one sweep",
    )
    flags.add_settings(parser)


def run(arguments: argparse.Namespace) -> int:
    """simulator sweep."""
    grid, picture = _asked(arguments)
    workers = _workers(arguments.workers)
    if arguments.dask is not None and workers is not None:
        raise SettingError("--workers and --dask exclude each other: the scheduler has workers of its own.")
    keep = one_of(arguments.keep, tuple(KEEPS), "--keep")
    if arguments.picture is not None:
        pictures.check(arguments.picture, grid, picture)
    output = arguments.output
    retry, mixed = arguments.retry_failed, arguments.mixed_kernels
    if retry and output is None:
        raise SettingError("--retry-failed needs --output DIR, whose failed cells are computed again.")
    due = study.estimate(grid) if output is None else study.missing(grid, output, keep, retry=retry, mixed=mixed)
    _say(f"To compute: {due}." if due.cells else f"Nothing to compute: {output} has all {len(grid):,}.")
    report = _Reporter() if sys.stderr.isatty() else None
    try:
        with _executor(arguments.dask, mixed) as executor:
            frame, left = _compute(grid, executor, workers, keep, output, report, mixed)
    except KeyboardInterrupt:
        _say(_stopped(grid, output, keep, mixed), end=report)
        return 130
    except RuntimeError as error:
        _say(str(error), end=report)
        _say(_stopped(grid, output, keep, mixed))
        return 1
    if left:
        return 1
    if arguments.picture is not None:
        frame = study.load(output) if frame is None else frame
        pictures.write(arguments.picture, pictures.drawn(frame, grid, picture))
    if output is None or arguments.format is not None:
        _print(arguments, grid, study.load(output) if frame is None else frame)
    return 0


def _compute(
    grid: Grid,
    executor: Executor | None,
    workers: int | None,
    keep: str,
    output: str | None,
    report: _Reporter | None,
    mixed: bool,
) -> tuple[pd.DataFrame | None, bool]:
    """The table, or None where it is on disk: it may be larger than memory; and whether cells have no result."""
    with warnings.catch_warnings(record=True, category=RuntimeWarning) as warned:
        warnings.simplefilter("always", RuntimeWarning)
        if output is None:  # what failed is told below the table
            return study.sweep(grid, executor, workers=workers, keep=keep, progress=report), False
        left = study.fill(grid, output, executor, workers=workers, keep=keep, progress=report, mixed=mixed)
    for warning in warned:
        _say(str(warning.message), end=report)
    return None, bool(left)


def _asked(arguments: argparse.Namespace) -> tuple[Grid, Picture | None]:
    """The grid, and the picture that a ready-made study has; raises SettingError."""
    given = {name: value for name in Experiment.settings() if (value := getattr(arguments, name)) is not None}
    if arguments.study is not None:
        ready = READY[one_of(arguments.study, tuple(READY), "--study")]
        if arguments.grid:
            raise SettingError("--study has a grid of its own; leave out --grid or --study.")
        varied = [name for name in ready.grid().axes if name in given]
        if varied:
            raise SettingError(f"--study {arguments.study} varies {varied[0]}; leave out --{varied[0]}.")
        return ready.grid(given), ready.picture
    if not arguments.grid:
        raise SettingError("sweep needs --grid SETTING=VALUES or --study NAME. See simulator sweep --help.")
    grid = Grid.parse(arguments.grid, flags.experiment(arguments))
    if "inputs" in grid.axes:
        laws = [flags.with_table(str(law), arguments.table) for law in grid.axes["inputs"]]
        grid = Grid(grid.experiment, **{**grid.axes, "inputs": laws})
    both = [name for name in grid.axes if name in given]
    if both:
        flag = both[0].replace("_", "-")
        raise SettingError(f"--grid varies {both[0]}; leave out --{flag}.")
    return grid, None


def _workers(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch("[1-9][0-9]?", text) or int(text) > 60:
        raise SettingError(f"--workers must lie in [1, 60]; got {echo(text)}.")
    return int(text)


@contextmanager
def _executor(address: str | None, mixed: bool) -> Iterator[Executor | None]:
    if address is None:
        yield None
        return
    try:
        from distributed import Client

        from simulator.studies.sweep.versions import unlike, versions
    except ImportError:
        raise SettingError(
            "--dask needs the package distributed: pip install 'variance-propagation-simulator[dask]'."
        ) from None
    try:
        client: Any = cast(Any, Client)(address, timeout=5, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise SettingError(f"--dask {address} does not answer: {type(error).__name__}.") from None
    with client:
        try:
            there = client.run(versions)
            others = [made_by for made_by in there.values() if unlike(made_by, versions(), mixed=mixed)]
        except Exception as error:  # whatever a worker may raise that has no simulator
            raise SettingError(f"--dask {address} has workers without this package: {type(error).__name__}.") from None
        if others:
            raise SettingError(f"--dask {address} has workers with {others[0]}, this is {versions()}.")
        if not there:
            _say(f"--dask {address} has no worker yet; the cells wait for one.")
        yield client.get_executor(pure=False)


class _Reporter:
    """One line on the terminal that is written over."""

    def __call__(self, state: State) -> None:
        print(f"\r\033[K{state}", end="", file=sys.stderr, flush=True)
        if state.done == state.total:
            self.end()

    def end(self) -> None:
        """Take the line away."""
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def _say(sentence: str, end: _Reporter | None = None) -> None:
    if end is not None:
        end.end()
    print(sentence, file=sys.stderr, flush=True)


def _stopped(grid: Grid, output: str | None, keep: str, mixed: bool) -> str:
    if output is None:
        return "Stopped; nothing is kept without --output DIR."
    left = study.missing(grid, output, keep, mixed=mixed)
    return (f"Stopped: {len(grid) - left.cells:,} of {len(grid):,} cells are kept in {output}; "
            "the same command goes on from there.")  # fmt: skip


def _print(arguments: argparse.Namespace, grid: Grid, frame: pd.DataFrame) -> None:
    failed = frame[frame["error"].astype(object) != ""]
    lines = [f"{len(grid):,} cells, {failed['cell'].nunique():,} failed."]
    lines += [f"Cell {row.cell}: {row.error}" for row in failed.head(5).itertuples()]
    arguments.format, arguments.output = arguments.format or "table", None
    settings = {**flags.settings(grid.experiment), **{name: list(values) for name, values in grid.axes.items()}}
    if arguments.format == "json":  # it has no infinity, which is the decades of an exact zero
        frame = frame.assign(value=frame["value"].where(np.isfinite(frame["value"])))
    printing.write(arguments, settings, lines[0], frame, lines, _table(frame, grid))


_COLUMNS = {
    ("activation", "variance"): "last activation variance",
    ("signal", "decades"): "signal decades",
    ("gradient", "decades"): "gradient decades",
    ("activation", "saturated_fraction"): "saturated",
    ("network", "survives"): "survives",
}


def _table(frame: pd.DataFrame, grid: Grid) -> list[str]:
    """A line a cell: the varied settings and the main numbers, the median over networks."""
    last = frame.groupby("cell")["layer"].transform("max")
    rows = frame[frame["layer"] == last]
    shown = {
        pair: rows[(rows["quantity"] == pair[0]) & (rows["statistic"] == pair[1])].groupby("cell")[["value", "log10"]]
        for pair in _COLUMNS
    }
    medians = {pair: groups.median() for pair, groups in shown.items() if len(groups)}
    cells = [[*grid.axes, *(_COLUMNS[pair] for pair in medians)]]
    for cell in range(len(grid)):
        values = grid.values(cell)
        cells.append([*map(number_text, values.values()), *(printing.cell(table, cell) for table in medians.values())])
    return printing.aligned(cells)
