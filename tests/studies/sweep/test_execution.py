"""Processes that run cells: one that dies takes its cell with it and no other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import Experiment, Grid
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
    warnings.simplefilter("ignore")
    found = sweep(grid, workers=1)  # two cells travel together: one of them is innocent
    print(found.groupby("cell")["error"].first().astype(str).tolist())
"""


def run(code: str, where: Path) -> subprocess.CompletedProcess[str]:
    script = where / "script.py"
    script.write_text(code)
    return subprocess.run(
        [sys.executable, "-W", "error", str(script)], env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def test_a_cell_that_ends_its_process_is_a_row(tmp_path: Path) -> None:
    done = run(DEADLY, tmp_path)
    assert done.returncode == 0, done.stderr
    errors = eval(done.stdout)
    assert [bool(error) for error in errors] == [False, True, *[False] * 6]
    assert "memory" in errors[1]


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
