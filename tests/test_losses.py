"""Losses against PyTorch, their gradients against finite differences, and what the naive forms break on."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from simulator.losses import Loss
from simulator.settings import SettingError

TRACES = Path(__file__).parent / "data" / "training_traces.npz"
STABLE = ("squared_error", "sigmoid_cross_entropy", "softmax_cross_entropy")
NAIVE = ("sigmoid_cross_entropy(naive_log=1)", "softmax_cross_entropy(naive_log=1)")


def extreme() -> tuple[np.ndarray, np.ndarray]:
    """The outputs that the stored values are of: see tests/studies/training/reference.py."""
    sizes = np.repeat([1.0, 40.0, 1000.0, 1e-3], 3)[:, None]
    return sizes * np.random.default_rng(8).standard_normal((12, 3)), np.eye(3)[np.arange(12) % 3]


@pytest.mark.parametrize("name", list(Loss.registry))
@pytest.mark.parametrize("outputs", [1, 2, 10, 1000])
def test_equal_probabilities_have_the_loss_that_is_said(name: str, outputs: int) -> None:
    loss = Loss.registry[name]()
    if not np.isnan(loss.even(outputs)):
        targets = loss.draw(np.random.default_rng(0), 16, outputs)
        assert loss.value(np.zeros((16, outputs)), targets) == pytest.approx(loss.even(outputs), rel=1e-12)
    assert np.isnan(loss.even(outputs)) == (name in ("none", "squared_error"))


def test_every_loss_is_registered() -> None:
    assert list(Loss.registry) == ["none", *STABLE]
    assert [name for name in Loss.registry if not Loss.parse(name).trains] == ["none"]


@pytest.mark.parametrize("name", STABLE)
def test_values_and_gradients_are_pytorchs(name: str) -> None:
    outputs, targets = extreme()
    loss = Loss.parse(name)
    with np.load(TRACES) as stored:
        np.testing.assert_allclose(loss.value(outputs, targets), stored[f"{name}.value"], rtol=1e-13)
        np.testing.assert_allclose(loss.gradient(outputs, targets), stored[f"{name}.gradient"], rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("name", [*STABLE, *NAIVE, "none"])
def test_gradients_are_finite_differences(name: str) -> None:
    rng, loss, step = np.random.default_rng(3), Loss.parse(name), 1e-5
    outputs, targets = 2 * rng.standard_normal((5, 4)), np.eye(4)[rng.integers(4, size=5)]
    gradient = loss.gradient(outputs, targets)
    for place in np.ndindex(outputs.shape):
        shift = np.zeros_like(outputs)
        shift[place] = step
        difference = loss.value(outputs + shift, targets) - loss.value(outputs - shift, targets)
        # step^2/6 times a third derivative below 1, and a few times 1e-16/step by rounding; logarithms lose a digit.
        assert abs(gradient[place] - difference / (2 * step)) < 1e-9


@pytest.mark.parametrize("name", [*STABLE, *NAIVE, "none"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_networks_do_not_mix_and_types_stay(name: str, dtype: type) -> None:
    rng, loss = np.random.default_rng(4), Loss.parse(name)
    outputs, targets = rng.standard_normal((3, 5, 4)).astype(dtype), np.eye(4, dtype=dtype)[rng.integers(4, size=5)]
    together, gradient = loss.value(outputs, targets), loss.gradient(outputs, targets)
    assert together.shape == (3,)
    assert gradient.shape == outputs.shape
    assert gradient.dtype == dtype
    for k in range(3):
        np.testing.assert_allclose(together[k], loss.value(outputs[k], targets), rtol=1e-6)
        np.testing.assert_allclose(gradient[k], loss.gradient(outputs[k], targets), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", NAIVE)
def test_the_naive_form_is_the_stable_one_until_it_breaks(name: str) -> None:
    naive, stable = Loss.parse(name), Loss.parse(name.split("(")[0])
    targets = np.array([[1.0, 0.0]])
    for size, same in ((5.0, True), (800.0, False)):
        outputs = np.array([[-size, size]])
        value = naive.value(outputs, targets)
        assert np.isclose(value, stable.value(outputs, targets), rtol=1e-9) == same
        assert np.isfinite(stable.value(outputs, targets))
        assert np.isfinite(naive.gradient(outputs, targets)).all() == same
        assert np.isfinite(stable.gradient(outputs, targets)).all()


def test_saturated_cross_entropy_keeps_its_gradient() -> None:
    """A wrong sigmoid output has gradient a - t = 1 however far it is, where the squared error of it has none."""
    gradient = Loss.parse("sigmoid_cross_entropy").gradient(np.array([[40.0]]), np.array([[0.0]]))
    assert gradient[0, 0] == 1.0


def test_naive_log_is_0_or_1() -> None:
    with pytest.raises(SettingError, match=r"\[0, 1\]"):
        Loss.parse("softmax_cross_entropy(naive_log=2)")


def test_targets_are_rows_of_the_unit_matrix_which_is_never_formed() -> None:
    loss = Loss.parse("softmax_cross_entropy")
    small = loss.draw(np.random.default_rng(0), 5, 7)
    assert np.array_equal(small, np.eye(7)[np.random.default_rng(0).integers(0, 7, 5)])
    tracemalloc.start()
    try:
        assert loss.draw(np.random.default_rng(0), 2, 10_000).sum() == 2
        assert tracemalloc.get_traced_memory()[1] < 10 * 2 * 10_000 * 8
    finally:
        tracemalloc.stop()
