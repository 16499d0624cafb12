"""What the NumPy and PyTorch scripts draw and compute, against the simulator itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simulator import Activation, Bias, Experiment, Initializer, Network, propagate
from simulator.initializers.base import TRUNCATED_DEVIATION, TRUNCATION
from simulator.inputs import _fitted, digit_images
from simulator.losses import Loss

FAN_IN, FAN_OUT = 90, 60
INITS = [*Initializer.registry, "he_normal(negative_slope=0.5, mode=fan_out)", "constant(value=-0.3)"]
ERRORS = 5.0
"""Standard errors that a mean over random numbers may be off."""

FRAMEWORKS = ["numpy", "pytorch"]


def weights(scope: dict[str, Any], framework: str, seed: int) -> np.ndarray:
    if framework == "numpy":
        return scope["draw_weight"](np.random.default_rng(seed), FAN_OUT, FAN_IN)
    torch = pytest.importorskip("torch")
    torch.manual_seed(seed)
    made = torch.empty(FAN_OUT, FAN_IN)
    scope["weight_"](made)
    return made.numpy()


def ready(framework: str) -> None:
    if framework == "pytorch":
        pytest.importorskip("torch")


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("gain", [1.0, 1.7])
@pytest.mark.parametrize("init", INITS)
def test_weights_have_the_law(run_script, framework: str, init: str, gain: float) -> None:
    ready(framework)
    experiment = Experiment(widths=f"{FAN_IN}-{FAN_OUT}", init=init, gain=gain)
    w = weights(run_script(experiment, framework), framework, 3)
    wanted = experiment.weight_variance(1)
    law = experiment.init_part
    squares = w.ravel() ** 2
    if law.distribution == "constant":
        assert np.all(w == gain * law.mean)
    elif law.orthogonal:
        np.testing.assert_allclose(w @ w.T, gain**2 * np.eye(FAN_OUT), atol=1e-12)
        assert squares.mean() == pytest.approx(wanted, rel=1e-12)
    else:
        assert abs(squares.mean() - wanted) < ERRORS * squares.std() / math.sqrt(w.size)
        assert abs(w.mean()) < ERRORS * w.std() / math.sqrt(w.size)
    bound = {"uniform": math.sqrt(3), "truncated_normal": TRUNCATION / TRUNCATED_DEVIATION}.get(law.distribution)
    if bound is not None:
        # The largest of 5,400 draws comes near the bound: a wider law would pass it.
        assert 0.97 < np.abs(w).max() / (bound * math.sqrt(wanted)) <= 1 + 1e-12


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("bias", [*Bias.registry, "normal(std=2)"])
def test_biases_have_the_law(run_script, framework: str, bias: str) -> None:
    ready(framework)
    experiment = Experiment(widths="30-4000", bias=bias)
    scope = run_script(experiment, framework)
    if framework == "numpy":
        b = scope["draw_bias"](np.random.default_rng(1), 4000, 30)
    else:
        b = scope["torch"].empty(4000)
        scope["bias_"](b, 30)
        b = b.numpy()
    error = (b**2).std() / math.sqrt(b.size)
    assert abs((b**2).mean() - experiment.bias_second_moment(1)) <= ERRORS * error + 1e-15
    assert abs(b.mean() - experiment.bias_part.mean) <= ERRORS * b.std() / math.sqrt(b.size) + 1e-15


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", [*Activation.registry, "leaky_relu(negative_slope=0.3)", "elu(alpha=0.5)"])
def test_activations_are_the_same_functions(run_script, framework: str, name: str) -> None:
    ready(framework)
    scope, phi, h = run_script(Experiment(activation=name), framework), Activation.parse(name), np.linspace(-9, 9, 181)
    h = h[h != 0]
    if framework == "numpy":
        value, slope = scope["phi"](h), scope["slope"](h)
    else:
        at = scope["torch"].tensor(h, requires_grad=True)
        value = scope["phi"](at)
        value.sum().backward()
        value, slope = value.detach().numpy(), at.grad.numpy()
    np.testing.assert_allclose(value, phi.function(h), atol=1e-13, rtol=1e-12)
    np.testing.assert_allclose(slope, phi.derivative(h), atol=1e-13, rtol=1e-12)


WIRINGS = [
    {},
    {"bias": "normal(std=0.3)", "activation": "gelu"},
    {"residual": "post(alpha=0.7)", "activation": "relu"},
    {"residual": "pre(alpha=0.5, every=2)", "bias": "torch_default"},
    {"residual": "pre(scaling=depth)", "normalization": "layer_norm"},
    {"residual": "post(every=3)", "normalization": "rms_norm"},
    {"normalization": "batch_norm", "activation": "selu"},
]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("wiring", WIRINGS, ids=str)
def test_both_passes_are_the_simulators(run_script, framework: str, wiring: dict) -> None:
    """The script's own weights, run by the simulator, give the script's signals and gradients."""
    ready(framework)
    experiment = Experiment(depth=7, width=9, batch=5, **wiring)
    scope = run_script(experiment, framework)
    rng = np.random.default_rng(0)
    x, top = rng.standard_normal((2, 5, 9))
    if framework == "numpy":
        network = scope["Network"](scope["WIDTHS"], rng)
        xs = network.forward(x)
        gradients, parts = network.backward(top), (network.weights, network.biases)
    else:
        torch = scope["torch"]
        network = scope["Network"](scope["WIDTHS"])
        xs = network.signals(torch.tensor(x, requires_grad=True))
        for signal in xs:
            signal.retain_grad()
        xs[-1].backward(torch.tensor(top))
        gradients = [signal.grad.numpy() for signal in xs]
        xs = [signal.detach().numpy() for signal in xs]
        parts = tuple([p.detach().numpy() for p in kind] for kind in zip(*map(both, network.layers), strict=True))
    trace = Network(
        *parts, experiment.activation, residual=experiment.residual, normalization=experiment.normalization
    ).propagate(x, top)
    for layer in range(8):
        np.testing.assert_allclose(xs[layer], trace.activations[layer], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(gradients[layer], trace.activation_gradients[layer], rtol=1e-9, atol=1e-12)


def both(layer: Any) -> tuple[Any, Any]:
    return layer.weight, layer.bias


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize(
    "settings",
    [
        {"init": "xavier_normal"},
        {"activation": "relu", "init": "he_uniform", "widths": "40-60-20-50-30-30"},
        {"activation": "sigmoid", "init": "slip_xavier_half", "inputs": "uniform"},
        {"activation": "silu", "init": "orthogonal", "gain": 1.5, "last_activation": "linear", "last_init": "zeros"},
        {"activation": "relu", "init": "torch_default", "bias": "torch_default", "last_init": "lecun_truncated"},
        {"activation": "gelu", "residual": "pre", "loss": "softmax_cross_entropy", "last_activation": "linear"},
        {"activation": "erf", "normalization": "layer_norm", "loss": "sigmoid_cross_entropy", "inputs": "digits"},
        {"activation": "elu", "loss": "squared_error", "inputs": "gaussian(mean=1, std=2)"},
    ],
    ids=str,
)
@pytest.mark.usefixtures("scikit_learn")
def test_the_curves_are_the_simulators(run_script, framework: str, settings: dict) -> None:
    """The mean log variance of every layer over several networks, within standard errors of the two means."""
    ready(framework)
    count = 16
    experiment = Experiment(**{"depth": 5, "width": 40, "batch": 16, "seeds": count, "engine": "dense"} | settings)
    scope = run_script(experiment, framework)
    with np.errstate(all="ignore"):
        found = np.array([scope["measure"](seed) for seed in range(1000, 1000 + count)])
    curves = propagate(experiment).curves
    for row, quantity in enumerate(("activation", "activation_gradient")):
        there, here = found[:, row], curves[quantity, "variance"][0]
        zero = (here == 0).all(axis=0)
        assert np.array_equal((there == 0).all(axis=0), zero)
        there, here = np.log(there[:, ~zero]), np.log(here[:, ~zero])
        error = np.sqrt((there.var(axis=0, ddof=1) + here.var(axis=0, ddof=1)) / count)
        np.testing.assert_array_less(np.abs(there.mean(axis=0) - here.mean(axis=0)), ERRORS * error + 1e-12)


@pytest.mark.parametrize("name", ["squared_error", "sigmoid_cross_entropy", "softmax_cross_entropy"])
def test_the_losses_gradient_is_the_simulators(run_script, name: str) -> None:
    loss = Loss.parse(name)
    scope = run_script(Experiment(width=6, batch=4, loss=name), "numpy")
    t = scope["draw_targets"](np.random.default_rng(2))
    z = np.random.default_rng(3).standard_normal((4, 6))
    assert t.shape == (4, 6)
    np.testing.assert_allclose(scope["loss_gradient"](z, t), loss.gradient(z, t), rtol=1e-12, atol=1e-15)


class Ordered:
    """A generator that shuffles nothing."""

    permutation = staticmethod(np.arange)


@pytest.mark.parametrize("width", [1, 10, 63, 64, 65, 200])
@pytest.mark.usefixtures("scikit_learn")
def test_the_digits_are_fitted_as_here(run_script, width: int) -> None:
    scope = run_script(Experiment(inputs="digits", width=width, batch=7), "numpy")
    units, repeats = _fitted(digit_images()[:7], width)
    np.testing.assert_allclose(scope["draw_inputs"](Ordered()), np.repeat(units, repeats, axis=1), rtol=1e-12)
