"""The length map, the correlation map and the walk between map and diagonal."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.activations import Activation
from simulator.theory.fixed_points import fixed_point
from simulator.theory.maps import cobweb, correlation_map, length_map
from simulator.theory.mean_field import mean_field


@pytest.mark.parametrize("text", sorted(Activation.registry))
def test_the_length_map_is_what_theory_walks(text: str) -> None:
    theory = mean_field(activation=text, sigma_w2=1.3, sigma_b2=0.1, depth=6)
    found = length_map(Activation.parse(text), 1.3, 0.1, theory.q)
    np.testing.assert_allclose(found[:-1], theory.q[1:], rtol=1e-12)


@pytest.mark.parametrize(("text", "sigma_w2"), [("tanh", 1.2), ("tanh", 3.0), ("selu", 1.2), ("relu", 1.0)])
def test_the_correlation_map_meets_the_diagonal_at_c_star(text: str, sigma_w2: float) -> None:
    activation = Activation.parse(text)
    point = fixed_point(activation, sigma_w2, 0.05)
    at = np.array([point.c_star, 1.0])
    np.testing.assert_allclose(correlation_map(activation, sigma_w2, 0.05, point.q_star, at), at, atol=1e-9)
    step = 1e-7
    (below,) = 1 - correlation_map(activation, sigma_w2, 0.05, point.q_star, [1 - step])
    # a kink bends the map like the root of 1 - c
    assert below / step == pytest.approx(point.chi_1, rel=1e-6 if text == "tanh" else 1e-3)


@pytest.mark.parametrize(("text", "q"), [("relu", np.inf), ("gelu", np.inf), ("leaky_relu", 0.0)])
def test_where_q_has_no_size_the_map_is_the_kernel_of_two_halves(text: str, q: float) -> None:
    found = correlation_map(Activation.parse(text), 2.0, 0.0, q, [0.0, 1.0])
    part = Activation.parse(text)
    left, right = part.slopes_at_infinity if q else part.slopes_at_zero
    at_0 = (right - left) ** 2 / np.pi / (left**2 + right**2)
    np.testing.assert_allclose(found, [at_0, 1.0], atol=1e-12)


def test_a_flat_activation_leaves_no_correlation() -> None:
    assert np.isnan(correlation_map(Activation.parse("tanh"), 2.0, 0.0, np.inf, [0.5])).all()


def test_the_cobweb_turns_at_map_and_diagonal() -> None:
    x, y = cobweb([1, 2, 4, 8])
    assert list(zip(x, y, strict=True)) == [(1, 1), (1, 2), (2, 2), (2, 4), (4, 4), (4, 8)]
    assert not cobweb([1.0])[0].size
