"""The random factor of one finite layer: reference values, limits, and plain draws."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from simulator.theory.layer_gains import batch_variance, kappa, layer_gain

ORACLE = json.loads((Path(__file__).parents[1] / "data" / "oracle_finite.json").read_text())
SLOPES = {"relu": (0.0, 1.0), "linear": (1.0, 1.0)}


@pytest.mark.parametrize("name", SLOPES)
def test_moments_of_the_logarithm_are_the_references(name: str) -> None:
    for case in ORACLE[name]:
        found = layer_gain(SLOPES[name], case["n"])
        assert found.mean == pytest.approx(case["mean_log_r"], abs=1e-11)
        assert found.variance == pytest.approx(case["var_log_r"], abs=1e-11)
        assert found.zero == pytest.approx(case.get("P_dead", 0.0), rel=1e-12)
        assert 1 + (kappa(SLOPES[name]) - 1) / case["n"] == pytest.approx(case["E_r2"], rel=1e-12)


def test_kappa_of_leaky_slopes_is_the_reference() -> None:
    for slope, expected in ORACLE["leaky_kappa"].items():
        assert kappa((float(slope), 1.0)) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("slopes", [(0.2, 1.0), (0.01, 1.0), (-1.0, 1.0), (2.0, 0.5)])
@pytest.mark.parametrize("width", [1, 6, 40])
def test_any_two_slopes_against_draws(slopes: tuple[float, float], width: int) -> None:
    draws = 40_000
    z = np.random.default_rng(width).standard_normal((draws, width))
    squares = np.where(z < 0, slopes[0] * z, slopes[1] * z) ** 2
    logs = np.log(squares.mean(axis=1) / ((slopes[0] ** 2 + slopes[1] ** 2) / 2))
    found = layer_gain(slopes, width)
    fourth = np.mean((logs - logs.mean()) ** 4)
    assert abs(logs.mean() - found.mean) < 4 * logs.std() / math.sqrt(draws)
    assert abs(logs.var() - found.variance) < 4 * math.sqrt((fourth - logs.var() ** 2) / draws)


def test_an_absolute_value_is_a_linear_layer_to_a_mean_square() -> None:
    assert layer_gain((-1.0, 1.0), 7) == layer_gain((1.0, 1.0), 7)


def test_a_scale_does_not_matter() -> None:
    one, other = layer_gain((0.3, 1.0), 9), layer_gain((0.6, 2.0), 9)
    assert (one.mean, one.variance) == pytest.approx((other.mean, other.variance), abs=1e-12)


@pytest.mark.parametrize("slopes", [(0.0, 1.0), (0.1, 1.0), (1.0, 1.0)])
def test_a_wide_layer_drifts_by_half_its_variance(slopes: tuple[float, float]) -> None:
    """To first order in 1/n: variance (kappa - 1)/n, mean minus half of it."""
    width = 65_536
    found, leading = layer_gain(slopes, width), (kappa(slopes) - 1) / width
    assert found.variance == pytest.approx(leading, rel=20 / width)
    assert found.mean == pytest.approx(-leading / 2, rel=20 / width)


def test_a_batch_of_one_and_of_equals_is_one_example() -> None:
    for slopes in ((0.0, 1.0), (0.1, 1.0), (1.0, 1.0)):
        assert batch_variance(slopes, 0.7, 1) == pytest.approx(kappa(slopes) - 1)
        assert batch_variance(slopes, 0.0, 16) == pytest.approx(kappa(slopes) - 1)
        assert batch_variance(slopes, 1.0, 16) == pytest.approx((kappa(slopes) - 1) / 16)


@pytest.mark.parametrize("slopes", [(0.0, 1.0), (0.2, 1.0), (1.0, 1.0)])
@pytest.mark.parametrize("c", [-0.6, 0.3, 0.9])
def test_two_examples_share_what_draws_share(slopes: tuple[float, float], c: float) -> None:
    draws = 400_000
    u, v = np.random.default_rng(5).standard_normal((2, draws))
    v = c * u + math.sqrt(1 - c * c) * v
    half = (slopes[0] ** 2 + slopes[1] ** 2) / 2
    first, second = (np.where(h < 0, slopes[0] * h, slopes[1] * h) ** 2 / half for h in (u, v))
    pooled = (first + second) / 2 - 1
    error = np.std(pooled**2) / math.sqrt(draws)
    assert abs(np.mean(pooled**2) - batch_variance(slopes, 1 - c, 2)) < 4 * error


def test_nothing_comes_of_slopes_zero() -> None:
    assert layer_gain((0.0, 0.0), 3).zero == 1
    assert math.isnan(kappa((0.0, 0.0))) and math.isnan(batch_variance((0.0, 0.0), 0.5, 4))
