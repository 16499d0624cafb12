"""Scaled arrays: exact powers of two, moments without lost digits, logarithms of any size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scaled import Scaled, add, log10, value


def signal(exponent=0, shift=0.0, size=(1, 8, 50)):
    values = np.random.default_rng(1).standard_normal(size) + shift
    return Scaled(values, np.full(size[0], exponent, dtype=np.int64))


@given(st.floats(1e-300, 1e300), st.integers(-20000, 20000))
def test_log10_is_right_at_any_size(mantissa, exponent):
    expected = np.log10(mantissa) + exponent * np.log10(2)
    assert log10(np.array([mantissa]), np.array([exponent]))[0] == pytest.approx(expected, rel=1e-14, abs=1e-12)


def test_values_outside_the_double_range_are_missing_and_zeros_are_zeros():
    exponents = np.array([0, 5000, -5000, 0, 3])
    found = value(np.array([1.5, 1.0, 1.0, 0.0, -1.0]), exponents)
    np.testing.assert_array_equal(found, [1.5, np.nan, np.nan, 0.0, -8.0])
    assert np.isnan(log10(np.array([0.0]), np.array([0]))[0])


def test_rescaling_changes_no_bit():
    far = Scaled(signal().values * 2.0**-300, np.array([40]))
    near = far.rescaled()
    assert 0.1 < near.second_moment[0] < 10
    np.testing.assert_array_equal(np.ldexp(near.values, near.exponent - 40 + 300), signal().values)


def test_values_whose_squares_underflow_are_rescaled_too():
    tiny = Scaled(signal().values * 1e-250).rescaled()
    assert 0.01 < tiny.second_moment[0] < 10
    np.testing.assert_allclose(tiny.plain(), signal().values * 1e-250, rtol=1e-15)


def test_a_zero_signal_stays_as_it_is():
    zero = Scaled(np.zeros((1, 2, 3))).rescaled()
    assert zero.second_moment[0] == 0 and zero.exponent[0] == 0


def test_the_variance_survives_a_large_mean():
    centred = signal().values
    assert Scaled(centred * 1e-7 + 1.0).variance[0] == pytest.approx(1e-14 * centred.var(), rel=1e-6)


def test_moments_are_per_network():
    pair = signal(size=(3, 4, 25))
    np.testing.assert_allclose(pair.mean, pair.values.mean(axis=(1, 2)))
    np.testing.assert_allclose(pair.variance, pair.values.var(axis=(1, 2)))
    np.testing.assert_allclose(np.sqrt(pair.squares), np.linalg.norm(pair.values, axis=2))
    np.testing.assert_allclose(pair.gram[1], pair.values[1] @ pair.values[1].T)


@pytest.mark.parametrize("exponents", [(0, 0), (900, 0), (0, 900), (-3000, -3010), (-3000, 0), (5000, 0)])
def test_sums_keep_the_larger_ones_digits(exponents):
    left, right = signal(exponents[0]), Scaled(signal(shift=1).values, np.array([exponents[1]]))
    total = add(left, right)
    top = max(exponents)
    with np.errstate(under="ignore"):
        expected = np.ldexp(left.values, exponents[0] - top) + np.ldexp(right.values, exponents[1] - top)
    np.testing.assert_allclose(np.ldexp(total.values, total.exponent[0] - top), expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(apart=st.floats(-13, 1), seed=st.integers(0, 99), lift=st.sampled_from([0.0, 1.0]))
def test_what_tells_examples_apart_is_known_down_to_rounding(dtype, apart: float, seed: int, lift: float) -> None:
    rng = np.random.default_rng(seed)
    common, own = rng.standard_normal((1, 200)) + lift, rng.standard_normal((24, 200))
    values = (common + 10.0 ** (apart / 2) * own).astype(dtype)
    exact = values.astype(np.longdouble).var(axis=0).mean()
    assert Scaled(values[None]).between_variance[0] == pytest.approx(float(exact), rel=2e-3)


def test_equal_examples_have_no_variance_between_them() -> None:
    values = np.tile(np.random.default_rng(1).standard_normal(300), (1, 37, 1))
    for same in (values, values.astype(np.float32)):
        assert 0 <= Scaled(same).between_variance[0] < 1e-30
