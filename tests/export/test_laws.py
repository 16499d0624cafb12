"""What the scripts draw and compute, against the simulator itself, in every framework that is installed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator import Activation, Bias, Experiment, Initializer, Network, propagate
from simulator.export import FRAMEWORKS
from simulator.initializers.base import TRUNCATED_DEVIATION, TRUNCATION
from simulator.inputs import digit_images, fitted
from simulator.losses import Loss
from tests.export.test_export import SILENT

FAN_IN, FAN_OUT = 90, 60

INITS = [*Initializer.registry, "he_normal(negative_slope=0.5, mode=fan_out)", "constant(value=-0.3)"]
ERRORS = 5.0
"""Standard errors that a mean over random numbers may be off."""


def drawn(run_script, framework: str, experiment: Experiment) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases of the only layer."""
    script = run_script(experiment, framework)
    (w,), (b,) = script.parameters(script.network(3))
    return w, b


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("init", INITS)
def test_weights_have_the_law(run_script, framework: str, init: str) -> None:
    if (init, framework) in SILENT:
        pytest.skip("No code for it, which tests/export/test_export.py holds.")
    experiment = Experiment(widths=f"{FAN_IN}-{FAN_OUT}", init=init, gain=1.7)
    w, _ = drawn(run_script, framework, experiment)
    wanted = experiment.weight_variance(1)
    law = experiment.init_at(1)
    squares = w.ravel() ** 2
    if law.distribution == "constant":
        np.testing.assert_allclose(w, 1.7 * law.mean, rtol=1e-6)
    elif law.distribution == "identity":
        np.testing.assert_allclose(w, 1.7 * np.eye(FAN_OUT, FAN_IN), rtol=1e-6)
    elif law.orthogonal:
        # Orthogonal to the precision that it was made in, single where a framework's default is.
        np.testing.assert_allclose(w @ w.T, 1.7**2 * np.eye(FAN_OUT), atol=1e-5)
        assert squares.mean() == pytest.approx(wanted, rel=1e-6)
    else:
        assert abs(squares.mean() - wanted) < ERRORS * squares.std() / math.sqrt(w.size)
        assert abs(w.mean() - 1.7 * law.mean) < ERRORS * w.std() / math.sqrt(w.size)
    bound = {"uniform": math.sqrt(3), "truncated_normal": TRUNCATION / TRUNCATED_DEVIATION}.get(law.distribution)
    if bound is not None:
        # The largest of 5,400 draws comes near the bound: a wider law would pass it.
        assert 0.97 < np.abs(w).max() / (bound * math.sqrt(wanted)) <= 1 + 1e-6


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("bias", [*Bias.registry, "normal(std=2)"])
def test_biases_have_the_law(run_script, framework: str, bias: str) -> None:
    experiment = Experiment(widths="30-4000", bias=bias)
    _, b = drawn(run_script, framework, experiment)
    error = (b**2).std() / math.sqrt(b.size)
    assert abs((b**2).mean() - experiment.bias_second_moment(1)) <= ERRORS * error + 1e-7
    assert abs(b.mean() - experiment.bias_part.mean) <= ERRORS * b.std() / math.sqrt(b.size) + 1e-7


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", [*Activation.registry, "leaky_relu(negative_slope=0.3)", "elu(alpha=0.5)"])
def test_activations_are_the_same_functions(run_script, framework: str, name: str) -> None:
    phi, h = Activation.parse(name), np.linspace(-9, 9, 181)
    # At a kink the derivative here is PyTorch's.
    h = h[h != 0] if framework == "pytorch" else h[~np.isclose(h[:, None], [0, *phi.kinks]).any(axis=1)]
    value, slope = run_script(Experiment(activation=name), framework).slopes("phi", h)
    # PyTorch has a sixth in single precision.
    rounding = 1e-7 if name in ("hardsigmoid", "hardswish") and framework == "pytorch" else 1e-12
    np.testing.assert_allclose(value, phi.function(h), atol=1e-13, rtol=rounding)
    np.testing.assert_allclose(slope, phi.derivative(h), atol=1e-13, rtol=rounding)


WIRINGS = [
    *({"activation": name, "bias": "normal(std=0.3)"} for name in Activation.registry),
    {"residual": "post(alpha=0.7)", "activation": "relu"},
    {"residual": "pre(alpha=0.5, every=2)", "bias": "torch_default"},
    {"residual": "pre(scaling=depth)", "normalization": "layer_norm"},
    {"residual": "post(every=3)", "normalization": "rms_norm"},
    {"normalization": "batch_norm", "activation": "selu"},
    {"activations": "tanh*3 | leaky_relu | leaky_relu(negative_slope=0.5) | relu | linear", "gains": "1*4 | 0.1 | 2*2"},
    {"activations": "tanh*3 | gelu*3 | tanh", "residual": "post(every=2)", "inits": "he_normal*3 | orthogonal*4"},
]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("wiring", WIRINGS, ids=str)
def test_both_passes_are_the_simulators(run_script, framework: str, wiring: dict) -> None:
    """The script's own weights, run by the simulator, give the script's signals and gradients."""
    experiment = Experiment(**{"depth": 7, "width": 9, "batch": 5} | wiring)
    script = run_script(experiment, framework)
    x, top = np.random.default_rng(0).standard_normal((2, 5, 9))
    network = script.network(0)
    xs, gradients = script.passes(network, x, top)
    trace = Network(
        *script.parameters(network),
        [str(part) for part in experiment.activation_parts],
        residual=experiment.residual,
        normalization=experiment.normalization,
    ).propagate(x, top)
    # Keras multiplies in single precision, whatever it is asked; PyTorch has a sixth in it.
    sixth = "hardsigmoid" in str(wiring) or "hardswish" in str(wiring)
    rounding = 2e-4 if framework == "keras" else 1e-6 if sixth else 1e-9
    for found, wanted in ((xs, trace.activations), (gradients, trace.activation_gradients)):
        for layer in range(8):
            size = np.abs(wanted[layer]).max()
            np.testing.assert_allclose(found[layer], wanted[layer], rtol=rounding, atol=rounding * size)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize(
    "settings",
    [
        {"activation": "relu", "init": "he_uniform", "widths": "40-60-20-50-30-30"},
        {"activation": "sigmoid", "init": "slip_xavier_half", "inputs": "uniform"},
        {"activation": "silu", "init": "orthogonal", "gain": 1.5, "last_activation": "linear", "last_init": "zeros"},
        {"inits": "he_normal*2 | torch_default*2 | lecun_truncated", "gains": "1 | 2*3 | 0.5", "bias": "torch_default"},
        {"activation": "gelu", "residual": "pre", "loss": "softmax_cross_entropy", "last_activation": "linear"},
        {"activation": "erf", "normalization": "layer_norm", "loss": "sigmoid_cross_entropy", "inputs": "digits"},
        {"activation": "elu", "loss": "squared_error", "inputs": "gaussian(mean=1, std=2)"},
        {"activation": "relu", "init": "he_normal", "dropout": 0.4, "activations": "relu*4 | tanh"},
        {"dropout": 0.7, "residual": "pre", "normalization": "layer_norm"},
        {"dropout": 0.3, "residual": "post(every=2)", "depth": 4, "normalization": "rms_norm"},
        {"loss": "softmax_cross_entropy(naive_log=1)", "activations": "tanh*2 | relu*3", "init": "lecun_uniform"},
        {"loss": "sigmoid_cross_entropy(naive_log=1)"},
    ],
    ids=str,
)
@pytest.mark.usefixtures("scikit_learn")
def test_the_curves_are_the_simulators(run_script, framework: str, settings: dict) -> None:
    """The mean log variance of every layer over several networks, within standard errors of the two means."""
    count = 16
    experiment = Experiment(**{"depth": 5, "width": 40, "batch": 16, "seeds": count, "engine": "dense"} | settings)
    script = run_script(experiment, framework)
    with np.errstate(all="ignore"):
        found = np.array([script["measure"](seed) for seed in range(1000, 1000 + count)])
    curves = propagate(experiment).curves
    for row, quantity in enumerate(("activation", "activation_gradient")):
        there, here = found[:, row], curves[quantity, "variance"][0]
        zero = (here == 0).all(axis=0)
        assert np.array_equal((there == 0).all(axis=0), zero)
        there, here = np.log(there[:, ~zero]), np.log(here[:, ~zero])
        error = np.sqrt((there.var(axis=0, ddof=1) + here.var(axis=0, ddof=1)) / count)
        np.testing.assert_array_less(np.abs(there.mean(axis=0) - here.mean(axis=0)), ERRORS * error + 1e-12)


@pytest.mark.parametrize("name", [name for name in Loss.registry if name != "none"])
@pytest.mark.parametrize("naive", [False, True])
def test_the_losses_gradient_is_the_simulators(run_script, name: str, naive: bool) -> None:
    loss = Loss.parse(name)
    if naive:
        if "naive_log" not in loss.settings():
            pytest.skip("It has one form.")
        loss = loss.replace(naive_log=1)
    script = run_script(Experiment(width=6, batch=4, loss=str(loss)), "numpy")
    t = script["draw_targets"](np.random.default_rng(2))
    z = np.random.default_rng(3).standard_normal((4, 6))
    assert t.shape == (4, 6)
    np.testing.assert_allclose(script["loss_gradient"](z, t), loss.gradient(z, t), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", [name for name in Loss.registry if name != "none"])
def test_the_losses_targets_are_the_simulators(run_script, name: str) -> None:
    """Mean and mean square of many targets, within standard errors of each other."""
    script = run_script(Experiment(widths="2-5", batch=4000, loss=name), "numpy")
    there = script["draw_targets"](np.random.default_rng(2))
    here = Loss.parse(name).draw(np.random.default_rng(3), 4000, 5)
    for power in (1, 2):
        error = math.sqrt(((there**power).var() + (here**power).var()) / there.size)
        assert abs((there**power).mean() - (here**power).mean()) < ERRORS * error
    assert np.array_equal(np.ptp(there.sum(1)) < 1e-12, np.ptp(here.sum(1)) < 1e-12)


class Ordered:
    """A generator that shuffles nothing."""

    @staticmethod
    def choice(population: int, count: int, replace: bool) -> np.ndarray:
        return np.arange(population)[:count]


@pytest.mark.parametrize("width", [1, 10, 63, 64, 65, 200])
@pytest.mark.usefixtures("scikit_learn")
def test_the_digits_are_fitted_as_here(run_script, width: int) -> None:
    script = run_script(Experiment(inputs="digits", width=width, batch=7), "numpy")
    units, repeats = fitted(digit_images()[:7], width)
    np.testing.assert_allclose(script["draw_inputs"](Ordered()), np.repeat(units, repeats, axis=1), rtol=1e-12)
