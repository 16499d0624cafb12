"""A sweep's table: the same bits whoever computes it, in whatever order; errors are rows."""

from __future__ import annotations

import math
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from simulator import Experiment, Grid, SettingError, propagate, sweep
from simulator.studies.direction import DECADES
from simulator.studies.sweep import estimate, execution
from simulator.studies.sweep.rows import CHANGES, Rows, measure, united

GRID = Grid(
    Experiment(width=12, batch=6, seeds=2), init=["he_normal", "zeros", "orthogonal"], depth=[1, 4], gain=[0, 1, 2.5]
)


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(left, right, check_exact=True)


@pytest.fixture(scope="module")
def whole() -> pd.DataFrame:
    with np.errstate(all="raise"):
        return sweep(GRID)


def test_the_rows_are_what_a_run_measures(whole: pd.DataFrame) -> None:
    assert list(whole.columns[:4]) == ["cell", "init", "depth", "gain"]
    cell = 3 * 1 + 2  # he_normal, depth 4, gain 2.5
    found = propagate(Experiment(width=12, batch=6, seeds=2, init="he_normal", depth=4, gain=2.5))
    rows = whole[whole["cell"] == cell].set_index(["quantity", "statistic", "seed"])
    value, log10 = found.curves["activation", "variance"]
    for seed in (0, 1):
        assert rows.loc[("activation", "variance", seed), ["layer", "value"]].tolist() == [4, value[seed, 4]]
        assert rows.loc[("signal", "decades", seed), "value"] == log10[seed, 4] - log10[seed, 1]
        assert rows.loc[("signal", "decades_per_layer", seed), "value"] == (log10[seed, 4] - log10[seed, 1]) / 3
        back = found.curves["activation_gradient", "variance"][1][seed]
        assert rows.loc[("gradient", "decades", seed), "value"] == back[0] - back[4]
        alive = max(abs(log10[seed, 4] - log10[seed, 1]), abs(back[0] - back[4])) <= DECADES
        assert rows.loc[("network", "survives", seed), "value"] == alive


def test_an_exact_zero_is_minus_infinity_decades(whole: pd.DataFrame) -> None:
    dead = whole[(whole["init"] == "zeros") & (whole["depth"] == 4)]
    assert (dead.loc[dead["statistic"] == "decades", "value"] == -math.inf).all()
    assert (dead.loc[dead["statistic"] == "survives", "value"] == 0).all()


def test_every_executor_gives_the_same_bits(whole: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(3) as threads:
        same(whole, sweep(GRID, threads))
    monkeypatch.setattr(execution, "MOST_CELLS", 2)
    monkeypatch.setattr(execution, "QUEUE", 4)
    with ThreadPoolExecutor(2) as threads:
        same(whole, sweep(GRID, threads))


def test_processes_give_the_same_bits(whole: pd.DataFrame) -> None:
    same(whole, sweep(GRID, workers=2))


def test_the_order_of_cells_does_not_matter(whole: pd.DataFrame) -> None:
    cells = list(range(len(GRID)))
    random.Random(3).shuffle(cells)
    rows = [measure(GRID.experiment, GRID.values(cell), cell) for cell in cells]
    same(whole, united(rows).frame(GRID))


@pytest.mark.filterwarnings("ignore:.* cells failed:RuntimeWarning")
def test_a_failing_cell_is_a_row_with_its_sentence() -> None:
    grid = Grid(Experiment(width=8, batch=4, depth=2, engine="matrix_free"), init=["he_normal", "constant(value=1)"])
    found = sweep(grid)
    failed = found[found["error"] != ""]
    assert failed["cell"].tolist() == [1]
    assert failed["init"].tolist() == ["constant(value=1)"]
    assert "matrix_free" in failed["error"].iloc[0]
    assert failed[["value", "log10"]].isna().all(axis=None)
    assert set(found.loc[found["cell"] == 0, "error"]) == {""}


@pytest.mark.filterwarnings("ignore:.* cells failed:RuntimeWarning")
def test_any_exception_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(experiment: Experiment) -> None:
        raise ArithmeticError("of\nno\nuse")

    monkeypatch.setattr("simulator.studies.sweep.rows.propagate", fail)
    found = sweep(Grid(Experiment(depth=1, width=2), gain=[1, 2]))
    assert found["error"].tolist() == ["ArithmeticError: of no use"] * 2


def test_layers_keep_every_layer() -> None:
    grid = Grid(Experiment(width=8, batch=4), depth=[2, 3])
    found = sweep(grid, keep="layers")
    curve = found[(found["cell"] == 1) & (found["quantity"] == "activation") & (found["statistic"] == "variance")]
    assert curve["layer"].tolist() == [0, 1, 2, 3]
    expected = propagate(Experiment(width=8, batch=4, depth=3)).curves["activation", "variance"][0][0]
    assert curve["value"].to_numpy().tolist() == expected.tolist()
    assert {("signal", "decades")} <= set(zip(found["quantity"], found["statistic"], strict=True))
    with pytest.raises(SettingError, match="summary"):
        sweep(grid, keep="everything")


def test_rows_and_pace_come_as_they_are_made() -> None:
    frames, states = [], []
    found = sweep(GRID, each=frames.append, progress=states.append)
    same(found, pd.concat(frames).sort_values("cell", kind="stable").reset_index(drop=True))
    assert states[-1].done == states[-1].total == len(GRID)
    assert [state.done for state in states] == sorted(state.done for state in states)


def test_seeds_as_an_axis() -> None:
    found = sweep(Grid(Experiment(width=8, batch=4, depth=2), seed=[3, 4]))
    several = sweep(Grid(Experiment(width=8, batch=4, depth=2, seed=3, seeds=2), gain=[1]))
    assert sorted(found["value"]) == sorted(several["value"]), "One network is the same alone and among others."


def test_an_estimate_knows_what_a_cell_costs() -> None:
    one, many = (estimate(Grid(Experiment(depth=50), seed=range(count))) for count in (1, 100))
    assert many.seconds == pytest.approx(100 * one.seconds)
    assert many.bytes == one.bytes
    assert estimate(Grid(Experiment(), depth=[2000], width=[65536])).seconds == 0, "It is refused, not run."


def test_changes_have_words() -> None:
    assert all(CHANGES.values())
    assert len(Rows(*(np.empty(0, dtype=np.int64),) * 5, np.empty(0), np.empty(0))) == 0
