"""Gaussian averages against independent integrals and against reference values."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from simulator.activations import Activation, ReLU, Tanh
from simulator.gaussian import average, covariance, fraction_always_within, fraction_within, moments, pair

ORACLE = json.loads((Path(__file__).parent / "data" / "oracle_curves.json").read_text())
SATURATION = ORACLE["saturation"]
TEXTS = [*Activation.registry, "elu(alpha=0.5)", "leaky_relu(negative_slope=0.2)"]
ALL = pytest.mark.parametrize("activation", [Activation.parse(text) for text in TEXTS], ids=str)
NEGATIVE = ((-math.inf, 0.0),)


def of_oracle(name: str) -> Activation:
    slope = name.removeprefix("leaky_relu_")
    return Activation.parse(f"leaky_relu(negative_slope={slope})" if slope != name else name)


def integral(function, kinks: list[float]) -> float:
    """The average of a scalar function over the standard normal law, by adaptive integration."""
    points = sorted({-12.0, *(kink for kink in kinks if -12 < kink < 12), -3.0, 0.0, 3.0, 12.0})
    total = 0.0
    for low, high in pairwise(points):
        piece = quad(lambda z: function(z) * math.exp(-z * z / 2), low, high, epsabs=1e-15, epsrel=1e-12, limit=400)
        total += piece[0]
    return total / math.sqrt(2 * math.pi)


@ALL
@pytest.mark.parametrize(("q", "mean"), [(0.03, 0.0), (1.7, 0.0), (40.0, 0.0), (0.6, 0.8), (2.5, -1.5)])
def test_moments_against_adaptive_integration(activation: Activation, q: float, mean: float) -> None:
    root = math.sqrt(q)

    def h(z: float) -> np.ndarray:
        return np.array([mean + root * z])

    def phi(z: float) -> float:
        return float(activation.function(h(z))[0])

    def slope(z: float) -> float:
        return float(activation.derivative(h(z))[0])

    kinks = [(k / root - mean / root) for k in (-4.0, -1.0, 0.0, 1.0, 4.0, *activation.kinks)]
    with np.errstate(under="ignore"):
        expected = [
            integral(phi, kinks),
            integral(lambda z: phi(z) ** 2, kinks),
            integral(lambda z: slope(z) ** 2, kinks),
            integral(lambda z: z * phi(z) * slope(z) / root, kinks),
        ]
    found = moments(activation, q, mean)
    names = ("mean", "second_moment", "derivative_second_moment", "parallel")
    for name, want in zip(names, expected, strict=True):
        assert float(getattr(found, name)) == pytest.approx(want, rel=1e-11, abs=1e-13), name
    assert float(found.variance) == pytest.approx(expected[1] - expected[0] ** 2, rel=1e-9)


@ALL
def test_moments_of_an_array_are_those_of_its_elements(activation: Activation) -> None:
    q = np.array([[0.0, 1e-12, 0.3], [2.0, 1e4, 1e8]])
    together = moments(activation, q)
    for index in np.ndindex(q.shape):
        alone = moments(activation, q[index])
        assert float(together.second_moment[index]) == pytest.approx(float(alone.second_moment), rel=1e-14)
        assert float(together.derivative_second_moment[index]) == pytest.approx(
            float(alone.derivative_second_moment), rel=1e-14
        )
        assert float(together.parallel[index]) == pytest.approx(float(alone.parallel), rel=1e-12)


@ALL
def test_moments_of_a_certain_preactivation(activation: Activation) -> None:
    for mean in (0.0, 0.7, -0.7):
        at = moments(activation, 0.0, mean)
        value = activation.function(np.array([mean]))[0]
        assert float(at.mean) == pytest.approx(value, abs=1e-16)
        assert float(at.second_moment) == pytest.approx(value**2, abs=1e-16)
        assert float(at.variance) == 0


@ALL
def test_parallel_is_the_slope_of_the_second_moment(activation: Activation) -> None:
    for q in (0.2, 1.5, 30.0):
        step = 1e-3 * q
        values = moments(activation, np.array([q - 2 * step, q - step, q + step, q + 2 * step])).second_moment
        slope = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
        assert float(moments(activation, q).parallel) == pytest.approx(slope, rel=1e-9)


@pytest.mark.parametrize(("text", "q"), [("tanh", 1e6), ("sigmoid", 1e6)])
def test_moments_far_in_saturation(text: str, q: float) -> None:
    share, slope = {"tanh": (2, 4 / 3), "sigmoid": (1, 1 / 6)}[text]
    found = moments(Activation.parse(text), q)
    asymptote = math.sqrt(2 * math.pi * q)
    top = {"tanh": 1.0, "sigmoid": 0.5}[text]
    assert float(found.second_moment) == pytest.approx(top - share / asymptote, abs=10 / q)
    assert float(found.derivative_second_moment) == pytest.approx(slope / asymptote, rel=1e-4)


@ALL
@pytest.mark.parametrize(("q", "one_minus_c"), [(1.5, 0.5), (0.4, 1.3), (12.0, 0.02), (200.0, 0.7)])
def test_pair_against_sampling(activation: Activation, q: float, one_minus_c: float) -> None:
    rng, count = np.random.default_rng(5), 400_000
    common, apart = rng.normal(size=(2, count))
    common *= math.sqrt(q * (1 - one_minus_c / 2))
    apart *= math.sqrt(q * one_minus_c / 2)
    u, v = common + apart, common - apart
    with np.errstate(under="ignore"):
        distances = (activation.function(u) - activation.function(v)) ** 2 / 2
        slopes = activation.derivative(u) * activation.derivative(v)
    found = pair(activation, q, one_minus_c)
    for samples, value in ((distances, found.distance), (slopes, found.slopes)):
        error = samples.std() / math.sqrt(count)
        assert abs(samples.mean() - value) <= 4.5 * error + 1e-12


@ALL
def test_pair_is_continuous_across_its_methods(activation: Activation) -> None:
    # each q has 1 - c on either side of where the method changes; distance/(1 - c) is smooth there
    for q in (0.5, 3.0):
        edge = 2 * 0.01**2 / q
        low, high = (pair(activation, q, edge * (1 + shift)).distance / (1 + shift) for shift in (-1e-9, 1e-9))
        assert low == pytest.approx(high, rel=1e-8)


@ALL
def test_pair_of_independent_and_of_equal_preactivations(activation: Activation) -> None:
    for q in (0.3, 2.0, 300.0):
        one = moments(activation, q)
        apart = pair(activation, q, 1.0)
        assert apart.distance == pytest.approx(float(one.variance), rel=1e-11)
        mean_slope = average(activation, activation.derivative, q)
        assert apart.slopes == pytest.approx(mean_slope**2, rel=1e-11)
        for one_minus_c in (1e-200, 1e-25, 1e-14):
            together = pair(activation, q, one_minus_c)
            # each kink lets the slopes differ on a share sqrt(1 - c) of the pairs
            steep = activation.sup_derivative**2 / float(one.derivative_second_moment)
            astray = 1.5 * steep * len(activation.kinks) * math.sqrt(one_minus_c)
            tolerance = 1e-11 + (astray if activation.kinks else 10 * q * one_minus_c)
            assert together.slopes == pytest.approx(float(one.derivative_second_moment), rel=tolerance)
            assert together.distance == pytest.approx(
                q * one_minus_c * float(one.derivative_second_moment), rel=tolerance, abs=0
            )


@ALL
def test_pair_agrees_with_the_covariance(activation: Activation) -> None:
    for q, c in ((0.7, 0.2), (5.0, 0.9), (5.0, -0.6)):
        whole = float(moments(activation, q).second_moment)
        assert covariance(activation, q, q, c) == pytest.approx(whole - pair(activation, q, 1 - c).distance, rel=1e-11)


@given(q=st.floats(0.05, 20), c=st.floats(-0.99, 0.999), text=st.sampled_from(["tanh", "elu", "relu", "erf", "silu"]))
@settings(max_examples=20)
def test_slopes_are_the_derivative_of_the_covariance(q: float, c: float, text: str) -> None:
    activation = Activation.parse(text)
    step = 1e-4 * (1 - abs(c))
    rise = pair(activation, q, 1 - c + step).distance - pair(activation, q, 1 - c - step).distance
    assert pair(activation, q, 1 - c).slopes == pytest.approx(rise / (2 * step * q), rel=1e-5)


def test_pair_with_a_mean_against_sampling() -> None:
    rng, count = np.random.default_rng(6), 400_000
    z, y = rng.normal(size=(2, count))
    for text in ("relu", "tanh", "selu", "gelu"):
        activation = Activation.parse(text)
        u, v = (0.6 + math.sqrt(1.2) * (math.sqrt(0.9) * z + sign * math.sqrt(0.1) * y) for sign in (1, -1))
        samples = (activation.function(u) - activation.function(v)) ** 2 / 2
        found = pair(activation, 1.2, 0.2, 0.6).distance
        assert abs(samples.mean() - found) <= 4.5 * samples.std() / math.sqrt(count)


def test_sigmoid_is_a_moved_tanh() -> None:
    sigmoid, tanh = Activation.parse("sigmoid"), Tanh()
    for q in (0.1, 1.0, 50.0):
        assert float(moments(sigmoid, q).variance) == pytest.approx(float(moments(tanh, q / 4).variance) / 4, rel=1e-13)
        assert pair(sigmoid, q, 0.1).distance == pytest.approx(pair(tanh, q / 4, 0.1).distance / 4, rel=1e-12)


def test_covariance_of_unequal_norms() -> None:
    curve = next(curve for curve in ORACLE["curves"] if "q_b" in curve)
    for layer in range(len(curve["q"]) - 1):
        q, q_b, c = (curve[name][layer] for name in ("q", "q_b", "c"))
        crossed = curve["sw2"] * covariance(ReLU(), q, q_b, c) + curve["sb2"]
        following = crossed / math.sqrt(curve["q"][layer + 1] * curve["q_b"][layer + 1])
        assert following == pytest.approx(curve["c"][layer + 1], rel=1e-9)


@pytest.mark.parametrize("name", SATURATION["activations"])
def test_flat_intervals_and_their_fractions(name: str) -> None:
    activation = of_oracle(name)
    for tau, entry in SATURATION["activations"][name].items():
        intervals = activation.flat_intervals(float(tau))
        ends = [end for interval in intervals for end in interval if math.isfinite(end)]
        assert ends == pytest.approx(
            [end for interval in entry["intervals"] for end in interval if end is not None], rel=1e-9
        )
        assert len(intervals) == len(entry["intervals"])
        assert activation.sup_derivative == pytest.approx(entry["sup_dphi"], rel=1e-9)
        for q, fraction in entry["fraction"].items():
            # below 1e-16 the table holds one tail only
            assert fraction_within(intervals, math.sqrt(float(q))) == pytest.approx(fraction, rel=1e-9, abs=1e-16)


def test_thresholds_on_the_value_of_tanh() -> None:
    for entry in SATURATION["tanh_value_thresholds"].values():
        intervals = Tanh().flat_intervals(entry["tau_equiv"])
        assert intervals[1][0] == pytest.approx(entry["h"], rel=1e-9)
        for q, fraction in entry["fraction"].items():
            assert fraction_within(intervals, math.sqrt(float(q))) == pytest.approx(fraction, rel=1e-9)


@pytest.mark.parametrize("entry", SATURATION["dead_unit"], ids=lambda entry: f"B{entry['B']}-c{entry['c']}")
def test_dead_units(entry: dict[str, float]) -> None:
    found = fraction_always_within(NEGATIVE, 1.3, 1 - entry["c"], int(entry["B"]))
    # the table's entries below 1e-16 are good to fewer digits: at c = 0 the answer is 2^-B
    expected = 2.0 ** -entry["B"] if entry["c"] == 0 else entry["P_all_negative"]
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("batch", [1, 2, 7, 64, 1000, 10_000])
def test_dead_units_at_half_correlation(batch: int) -> None:
    assert fraction_always_within(NEGATIVE, 2.0, 0.5, batch) == pytest.approx(1 / (batch + 1), rel=1e-9)


@pytest.mark.parametrize("one_minus_c", [1e-3, 1e-6, 1e-12, 1e-20, 1e-29, 0.0])
@pytest.mark.parametrize("batch", [2, 64, 10_000])
def test_dead_units_as_examples_become_one(one_minus_c: float, batch: int) -> None:
    # E max of a batch is the mean of the largest of B normals: the boundary moves by that many own deviations
    found = fraction_always_within(NEGATIVE, 1.0, one_minus_c, batch)
    largest, _ = quad(
        lambda x: _largest_density(x, batch) * x, -1, 8, epsabs=1e-12, limit=200, points=[2.0, 3.0, 4.0, 5.0]
    )
    largest = 1 / math.sqrt(math.pi) if batch == 2 else largest
    first_order = 0.5 - largest * math.sqrt(one_minus_c) / math.sqrt(2 * math.pi)
    assert found == pytest.approx(first_order, abs=20 * one_minus_c + 1e-6 * math.sqrt(one_minus_c) + 1e-12)


def _largest_density(x: float, batch: int) -> float:
    below = 0.5 * math.erfc(-x / math.sqrt(2))
    return batch * below ** (batch - 1) * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize("text", ["tanh", "gelu", "sigmoid"])
def test_dead_units_against_sampling(text: str) -> None:
    rng, count, batch, one_minus_c, q = np.random.default_rng(8), 100_000, 6, 0.05, 9.0
    activation = Activation.parse(text)
    z, own = rng.normal(size=(count, 1)), rng.normal(size=(count, batch))
    h = math.sqrt(q) * (math.sqrt(1 - one_minus_c) * z + math.sqrt(one_minus_c) * own)
    dead = activation.saturated(h, 0.3).all(axis=1).mean()
    found = fraction_always_within(activation.flat_intervals(0.3), math.sqrt(q), one_minus_c, batch)
    assert abs(dead - found) <= 4.5 * math.sqrt(found * (1 - found) / count)
