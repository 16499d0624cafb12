"""The walk over layers and branches with numbers for signals: what joins what, and the way back as the transpose."""

from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.residual import Residual
from simulator.walk import Walk


@st.composite
def walks(draw) -> Walk:
    """Any way to join, as no residual part of today does: branches that overlap, or leave one layer together."""
    depth = draw(st.integers(1, 9))
    return Walk(tuple(draw(st.integers(0, layer)) for layer in range(1, depth + 1)), draw(st.sampled_from([1.0, 0.5])))


@given(walks(), st.integers(0, 2**16))
def test_gradients_come_back_the_way_the_signal_went(walk: Walk, seed: int) -> None:
    """dx_L/dx_l of layers that multiply, against derivatives worked out layer by layer from the other end."""
    weights = np.random.default_rng(seed).standard_normal(len(walk.back))
    depth = len(weights)

    def passed(start: np.ndarray) -> list[np.ndarray]:
        def step(layer: int, x: np.ndarray, beside: np.ndarray | None) -> np.ndarray:
            branch = weights[layer - 1] * x
            return branch if beside is None else beside + walk.factor * branch

        return [start, *walk.forward(start, step)]

    signals = passed(np.array(1.0))
    for layer, skip in enumerate(walk.back, 1):
        own = weights[layer - 1] * signals[layer - 1]
        wanted = signals[layer - skip] + walk.factor * own if skip else own
        assert signals[layer] == wanted
    # dx_L/dx_l from its definition: x_l alone is moved, and every later layer answers.
    wanted = np.zeros(depth + 1)
    for moved in range(depth + 1):
        slopes = np.zeros(depth + 1)
        slopes[moved] = 1.0
        for layer in range(moved + 1, depth + 1):
            skip, own = walk.back[layer - 1], weights[layer - 1] * slopes[layer - 1]
            slopes[layer] = slopes[layer - skip] + walk.factor * own if skip else own
        wanted[moved] = slopes[depth]
    found = [1.0, *walk.backward(1.0, lambda layer, gradient, factor: factor * weights[layer - 1] * gradient, np.add)]
    np.testing.assert_allclose(found[::-1], wanted, rtol=1e-12, atol=1e-12)


def test_no_signal_is_held_longer_than_its_branch() -> None:
    alive: set[int] = set()

    class Signal:
        def __init__(self, layer: int) -> None:
            self.layer = layer
            alive.add(layer)

        def __del__(self) -> None:
            alive.discard(self.layer)

    most = 0

    def step(layer: int, signal: Signal, beside: Signal | None) -> Signal:
        nonlocal most
        made = Signal(layer)
        most = max(most, len(alive))
        return made

    deque(Walk.of(Residual.parse("post(every=3)"), 30).forward(Signal(0), step), maxlen=0)
    assert most <= 4, "the signal that passes by, the one before, and the one that is made"


def test_a_step_of_none_ends_the_way_back() -> None:
    walk = Walk.of(Residual.parse("pre"), 4)
    found = list(walk.backward(1.0, lambda layer, gradient, factor: None if layer == 2 else gradient, np.add))
    assert found == [2.0, 4.0]


@pytest.mark.parametrize("every", [1, 2, 3, 7])
def test_a_scale_by_depth_counts_the_branches(every: int) -> None:
    walk = Walk.of(Residual.parse(f"post(alpha=2,every={every},scaling=depth)"), 7)
    assert walk.factor == pytest.approx(2 / np.sqrt(np.count_nonzero(walk.back)))
