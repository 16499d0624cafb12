"""Gaussian averages of activations with kinks anywhere and of those that oscillate, against independent integrals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

import simulator as sim
from simulator.activations import Activation
from simulator.gaussian import moments, pair, precise

KINKED: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray], tuple[float, ...]]] = {
    "relu6": (lambda h: np.clip(h, 0, 6), lambda h: np.where((h > 0) & (h < 6), 1.0, 0.0), (0.0, 6.0)),
    "hardswish": (
        lambda h: h * np.clip(h + 3, 0, 6) / 6,
        lambda h: np.where(h <= -3, 0.0, np.where(h >= 3, 1.0, (2 * h + 3) / 6)),
        (-3.0, 3.0),
    ),
    "softshrink": (
        lambda h: np.sign(h) * np.maximum(np.abs(h) - 0.5, 0),
        lambda h: np.where(np.abs(h) > 0.5, 1.0, 0.0),
        (-0.5, 0.5),
    ),
}


@pytest.fixture(autouse=True)
def registry_as_it_was() -> Iterator[None]:
    before = dict(Activation.registry)
    yield
    Activation.registry.clear()
    Activation.registry.update(before)


def integral(function: Callable[[float], float], deviation: float, kinks: tuple[float, ...]) -> float:
    """E f(deviation z) by adaptive integration between the kinks."""
    edges = sorted({-9.0, 0.0, 9.0, *(kink / deviation for kink in kinks if abs(kink) < 9 * deviation)})
    parts = (
        quad(lambda z: function(deviation * z) * norm.pdf(z), low, high, epsabs=0, epsrel=2e-14, limit=200)[0]
        for low, high in pairwise(edges)
    )
    return math.fsum(parts)


@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")
@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("name", KINKED)
def test_kinks_away_from_zero_cost_no_digit(name: str, declared: bool) -> None:
    """Declared or not: an undeclared one is found."""
    function, derivative, kinks = KINKED[name]
    sim.activation("mine", derivative=derivative, kinks=kinks if declared else ())(function)
    mine = Activation.parse("mine")
    for q in (0.3, 4.0, 25.0):
        found, deviation = moments(mine, q), math.sqrt(q)
        for measured, of in ((found.second_moment, function), (found.derivative_second_moment, derivative)):
            expected = integral(lambda h, of=of: float(of(np.float64(h))) ** 2, deviation, kinks)
            assert float(measured) == pytest.approx(expected, rel=2e-14)


@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")
@pytest.mark.parametrize("name", KINKED)
def test_two_point_averages_are_cut_at_every_kink(name: str) -> None:
    """E phi'(u) phi'(v) by integrating the average of phi' given u, which is known from its pieces."""
    function, derivative, kinks = KINKED[name]
    sim.activation("mine", derivative=derivative, kinks=kinks)(function)
    mine = Activation.parse("mine")
    for q, c in ((1.0, 0.4), (25.0, 0.9)):
        deviation, own = math.sqrt(q), math.sqrt(q * (1 - c * c))

        def given_u(u: float, c: float = c, own: float = own) -> float:
            edges = sorted({c * u - 9 * own, c * u + 9 * own, *(k for k in kinks if abs(k - c * u) < 9 * own)})
            return math.fsum(
                quad(lambda v: float(derivative(np.float64(v))) * norm.pdf(v, c * u, own), low, high, epsrel=1e-12)[0]
                for low, high in pairwise(edges)
            )

        expected = integral(lambda u: float(derivative(np.float64(u))) * given_u(u), deviation, kinks)
        assert pair(mine, q, 1 - c).slopes == pytest.approx(expected, rel=1e-9)


def test_what_oscillates_faster_than_the_panels_is_refined() -> None:
    """sin(k h): E phi^2 = (1 - exp(-2 k^2 q)) / 2, and so on."""
    sim.activation("mine", derivative=lambda h: 30 * np.cos(30 * h))(lambda h: np.sin(30 * h))
    mine = Activation.parse("mine")
    for q in (1e-3, 0.02, 1.0, 9.0):
        found = moments(mine, q)
        assert precise(mine, q)
        assert float(found.second_moment) == pytest.approx(-math.expm1(-1800 * q) / 2, rel=1e-13)
        assert float(found.derivative_second_moment) == pytest.approx(450 * (1 + math.exp(-1800 * q)), rel=1e-13)
    c = 0.999
    alike = math.exp(-900 * 0.02 * (1 - c)) * -math.expm1(-1800 * 0.02 * c) / 2
    both = pair(mine, 0.02, 1 - c)
    assert -math.expm1(-1800 * 0.02) / 2 - both.distance == pytest.approx(alike, rel=1e-9)


def test_what_no_panels_reach_is_named() -> None:
    sim.activation("mine", derivative=lambda h: 30 * np.cos(30 * h))(lambda h: np.sin(30 * h))
    far, near = (sim.Experiment(activation="mine", init="lecun_normal", gain=gain, depth=2) for gain in (1000.0, 1.0))
    assert not precise(Activation.parse("mine"), 1e6)
    assert "approximate" in sim.mean_field(far).remark
    assert sim.mean_field(near).remark == ""
    assert sim.mean_field(sim.Experiment()).remark == ""
