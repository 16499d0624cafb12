"""sim.activation: a plain function is an activation like the shipped ones, and what is none is refused."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import simulator as sim
from simulator.activations import Activation
from simulator.gaussian import moments, pair

Function = Callable[[np.ndarray], np.ndarray]
LIKE: dict[str, tuple[Function, dict]] = {
    "tanh": (np.tanh, {}),
    "relu": (lambda h: np.maximum(h, 0), {"kinks": (0,), "rectifier": True}),
    "silu": (lambda h: h / (1 + np.exp(-h)), {}),
    "softplus": (lambda h: np.logaddexp(h, 0), {}),
    "elu": (lambda h: np.where(h > 0, h, np.expm1(h)), {"kinks": (0,)}),
    "sigmoid": (lambda h: 1 / (1 + np.exp(-h)), {}),
}
"""Shipped activations, written as anybody would."""


@pytest.fixture(autouse=True)
def registry_as_it_was() -> Iterator[None]:
    before = dict(Activation.registry)
    yield
    Activation.registry.clear()
    Activation.registry.update(before)


@pytest.mark.parametrize("name", LIKE)
def test_a_function_is_the_activation_that_it_is(name: str) -> None:
    """Averages, flat intervals, simulation and theory are those of the shipped class, as far as differences go."""
    function, facts = LIKE[name]
    assert sim.activation("mine", **facts)(function) is function
    mine, shipped = Activation.parse("mine"), Activation.parse(name)
    assert mine.accuracy < 1e-9
    for q in (0.05, 1.0, 30.0):
        one, other = moments(mine, q), moments(shipped, q)
        assert float(one.second_moment) == pytest.approx(float(other.second_moment), rel=1e-13)
        assert float(one.derivative_second_moment) == pytest.approx(float(other.derivative_second_moment), rel=1e-9)
        assert pair(mine, q, 0.3).slopes == pytest.approx(pair(shipped, q, 0.3).slopes, rel=1e-9)
    assert (mine.homogeneous, mine.slopes_at_infinity) == (
        shipped.homogeneous,
        pytest.approx(shipped.slopes_at_infinity),
    )
    for own, known in zip(mine.flat_intervals(0.05), shipped.flat_intervals(0.05), strict=True):
        assert own == pytest.approx(known, abs=1e-6)
    experiment = sim.Experiment(activation=name, depth=6, width=40, batch=8)
    for run in (sim.propagate, sim.mean_field):
        found, wanted = (run(experiment.replace(activation=text)).curves for text in ("mine", name))
        for quantity in ("activation", "activation_gradient"):
            mine_logs, logs = found[quantity, "variance"][1], wanted[quantity, "variance"][1]
            np.testing.assert_allclose(mine_logs, logs, atol=1e-6)


def test_a_derivative_from_values_says_so_and_a_given_one_does_not() -> None:
    sim.activation("mine")(np.tanh)
    assert "worked out from its values" in Activation.parse("mine").summary()
    sim.activation("mine", derivative=lambda h: 1 / np.cosh(h) ** 2)(np.tanh)
    assert "worked out" not in Activation.parse("mine").summary()
    assert Activation.parse("mine").accuracy == 0


@pytest.mark.parametrize(
    ("function", "facts", "sentence"),
    [
        (np.tanh, {"derivative": np.cosh}, "has a derivative that is not its own: at h = "),
        (np.log, {}, "must give a number everywhere; at h = "),
        (lambda h: h / 0 * 0, {}, "must give a number everywhere; at h = "),
    ],
)
def test_what_is_no_activation_is_refused_in_a_sentence(function: Function, facts: dict, sentence: str) -> None:
    with pytest.raises(sim.SettingError, match=sentence):
        sim.activation("mine", **facts)(function)
    assert "mine" not in Activation.registry


def test_a_class_with_a_wrong_derivative_is_refused_too() -> None:
    wrong = {"__module__": "__main__", "derivative": lambda self, h: np.ones_like(h)}
    with pytest.raises(sim.SettingError, match="derivative that is not its own"):
        type("Wrong", (Activation.registry["tanh"],), wrong, name="wrong")


def test_functions_keep_the_type_and_shape_of_what_they_are_given_and_never_warn() -> None:
    sim.activation("mine")(lambda h: np.exp(h) / (1 + np.exp(h)) if h.max() < 700 else 1 / (1 + np.exp(-h)))
    mine = Activation.parse("mine")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for dtype in (np.float32, np.float64):
            h = np.array([[-80.0, 0.0, 80.0]], dtype)
            for found in (mine.function(h), mine.derivative(h), mine.centred(h)):
                assert (found.dtype, found.shape) == (dtype, h.shape)


def test_code_goes_into_the_script_and_without_it_one_sentence() -> None:
    sim.activation("mine", code={"pytorch": "h * torch.sigmoid(1.5 * h)"})(lambda h: h / (1 + np.exp(-1.5 * h)))
    experiment = sim.Experiment(activation="mine")
    assert "h * torch.sigmoid(1.5 * h)" in sim.export.code(experiment, "pytorch", "A diagnosis.")
    with pytest.raises(sim.SettingError, match=r"^There is no Keras 3 code for the activation mine\.$"):
        sim.export.code(experiment, "keras", "A diagnosis.")
