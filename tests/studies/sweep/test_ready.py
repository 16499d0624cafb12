"""The ready-made studies: each runs, and shows what it says."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import Grid, sweep
from simulator.studies.sweep.ready import READY
from simulator.studies.sweep.rows import PAIRS


@pytest.mark.parametrize("name", READY)
def test_a_study_is_a_grid_with_its_picture(name: str) -> None:
    ready = READY[name]
    grid = ready.grid()
    places = {ready.picture.x, ready.picture.y, ready.picture.panels} - {None}
    assert places == set(grid.axes)
    assert ready.picture.pair in PAIRS
    assert ready.grid({"seed": 7}).experiment.seed == 7


def test_the_phase_diagram_has_order_and_chaos() -> None:
    """Without biases tanh is ordered below sigma_w = 1 and chaotic well above (Poole et al. 2016)."""
    whole = READY["phase_diagram"].grid()
    found = sweep(Grid(whole.experiment, bias=["zeros"], gain=[0.7, 2.0]))
    slope = found[(found["quantity"] == "gradient") & (found["statistic"] == "decades_per_layer")].set_index("gain")
    # chi_1 = sigma_w^2 E phi'^2; at q* = 0 it is sigma_w^2 exactly
    assert slope.loc[0.7, "value"] == pytest.approx(2 * np.log10(0.7), abs=0.03)
    assert slope.loc[2.0, "value"] > 0.05


def test_he_survives_in_relu_where_xavier_does_not() -> None:
    whole = READY["depth_width"].grid()
    found = sweep(Grid(whole.experiment, init=["he_normal", "xavier_normal"], width=[128], depth=[20]))
    alive = found[found["statistic"] == "survives"].groupby("init", observed=True)["value"].mean()
    assert alive["he_normal"] == 1 and alive["xavier_normal"] == 0
