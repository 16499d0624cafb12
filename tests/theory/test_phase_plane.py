"""Whole rows of the phase diagram against reference values and against the solver of single points."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad

from simulator.activations import Activation
from simulator.gaussian import moments
from simulator.theory.fixed_points import fixed_point
from simulator.theory.phase_diagram import edge_of_chaos
from simulator.theory.phase_plane import TRAINABLE, depth_scales, phase_plane

ORACLE = json.loads((Path(__file__).parents[1] / "data" / "oracle_curves.json").read_text())
ALL = sorted(Activation.registry)


def of_oracle(name: str) -> Activation:
    slope = name.removeprefix("leaky_relu_")
    return Activation.parse(f"leaky_relu(negative_slope={slope})" if slope != name else name)


@pytest.mark.parametrize("entry", ORACLE["fixed"], ids=lambda e: f"{e['activation']}-{e['sw2']:g}-{e['sb2']:g}")
def test_reference_points(entry: dict) -> None:
    plane = phase_plane(of_oracle(entry["activation"]), entry["sw2"], entry["sb2"])
    assert plane.q_star[0, 0] == pytest.approx(entry["q_star"], rel=1e-9)
    assert plane.chi_1[0, 0] == pytest.approx(entry["chi1"], rel=1e-9)
    assert plane.chi_parallel[0, 0] == pytest.approx(entry["chi_par"], rel=1e-9)
    assert plane.one_minus_c_star[0, 0] == pytest.approx(entry["one_minus_c_star"], abs=1e-9)
    assert plane.chi_c[0, 0] == pytest.approx(entry["chi_c_star"], abs=1e-9)
    # a depth scale multiplies the slope's relative error by itself
    assert plane.xi_c[0, 0] == pytest.approx(entry["xi_c"], rel=1e-9 * max(1.0, entry["xi_c"]))
    assert plane.xi_q[0, 0] == pytest.approx(entry["xi_q"], rel=1e-9)


def integral(function, root: float) -> float:
    """The average over the standard normal law, piece by piece between the bends of an activation of root * z."""
    bends = [sign * size / root for size in (0.25, 1, 2, 4, 8, 16, 40) for sign in (-1, 1)]
    points = sorted({-10.0, -6.0, -3.0, -1.0, 0.0, 1.0, 3.0, 6.0, 10.0, *(bend for bend in bends if abs(bend) < 10)})
    with np.errstate(under="ignore"):
        pieces = [
            quad(lambda z: function(z) * math.exp(-z * z / 2), *ends, epsabs=0, epsrel=1e-11, limit=200)[0]
            for ends in pairwise(points)
        ]
    return math.fsum(pieces) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize("q", [1e-6, 1e-3, 1.0, 1e3, 1e6])
@pytest.mark.parametrize("text", ALL)
def test_averages_hold_over_twelve_decades(text: str, q: float) -> None:
    """Relative error below 1e-11 from q = 1e-6 to 1e6, kinks included, against adaptive integration."""
    activation, root = Activation.parse(text), math.sqrt(q)

    def both(z: float) -> tuple[float, float]:
        at = np.array([root * z])
        return float(activation.function(at)[0]), float(activation.derivative(at)[0])

    found = moments(activation, q)
    assert float(found.second_moment) == pytest.approx(integral(lambda z: both(z)[0] ** 2, root), rel=1e-11)
    assert float(found.derivative_second_moment) == pytest.approx(integral(lambda z: both(z)[1] ** 2, root), rel=1e-11)
    # what a symmetric part would add to this one cancels: its error is one of the terms that do
    size = math.sqrt(float(found.second_moment) * float(found.derivative_second_moment) / q)
    parallel = integral(lambda z: z * math.prod(both(z)) / root, root)
    assert float(found.parallel) == pytest.approx(parallel, rel=1e-11, abs=1e-13 * size)


@pytest.mark.parametrize("sigma_b2", [0.0, 0.05, 1.0])
@pytest.mark.parametrize("text", ALL)
def test_a_row_is_its_points(text: str, sigma_b2: float) -> None:
    activation = Activation.parse(text)
    typical = edge_of_chaos(activation, 1.0) or edge_of_chaos(activation, 0.0)
    sigma_w2 = np.linspace(0.1, 2, 11) * (typical[0].sigma_w2 if typical else 3.0)
    plane = phase_plane(activation, sigma_w2, sigma_b2)
    points = [fixed_point(activation, weights, sigma_b2, weights + sigma_b2) for weights in sigma_w2.tolist()]
    for name in ("q_star", "chi_1", "chi_parallel"):
        np.testing.assert_allclose(getattr(plane, name)[0], [getattr(p, name) for p in points], rtol=1e-9)
    for name in ("one_minus_c_star", "chi_c"):
        np.testing.assert_allclose(getattr(plane, name)[0], [getattr(p, name) for p in points], atol=1e-9)


@pytest.mark.parametrize("text", ["gelu", "silu"])
def test_of_several_fixed_points_the_one_that_is_reached(text: str) -> None:
    activation = Activation.parse(text)
    for square, end in ((1e-4, 0.0), (1e4, math.inf)):
        assert phase_plane(activation, 2.5, 0.0, square).q_star[0, 0] == end
        assert fixed_point(activation, 2.5, 0.0, 2.5 * square).q_star == end


def test_homogeneous_activations_have_a_line() -> None:
    plane = phase_plane(Activation.parse("relu"), [1.0, 2.0, 3.0], [0.0, 0.1])
    np.testing.assert_allclose(plane.q_star, [[0, 2, np.inf], [0.2, np.inf, np.inf]])
    np.testing.assert_allclose(plane.chi_1, [[0.5, 1, 1.5]] * 2)


def test_no_weights_leave_the_biases() -> None:
    plane = phase_plane(Activation.parse("tanh"), 0.0, [0.0, 0.1])
    np.testing.assert_allclose(plane.q_star[:, 0], [0, 0.1])
    np.testing.assert_allclose(plane.xi_c[1:, 0], 0)


def test_inputs_of_zeros_are_no_error() -> None:
    plane = phase_plane(Activation.parse("sigmoid"), [1.0], [0.0, 0.1], 0.0)
    assert plane.q_star[0, 0] == pytest.approx(fixed_point(Activation.parse("sigmoid"), 1.0, 0.0, 0.25).q_star)
    assert phase_plane(Activation.parse("tanh"), [1.0], [0.0], 0.0).q_star[0, 0] == 0


def test_depth_scales() -> None:
    np.testing.assert_allclose(depth_scales(np.array([0.0, math.exp(-0.5), -math.exp(-0.5), 1.0, 3.0])),
                               [0, 2, 2, np.inf, np.inf])  # fmt: skip


def test_the_trainable_depth_is_six_scales() -> None:
    plane = phase_plane(Activation.parse("tanh"), [0.8], [0.05])
    assert TRAINABLE == 6
    assert plane.trainable_depth[0, 0] == pytest.approx(6 * fixed_point(Activation.parse("tanh"), 0.8, 0.05).xi_c)


@pytest.mark.parametrize("text", ALL)
def test_a_row_of_a_hundred_asks_its_activation_a_million_times_at_most(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty milliseconds for a core that works out twenty million values a second; counted, so that any core passes."""
    activation, asked = Activation.parse(text), [0]
    sigma_w2 = np.linspace(0.04, 4, 100)
    phase_plane(activation, sigma_w2, 0.1).xi_c  # noqa: B018 - the first row of an activation samples its correlation map

    def counting(known: Callable) -> Callable:
        def counted(self: Activation, h: NDArray) -> NDArray:
            asked[0] += np.size(h)
            return known(self, h)

        return counted

    for name in ("function", "derivative"):
        monkeypatch.setattr(type(activation), name, counting(getattr(type(activation), name)))
    assert phase_plane(activation, sigma_w2, 0.1).xi_c.shape == (1, 100)
    assert (asked[0] > 100) is not activation.homogeneous
    assert asked[0] < 1e6
