"""The network as a strip: its colours are the factors of the curves."""

from __future__ import annotations

import numpy as np
import pytest

import simulator as sim
from simulator import figures


@pytest.mark.parametrize("changes", [{}, {"activation": "relu", "seeds": 5}, {"activation": "relu", "gain": 0.2}])
def test_a_cell_is_the_factor_from_where_the_pass_begins(changes: dict[str, object]) -> None:
    found = sim.propagate(sim.Experiment(depth=12, width=40, batch=8).replace(**changes))
    pairs = [(quantity, "variance") for quantity in ("activation", "activation_gradient")]
    figure = figures.network_strip(*(found.lines(*pair) for pair in pairs))
    (heat,) = figure["data"]
    assert np.shape(heat["z"]) == (2, 13) and heat["y"] == ["signal →", "← gradient"]
    for row, pair, start in zip(heat["z"], pairs, (0, -1), strict=True):
        logs = np.log10(np.median(found.curves[pair].value, axis=0))
        assert np.allclose(row, logs - logs[start], atol=1e-9, equal_nan=True)
        assert row[start] == 0
    assert heat["zmax"] == -heat["zmin"] and 2 <= heat["zmax"] <= 12
    assert figure.clickable and "from layer 0 to layer 12 × " in figure.alt


def test_an_exact_zero_has_no_colour_and_is_told() -> None:
    found = sim.propagate(sim.Experiment(activation="relu", init="zeros", depth=4, width=10))
    figure = figures.network_strip(
        found.lines("activation", "variance"), found.lines("activation_gradient", "variance")
    )
    (heat,) = figure["data"]
    assert heat["z"][0][0] == 0 and np.isnan(heat["z"][0][1:]).all() and heat["text"][0][1] == "exactly 0"
    nothing = figures.network_strip([], [])
    assert np.isnan(nothing["data"][0]["z"]).all() and "nothing is known" in nothing.alt
