"""One contract for every registered activation, and the published values of some."""

from __future__ import annotations

import dataclasses
import math
import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.activations import ELU, GELU, SELU, Activation, LeakyReLU, Sigmoid, Softplus, Tanh

TEXTS = [
    *Activation.registry,
    "elu(alpha=0.5)",
    "elu(alpha=3)",
    "leaky_relu(negative_slope=0.2)",
    "leaky_relu(negative_slope=1)",
    "celu(alpha=0.3)",
    "squareplus(b=0.1)",
]
ALL = pytest.mark.parametrize("activation", [Activation.parse(text) for text in TEXTS], ids=str)
TAUS = (1e-200, 0.001, 0.01, 0.05, 0.0591, 0.3, 0.9, 0.999)
EXTREMES = np.array(
    [0.0, -0.0, 1e300, -1e300, 1.7e308, -1.7e308, 5e-324, -5e-324, 1e-310, 1e4, -1e4, 750, -750, 39, -39]
)
HIDDEN = np.concatenate((np.linspace(-30, 30, 1201), np.random.default_rng(0).normal(size=2000)))


def away_from_kinks(activation: Activation, h: np.ndarray, distance: float = 1e-2) -> np.ndarray:
    return h[np.all([np.abs(h - kink) > distance for kink in activation.kinks] or [h == h], axis=0)]


@ALL
def test_derivative_is_the_slope_of_function(activation: Activation) -> None:
    h, e = away_from_kinks(activation, HIDDEN[np.abs(HIDDEN) < 6]), 1e-3

    def change(step: float) -> np.ndarray:
        return (activation.function(h + step) - activation.function(h - step)) / (2 * step)

    slope = (64 * change(e / 4) - 20 * change(e / 2) + change(e)) / 45  # error of order e^6
    np.testing.assert_allclose(activation.derivative(h), slope, rtol=0, atol=1e-11)


@ALL
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_no_warning_and_same_type_at_any_finite_argument(activation: Activation, dtype: type) -> None:
    limit = np.finfo(dtype).max / 1.051  # SELU itself leaves the range above
    with np.errstate(under="ignore"):
        h = np.clip(EXTREMES, -limit, limit).astype(dtype).reshape(3, 5)
    results = [activation.function(h), activation.derivative(h), activation.centred(h)]
    assert all(np.isfinite(result).all() for result in results)
    for logs in (activation.log_function(h), activation.log_derivative(h)):
        results.extend(logs)
    assert all(result.dtype == dtype and result.shape == h.shape and not np.isnan(result).any() for result in results)
    assert activation.saturated(h, 0.05).shape == h.shape


@ALL
def test_evaluate_is_function_and_derivative(activation: Activation) -> None:
    h = np.concatenate((HIDDEN, np.clip(EXTREMES, -1e300, 1e300)))
    for joint, alone in zip(activation.evaluate(h), (activation.function(h), activation.derivative(h)), strict=True):
        with np.errstate(under="ignore"):
            # 1 - tanh^2 keeps 12 digits down to where evaluate leaves it for sech^2
            np.testing.assert_allclose(joint, alone, rtol=4e-12, atol=1e-16 * (activation.sup_derivative > 1))
    assert all(part.dtype == np.float32 for part in activation.evaluate(HIDDEN.astype(np.float32)))


@ALL
def test_arguments_are_left_as_they_were(activation: Activation) -> None:
    h = HIDDEN.copy()
    outputs = [activation.function(h), activation.derivative(h), activation.centred(h)]
    activation.log_function(h), activation.log_derivative(h), activation.saturated(h, 0.05)
    assert np.array_equal(h, HIDDEN)
    assert not any(np.shares_memory(output, h) for output in outputs)


@ALL
def test_logarithms_agree_where_the_plain_value_exists(activation: Activation) -> None:
    for logs, plain in (
        (activation.log_function, activation.function),
        (activation.log_derivative, activation.derivative),
    ):
        sign, log = logs(HIDDEN)
        value = plain(HIDDEN)
        assert np.array_equal(sign == 0, log == -np.inf)
        exists = np.abs(value) > 1e-280
        # near its zero phi' is a difference of numbers of order 1, in either form
        tolerance = 1e-12 + 1e-15 / np.maximum(np.abs(value), 1e-280) * (np.abs(HIDDEN) < 2)
        with np.errstate(under="ignore"):
            error = np.abs(sign * np.exp(np.maximum(log, -700)) - value)
            assert (error[exists] <= (tolerance * np.abs(value))[exists]).all()


@pytest.mark.parametrize(
    ("text", "h", "log_function", "log_derivative"),
    [
        ("tanh", 1e4, 0.0, math.log(4) - 2e4),
        ("sigmoid", -1e4, -1e4, -1e4),
        ("sigmoid", 1e4, 0.0, -1e4),
        ("softplus", -1e4, -1e4, -1e4),
        ("silu", -1e4, math.log(1e4) - 1e4, math.log(1e4 - 1) - 1e4),
        ("elu(alpha=0.5)", -1e4, math.log(0.5), math.log(0.5) - 1e4),
        # Phi(-x) = pdf(x)/x (1 - 1/x^2 + 3/x^4 - 15/x^6), and phi' = Phi(h) + h pdf(h)
        ("gelu", -60.0, -1800 - math.log(2 * math.pi) / 2 + math.log1p(-1 / 60**2 + 3 / 60**4 - 15 / 60**6),
         -1800 - math.log(2 * math.pi) / 2 + math.log(60 - (1 - 1 / 60**2 + 3 / 60**4) / 60)),
        ("erf", 100.0, 0.0, math.log(2 / math.sqrt(math.pi)) - 1e4),
    ],
)  # fmt: skip
def test_logarithms_where_the_plain_value_underflows(
    text: str, h: float, log_function: float, log_derivative: float
) -> None:
    activation = Activation.parse(text)
    assert activation.log_function(np.array([h]))[1][0] == pytest.approx(log_function, rel=1e-13, abs=1e-300)
    assert activation.log_derivative(np.array([h]))[1][0] == pytest.approx(log_derivative, rel=1e-13)


@ALL
def test_values_and_slopes_at_zero_and_infinity(activation: Activation) -> None:
    assert activation.function(np.zeros(1))[0] == pytest.approx(activation.value_at_zero, abs=1e-16)
    e = 1e-9
    left, right = activation.centred(np.array([-e, e])) / np.array([-e, e])
    assert (left, right) == pytest.approx(activation.slopes_at_zero, rel=1e-8)
    far = activation.derivative(np.array([-1e200, 1e200]))
    assert tuple(far) == pytest.approx(activation.slopes_at_infinity, rel=1e-15, abs=1e-300)
    near_zero = np.array([-1e-12, 1e-12])
    slopes = activation.derivative(np.array([-1e-30, 1e-30]))
    assert tuple(activation.centred(near_zero) / near_zero) == pytest.approx(tuple(slopes), rel=1e-11)


@ALL
def test_symmetry_and_scaling_are_as_declared(activation: Activation) -> None:
    h = HIDDEN
    odd = np.abs(activation.centred(h) + activation.centred(-h)).max() < 1e-14
    assert odd == activation.odd or isinstance(activation, LeakyReLU)
    with np.errstate(under="ignore"):
        scaled = np.allclose(activation.function(7 * h), 7 * activation.function(h), rtol=1e-14, atol=0)
    assert scaled == activation.homogeneous


@ALL
def test_supremum_of_the_derivative(activation: Activation) -> None:
    turns = np.array(activation.turning_points)
    h = np.concatenate((HIDDEN, turns, turns - 1e-12, [-1e3, 1e3, -1e-9, 1e-9, 1e8]))
    steepest = np.abs(activation.derivative(h)).max()
    assert steepest <= activation.sup_derivative * (1 + 1e-15)
    assert steepest == pytest.approx(activation.sup_derivative, rel=1e-8)


@ALL
def test_slope_is_monotone_between_turning_points(activation: Activation) -> None:
    turns = (-40.0, *activation.turning_points, 40.0)
    for low, high in pairwise(turns):
        h = np.linspace(low, high, 4003)[1:-1]
        sizes = activation.log_derivative(h)[1]
        steps = np.diff(sizes[np.isfinite(sizes)])
        # saturated values may wander by their rounding
        assert (steps >= -1e-13).all() or (steps <= 1e-13).all()


@ALL
@pytest.mark.parametrize("tau", TAUS)
def test_saturated_is_the_rule(activation: Activation, tau: float) -> None:
    slope, limit = np.abs(activation.derivative(HIDDEN)), tau * activation.sup_derivative
    by_rule = slope < limit
    # A tie, which rounding decides, and a single point of slope 0, which is no side.
    told = (np.abs(slope - limit) > 4e-16 * limit) & ~np.isin(HIDDEN, activation.turning_points)
    assert np.array_equal(activation.saturated(HIDDEN, tau)[told], by_rule[told])
    kinks = np.array(activation.kinks)
    at_kinks = np.abs(activation.derivative(kinks)) < tau * activation.sup_derivative
    assert np.array_equal(activation.saturated(kinks, tau), at_kinks)


@ALL
@pytest.mark.parametrize("tau", TAUS)
def test_flat_intervals_end_where_the_slope_crosses(activation: Activation, tau: float) -> None:
    limit = math.log(tau) + math.log(activation.sup_derivative)
    intervals = activation.flat_intervals(tau)
    ends = [end for interval in intervals for end in interval]
    assert ends == sorted(ends)
    for end in ends:
        at_zero_of_slope = min((abs(end - turn) for turn in activation.turning_points), default=1) < 1e-13
        if math.isfinite(end) and end not in activation.kinks and not at_zero_of_slope:
            log = activation.log_derivative(np.array([end]))[1][0]
            step = 1e-10 * max(1, abs(end))
            around = activation.log_derivative(np.array([end - step, end + step]))[1]
            assert around.min() <= limit <= around.max() or log == pytest.approx(limit, rel=1e-10)


@ALL
def test_flat_intervals_at_the_ends_of_the_threshold(activation: Activation) -> None:
    assert activation.flat_intervals(0) == ()
    assert not activation.saturated(HIDDEN, 0).any()
    everything_but_the_steepest = {
        "tanh": ((-math.inf, 0.0), (0.0, math.inf)),
        "relu": ((-math.inf, 0.0),),
        "linear": (),
        "elu": ((-math.inf, 0.0),),
        "gelu": ((-math.inf, math.sqrt(2)), (math.sqrt(2), math.inf)),
    }
    if str(activation) in everything_but_the_steepest:
        assert activation.flat_intervals(1) == everything_but_the_steepest[str(activation)]


@given(alpha=st.floats(1e-6, 10), tau=st.floats(1e-6, 0.999))
def test_elu_is_flat_below_the_logarithm_of_the_threshold(alpha: float, tau: float) -> None:
    activation = ELU(alpha=alpha)
    cut = math.log(tau * max(1, alpha) / alpha)
    intervals = activation.flat_intervals(tau)
    if abs(cut) < 1e-9:
        return  # a tie, which rounding decides
    if cut >= 0:
        assert intervals[0][0] == -math.inf and intervals[0][1] == 0
        assert activation.saturated(np.zeros(1), tau)[0] == (alpha < tau)
    else:
        assert intervals[0] == (-math.inf, pytest.approx(cut, rel=1e-10, abs=1e-10))
    assert (intervals[-1][1] == math.inf) == (tau * alpha > 1)


@given(slope=st.floats(0, 1), tau=st.floats(1e-3, 1))
def test_leaky_relu_is_flat_on_the_left_or_nowhere(slope: float, tau: float) -> None:
    intervals = LeakyReLU(negative_slope=slope).flat_intervals(tau)
    if abs(slope - tau) > 1e-9:
        assert intervals == (((-math.inf, 0.0),) if slope < tau else ())


@given(h=st.floats(-700, 700))
def test_tails_keep_relative_precision(h: float) -> None:
    h_array = np.array([h])
    e = math.exp(-abs(h))
    assert Sigmoid().derivative(h_array)[0] == pytest.approx(e / (1 + e) ** 2, rel=1e-14)
    assert Sigmoid().function(h_array)[0] == pytest.approx(1 / (1 + math.exp(-h)), rel=1e-14)
    if abs(h) < 350:
        assert Tanh().derivative(h_array)[0] == pytest.approx(1 / math.cosh(h) ** 2, rel=1e-13)
    assert Softplus().function(h_array)[0] == pytest.approx(max(h, 0) + math.log1p(e), rel=1e-14)


def test_pytorch_conventions_at_zero() -> None:
    values = {"relu": 0.0, "leaky_relu": 0.01, "elu(alpha=0.5)": 0.5, "selu": SELU.scale * SELU.alpha, "gelu": 0.5}
    for text, value in values.items():
        assert Activation.parse(text).derivative(np.zeros(1))[0] == value


def test_pytorch_gains() -> None:
    gains = {
        "linear": 1.0,
        "sigmoid": 1.0,
        "tanh": 5 / 3,
        "relu": math.sqrt(2),
        "selu": 0.75,
        "gelu": None,
        "silu": None,
    }
    for text, gain in gains.items():
        assert Activation.parse(text).torch_gain == gain
    assert LeakyReLU(negative_slope=0.2).torch_gain == pytest.approx(math.sqrt(2 / 1.04))


@ALL
def test_text_equality_hash_and_pickle(activation: Activation) -> None:
    again = Activation.parse(str(activation))
    assert again == activation and hash(again) == hash(activation)
    assert pickle.loads(pickle.dumps(activation)) == activation
    assert dataclasses.is_dataclass(activation) and activation.summary().endswith(".")
    assert (Tanh() == Sigmoid()) is False


def test_aliases() -> None:
    assert isinstance(Activation.parse("swish"), type(Activation.parse("silu")))
    assert Activation.parse("identity") == Activation.parse("linear")
    assert Activation.parse("logistic") == Sigmoid()
    assert isinstance(Activation.parse("GELU"), GELU)
