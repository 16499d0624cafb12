"""The interpolated correlation map against the average it samples."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.activations import Activation
from simulator.gaussian import moments, pair
from simulator.theory.decorrelation import chord, decorrelation
from simulator.theory.fixed_points import fixed_point

RNG = np.random.default_rng(5)
BENT = sorted(name for name, part in Activation.registry.items() if not part().homogeneous)


@pytest.mark.parametrize("text", sorted(Activation.registry))
def test_the_chord_is_the_averages(text: str) -> None:
    activation = Activation.parse(text)
    q = np.exp(np.concatenate([RNG.uniform(low, low + 2, 8) for low in (-8.0, 0.0, 2.0)]))
    one_minus_c = 10 ** RNG.uniform(-6, 0, 24)
    found = chord(activation, q, one_minus_c)
    for size, delta, value in zip(q.tolist(), one_minus_c.tolist(), found.tolist(), strict=True):
        exact = pair(activation, size, delta).distance / (size * delta)
        at_one = float(moments(activation, size).derivative_second_moment)
        assert value == pytest.approx(exact, abs=2e-9 * at_one)


@pytest.mark.parametrize("text", ["gelu", "silu", "softplus", "elu", "selu"])
def test_far_out_an_activation_is_two_straight_halves(text: str) -> None:
    activation = Activation.parse(text)
    for q in (500.0, 1e5):
        exact = pair(activation, q, 0.3).distance / (q * 0.3)
        assert chord(activation, np.array([q]), np.array([0.3]))[0] == pytest.approx(exact, rel=0.1)


@pytest.mark.parametrize(
    ("text", "q"), [("tanh", 1.0), ("tanh", 30.0), ("tanh", 3000.0), ("erf", 1.0), ("sigmoid", 200.0)]
)
def test_chaotic_correlations(text: str, q: float) -> None:
    activation = Activation.parse(text)
    there = moments(activation, q)
    sigma_w2 = 0.9 * q / float(there.second_moment)
    sigma_b2 = 0.1 * q
    assert sigma_w2 * float(there.derivative_second_moment) > 1
    point = fixed_point(activation, sigma_w2, sigma_b2, q)
    (delta,), (slope,) = decorrelation(activation, np.array([sigma_w2]), np.array([q]))
    assert delta == pytest.approx(point.one_minus_c_star, rel=1e-6)
    assert slope == pytest.approx(point.chi_c, abs=1e-7)


def test_without_biases_an_odd_activation_forgets_all() -> None:
    tanh = Activation.parse("tanh")
    q = fixed_point(tanh, 4.0, 0.0).q_star
    (delta,), (slope,) = decorrelation(tanh, np.array([4.0]), np.array([q]))
    assert delta == pytest.approx(1, abs=1e-15)
    assert 0 < slope < 1 and math.isfinite(slope)
