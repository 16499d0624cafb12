"""The sweep over gains: its ends, its best gain, and how that narrows with depth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator import Experiment, gains
from simulator.studies.gain_sweep import POINTS, affordable, gain_sweep, grid

SMALL = Experiment(depth=10, width=64, batch=8)


def test_linear_networks_lose_and_gain_as_the_gain_says() -> None:
    found = gain_sweep(SMALL.replace(activation="linear", init="lecun_normal"))
    slope = 2 * np.log10(found.gains / found.gains[0])  # the variance takes the gain's square a layer
    assert found.forward - found.forward[0] == pytest.approx((SMALL.depth - 1) * slope, abs=1e-9)
    assert found.backward - found.backward[0] == pytest.approx(SMALL.depth * slope, abs=1e-9)
    assert found.theory_backward == pytest.approx(SMALL.depth * 2 * np.log10(found.gains), abs=1e-9)
    step = (found.gains[1] / found.gains[0]) ** 0.5
    scatter = math.exp(0.5 * 5 * math.sqrt(2 / SMALL.width / SMALL.depth))  # 5 standard errors of a layer's factor
    assert 1 / (step * scatter) < found.gains[found.spot] < step * scatter


def test_the_spot_of_relu_is_its_gain_and_narrows_with_depth() -> None:
    widths = []
    for depth in (10, 40):
        found = gain_sweep(SMALL.replace(activation="relu", init="lecun_normal", depth=depth, width=128))
        low, high = found.saved
        assert low < gains("relu").keeps_q < high
        widths.append(math.log(high / low))
    assert widths[1] < widths[0] / 2


def test_the_spot_is_the_least_of_the_worst() -> None:
    found = gain_sweep(SMALL)
    worst = np.maximum(np.abs(found.forward), np.abs(found.backward))
    assert worst[found.spot] == worst.min()
    low, high = found.saved
    inside = (found.gains >= low) & (found.gains <= high)
    assert (worst[inside] <= 3).all()


def test_what_has_no_spot() -> None:
    found = gain_sweep(SMALL.replace(init="zeros"))
    assert found.spot is None and found.saved is None
    assert gain_sweep(SMALL.replace(activation="sigmoid", depth=60, init="torch_default")).saved is None


def test_the_grid() -> None:
    assert len(grid(SMALL)) == POINTS
    assert 1.0 in grid(SMALL) and 2.5 in grid(SMALL.replace(gain=2.5))
    assert grid(SMALL.replace(gain=0)) == pytest.approx(grid(SMALL))
    assert grid(SMALL.replace(gain=1000)).max() == 1000
    assert list(gain_sweep(SMALL.replace(depth=1)).to_frame().gain) == list(grid(SMALL))


def test_large_networks_are_made_smaller() -> None:
    large = Experiment(depth=100, width=1024, seeds=4)
    assert POINTS * affordable(large, seconds=2).cost().seconds <= 2
    assert affordable(SMALL, seconds=2) == SMALL
