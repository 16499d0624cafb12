"""Processes that run cells: one that dies takes its cell with it and no other."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import CancelledError, Executor, Future
from pathlib import Path

import pandas as pd
import pytest

from simulator import Experiment, Grid, load_sweep, sweep
from simulator.studies.sweep import execution
from tests.waiting import PATIENCE

REPOSITORY = Path(__file__).resolve().parents[3]

DEADLY = """
import os
import warnings
import numpy as np
from dataclasses import dataclass
from simulator import Activation, Experiment, Grid, sweep

@dataclass(frozen=True)
class Deadly(Activation, name="deadly"):
    "Ends its process, as the system does when memory runs out."
    def function(self, h):
        return h if h.ndim == 1 else os._exit(9)  # not when it is registered
    def derivative(self, h):
        return np.ones_like(h)

if __name__ == "__main__":
    activations = ["tanh", "deadly", "relu", "elu", "selu", "erf", "silu", "gelu"]
    grid = Grid(Experiment(depth=2, width=4, batch=2), activation=activations)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        found = sweep(grid, workers=1)  # two cells travel together: one of them is innocent
    print([sorted(found["cell"].unique().tolist()), [str(one.message) for one in warned]])
"""


def run(code: str, where: Path) -> subprocess.CompletedProcess[str]:
    script = where / "script.py"
    script.write_text(code)
    return subprocess.run(
        [sys.executable, "-W", "error", str(script)], env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_a_cell_that_ends_its_process_is_no_result_and_named(tmp_path: Path) -> None:
    done = run(DEADLY, tmp_path)
    assert done.returncode == 0, done.stderr
    cells, told = eval(done.stdout)
    assert cells == [0, 2, 3, 4, 5, 6, 7]
    (sentence,) = told
    assert sentence.startswith("1 of 8 cells have no result, the first of them cell 1: The process that ran this cell")


class Flaky(Executor):
    """Loses its first `losses` portions in transit, as a cluster does whose workers are killed from outside."""

    def __init__(self, losses: int, error: Exception) -> None:
        self.losses, self.error = losses, error

    def submit(self, function, /, *arguments, **named):
        made = Future()
        self.losses -= 1
        if self.losses >= 0:
            made.set_exception(self.error)
        else:
            made.set_result(function(*arguments, **named))
        return made


def test_a_lost_worker_is_no_result() -> None:
    grid = Grid(Experiment(depth=2, width=4, batch=2), seed=range(6))
    pd.testing.assert_frame_equal(sweep(grid, Flaky(3, OSError("gone"))), sweep(grid), check_exact=True)
    with pytest.warns(RuntimeWarning, match=r"of 6 cells have no result.* OSError: gone"):
        found = sweep(grid, Flaky(7, OSError("gone")))
    assert 0 < found["cell"].nunique() < 6 and not found["error"].astype(object).any()


def test_a_lost_executor_keeps_what_is_finished(tmp_path: Path) -> None:
    grid = Grid(Experiment(depth=2, width=4, batch=2), seed=range(40))
    with pytest.raises(RuntimeError, match="executor was lost"):
        sweep(grid, Flaky(1, CancelledError()), output=tmp_path)
    kept = load_sweep(tmp_path)
    assert 0 < kept["cell"].nunique() < 40 and not kept["error"].astype(object).any()
    pd.testing.assert_frame_equal(sweep(grid, output=tmp_path), sweep(grid), check_exact=True)


def test_a_script_without_its_guard_is_told(tmp_path: Path) -> None:
    done = run("from simulator import Grid, sweep\nsweep(Grid(depth=[1, 2]), workers=2)\n", tmp_path)
    assert done.returncode != 0
    assert "__name__ == '__main__'" in done.stderr


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_portions_hold_every_cell_once(workers: int) -> None:
    grid = Grid(Experiment(width=16), depth=range(1, 200), gain=[0.5, 1])
    made = list(execution.portions(grid, range(len(grid)), workers, len(grid)))
    assert [cell for portion in made for cell, _ in portion] == list(range(len(grid)))
    assert len(made) >= 4 * workers or max(map(len, made)) == 1
    assert max(map(len, made)) <= execution.MOST_CELLS


def test_a_long_cell_travels_alone() -> None:
    grid = Grid(Experiment(width=4096, batch=512), depth=[100, 200])
    assert [len(portion) for portion in execution.portions(grid, range(2), 1, 2)] == [1, 1]
