"""Parts and tables that only a notebook knows reach the processes that run its cells."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import simulator as sim
from simulator import registry
from simulator.activations import Activation
from simulator.studies.sweep.parcel import parcel, unpack
from tests.waiting import PATIENCE

REPOSITORY = Path(__file__).resolve().parents[3]

NOTEBOOK = """
import numpy as np, pandas as pd, simulator as sim
from simulator import tables

@sim.activation("mine", kinks=(0,), aliases=("my_own",))
def mine(h):
    return np.maximum(h, 0) - 0.1 * np.minimum(h, 0)

class Twice(sim.Activation, name="twice"):
    scale: float = sim.settings.setting(2.0, bounds=(0, 9), help="How many times.")
    def function(self, h):
        return self.scale * np.tanh(h)
    def derivative(self, h):
        return self.scale / np.cosh(np.clip(h, -300, 300)) ** 2

class Third(sim.Initializer, name="third"):
    distribution = "normal"
    def variance(self, fan_in, fan_out):
        return 1 / (3 * fan_in)

table = tables.keep(np.random.default_rng(1).standard_normal((30, 5)))
grid = sim.Grid(
    sim.Experiment(depth=3, width=16, batch=8, init="third", inputs=f"table(file={table})"),
    activation=["mine", "my_own", "twice(scale=3)", "tanh"],
    gain=[0.5, 1.0],
)
def spawned():
    return sim.sweep(grid, workers=2)
def foreign():
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        return sim.sweep(grid, pool)
here = sim.sweep(grid)
assert not here["error"].astype(object).any(), here["error"]
for run in (spawned, foreign):
    pd.testing.assert_frame_equal(run(), here, check_exact=True)
print("equal")
"""


@pytest.mark.slow
def test_what_a_notebook_defines_reaches_its_workers() -> None:
    """A program without a file, as a notebook is, that no worker can import."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", NOTEBOOK], env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.stdout == "equal\n", done.stderr


@pytest.fixture
def mine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Activation, "registry", dict(Activation.registry))
    sim.activation("mine")(lambda h: h / 2)


@pytest.mark.usefixtures("mine")
def test_where_it_was_packed_nothing_is_registered_again() -> None:
    grid = sim.Grid(sim.Experiment(depth=2, width=4, batch=2), activation=["mine", "tanh"])
    before = registry.generation()
    unpack(parcel(grid))
    with ThreadPoolExecutor(2) as pool:
        assert not sim.sweep(grid, pool)["error"].astype(object).any()
    assert registry.generation() == before


def test_what_is_shipped_needs_no_parcel() -> None:
    assert parcel(sim.Grid(sim.Experiment(), gain=[1, 2])) == b""


def test_failures_are_counted_aloud() -> None:
    matrix_free = sim.Experiment(depth=2, width=4, batch=2, engine="matrix_free")
    grid = sim.Grid(matrix_free, init=["lecun_normal", "he_normal", "constant(value=1)"])
    with pytest.warns(RuntimeWarning, match=r"^1 of 3 cells failed, the first of them cell 2: Experiment.engine "):
        frame = sim.sweep(grid)
    assert frame[frame["error"].astype(object) != ""]["cell"].nunique() == 1
