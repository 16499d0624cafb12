"""Curves: how numbers, logarithms and zeros are said, how far a curve goes, and lines that need no table."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import Experiment, mean_field, propagate
from simulator.curves import SIMULATION, THEORY, Curve
from simulator.figures.series import series
from simulator.scaled import Scaled

LOGS = np.array([[0.0, -2.0, 5000.0, -np.inf, np.nan]])


def test_three_ways_of_saying_the_same_numbers() -> None:
    curve = Curve.of_log10(LOGS)
    np.testing.assert_allclose(curve.value, [[1, 0.01, np.nan, 0, np.nan]])
    np.testing.assert_allclose(curve.log10, [[0, -2, 5000, np.nan, np.nan]])
    np.testing.assert_allclose(curve.logs, LOGS)
    plain = Curve.of(np.array([[1.0, -0.01, np.inf, 0.0, np.nan]]))
    np.testing.assert_allclose(plain.value, [[1, -0.01, np.nan, 0, np.nan]])
    np.testing.assert_allclose(plain.log10, [[0, -2, np.nan, np.nan, np.nan]])
    np.testing.assert_allclose(plain.logs, [[0, -2, np.nan, -np.inf, np.nan]])
    scaled = Scaled(np.array([[1.0, 0.5, 0.0]]))
    value, log10 = Curve.of_scaled(scaled.values, np.array([[0, 40_000, 0]]))
    np.testing.assert_allclose(value, [[1, np.nan, 0]])
    np.testing.assert_allclose(log10, [[0, 39_999 * np.log10(2), np.nan]])


@pytest.mark.parametrize(
    ("start", "stop", "expected"), [(0, 1, -2.0), (1, 0, 2.0), (0, 2, 5000.0), (0, 3, -np.inf), (3, 0, -np.inf)]
)
def test_decades_from_one_layer_to_another(start: int, stop: int, expected: float) -> None:
    assert Curve.of_log10(LOGS).decades(start, stop)[0] == expected
    assert np.isnan(Curve.of_log10(LOGS).decades(0, 4)[0])


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"seeds": 3, "activation": "relu", "width": 2, "depth": 40},
        {"init": "zeros"},
        {"residual": "post(alpha=0.5)", "width": 64},
        {"loss": "cross_entropy", "init": "normal(std=100)"},
    ],
    ids=str,
)
def test_lines_say_what_the_table_says(settings: dict) -> None:
    experiment = Experiment(**{"depth": 6, "width": 16, "batch": 8} | settings)
    for source, result in ((SIMULATION, propagate(experiment)), (THEORY, mean_field(experiment))):
        frame = result.to_frame()
        for pair in result.curves:
            drawn, tabled = result.lines(*pair), list(series(frame, *pair))
            assert len(drawn) == len(tabled)
            for one, other in zip(drawn, tabled, strict=True):
                assert (one.label, one.source) == (other.label, other.source) and one.source == source
                for name in ("seeds", "layers", "value", "log10"):
                    np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert not result.lines("activation", "no such statistic")
