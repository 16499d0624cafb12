"""The two ends of a network are those that the whole simulation and the whole theory have."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator import Experiment, mean_field, propagate
from simulator.studies.ends import measured, predicted

SMALL = Experiment(depth=6, width=24, batch=8)
LINE = {"activation": "linear", "init": "normal(std=1000)", "gain": 1000, "depth": 90}


@pytest.mark.parametrize(
    "changes", [{}, {"seeds": 3}, {"depth": 1}, {"widths": "12-9-6-3"}, {"residual": "pre"}, LINE], ids=str
)
def test_ends_are_those_of_the_curves(changes: dict) -> None:
    experiment = SMALL.replace(**changes)
    found, curves = measured(experiment), propagate(experiment).curves
    signal, gradient = (curves[quantity, "variance"][1] for quantity in ("activation", "activation_gradient"))
    assert found.forward == pytest.approx(np.median(signal[:, -1] - signal[:, 1]), abs=1e-9)
    assert found.backward == pytest.approx(np.median(gradient[:, 0] - gradient[:, -1]), abs=1e-9)
    assert found.last == pytest.approx(np.median(signal[:, -1]), abs=1e-9)


def test_theory_is_that_of_the_curves() -> None:
    found, curves = predicted(SMALL), mean_field(SMALL).curves
    assert found.forward == pytest.approx(np.diff(curves["activation", "variance"][1][0, [1, -1]])[0])
    assert found.backward == pytest.approx(-np.diff(curves["activation_gradient", "variance"][1][0, [0, -1]])[0])


def test_what_has_no_number() -> None:
    zero = measured(SMALL.replace(init="zeros"))
    assert zero.backward == zero.last == zero.forward == -math.inf
    assert predicted(SMALL.replace(init="zeros")).last == -math.inf
    assert predicted(SMALL.replace(init="constant(value=0.5)")) is None
    assert math.isnan(predicted(SMALL.replace(loss="squared_error")).backward)
