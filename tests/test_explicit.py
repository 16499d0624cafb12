"""Explicit networks against arrays made with PyTorch autograd in float64, and against finite differences."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from simulator import Network, SettingError

DATA = Path(__file__).parent / "data"
CASES = json.loads((DATA / "networks.json").read_text())
ARRAYS = np.load(DATA / "networks.npz")

# PyTorch computes sigmoid' as y (1 - y), which loses relative precision on saturated units, and its softplus is
# the identity above 20: conventions of the reference, 5e-12 and 1e-9 of a layer's largest value.
NORMS = {None: "none", "layernorm": "layer_norm", "rmsnorm": "rms_norm", "batchnorm": "batch_norm"}
TOLERANCE = {"softplus_torch_default_large": 3e-9}


def part_text(case: dict) -> str:
    kwargs = case["act_kwargs"]
    if case["activation"] == "leaky_relu":
        return f"leaky_relu(negative_slope={kwargs['slope']})"
    if case["activation"] == "elu":
        return f"elu(alpha={kwargs['alpha']})"
    return case["activation"].removesuffix("_torch_default")


def trace_of(name: str):
    case = CASES[name]
    numbers = range(1, case["layers"] + 1)
    weights = [ARRAYS[f"{name}/W{number}"] for number in numbers]
    biases = [ARRAYS[f"{name}/b{number}"] for number in numbers]
    residual = case.get("mode", "plain").removeprefix("res_").replace("plain", "none")
    network = Network(
        weights,
        biases,
        part_text(case),
        residual=residual,
        alpha=None if residual == "none" else case["alpha"],
        normalization=NORMS[case.get("norm")],
    )
    return network.propagate(ARRAYS[f"{name}/x0"], ARRAYS[f"{name}/gtop"])


@pytest.mark.parametrize("name", CASES)
def test_every_stored_array_is_reproduced(name):
    trace, tolerance = trace_of(name), TOLERANCE.get(name, 1e-10)
    stored = {
        "h": trace.preactivations,
        "x": trace.activations,
        "gh": trace.preactivation_gradients,
        "gx": trace.activation_gradients,
        "gW": trace.weight_gradients,
        "gb": trace.bias_gradients,
    }
    for number in range(1, CASES[name]["layers"] + 1):
        for key, arrays in stored.items():
            expected = ARRAYS[f"{name}/{key}{number}"]
            assert arrays[number].shape == expected.shape
            # Batch norm takes away what a bias adds: its gradient is 0, and all that shows is rounding.
            scale = ARRAYS[f"{name}/gh{number}"] if key == "gb" else expected
            np.testing.assert_allclose(
                arrays[number],
                expected,
                rtol=tolerance,
                atol=tolerance * np.abs(scale).max(),
                err_msg=f"{key}{number}",
            )
    expected = ARRAYS[f"{name}/gx0"]
    np.testing.assert_allclose(
        trace.activation_gradients[0], expected, rtol=tolerance, atol=tolerance * np.abs(expected).max()
    )


@pytest.mark.parametrize("activation", ["tanh", "gelu", "softplus", "elu", "relu"])
def test_backward_is_the_derivative_of_forward(activation):
    rng = np.random.default_rng(3)
    widths = (4, 7, 5, 3)
    weights = [rng.standard_normal((out, into)) for into, out in pairwise(widths)]
    biases = [rng.standard_normal(out) for out in widths[1:]]
    inputs, top = rng.standard_normal((2, 4)), rng.standard_normal((2, 3))
    trace = Network(weights, biases, activation).propagate(inputs, top)

    def loss(index, place, step, of_bias):
        changed = [[part.copy() for part in parts] for parts in (weights, biases)]
        changed[of_bias][index][place] += step
        return np.sum(top * Network(*changed, activation).propagate(inputs, top).activations[3])

    for index in range(3):
        for of_bias, place, gradients in ((0, (1, 2), trace.weight_gradients), (1, (1,), trace.bias_gradients)):
            slope = (loss(index, place, 1e-6, of_bias) - loss(index, place, -1e-6, of_bias)) / 2e-6
            assert gradients[index + 1][place] == pytest.approx(slope, rel=1e-7, abs=1e-8)


def test_relu_is_homogeneous_to_the_last_bit():
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal((6, 6)) for _ in range(4)]
    inputs, top = rng.standard_normal((3, 6)), rng.standard_normal((3, 6))
    one = Network(weights, activation="relu").propagate(inputs, top)
    far = Network(weights, activation="relu").propagate(inputs * 2.0**500, top)
    np.testing.assert_array_equal(far.activations[4], one.activations[4] * 2.0**500)
    np.testing.assert_array_equal(far.activation_gradients[0], one.activation_gradients[0])


@pytest.mark.parametrize(
    ("weights", "biases", "said"),
    [
        ([], None, "at least one layer"),
        ([np.ones((2, 3))], [np.ones(3)], "fits neither"),
        ([np.ones((2, 3)), np.ones((2, 3))], None, "fits neither"),
        ([np.full((2, 2), np.nan)], None, "finite"),
        ([[["a"]]], None, "array of numbers"),
        ([np.ones(3)], None, "2 dimensions"),
    ],
)
def test_networks_that_do_not_fit_are_refused_in_a_sentence(weights, biases, said):
    with pytest.raises(SettingError, match=said):
        Network(weights, biases)


def test_inputs_that_do_not_fit_are_refused_in_a_sentence():
    with pytest.raises(SettingError, match=r"needs inputs \(batch, 3\)"):
        Network([np.ones((2, 3))]).propagate(np.ones((4, 2)), np.ones((4, 2)))


@pytest.mark.parametrize(
    "residual", ["none", "post(alpha=0.7, every=2)", "pre(alpha=1.5)", "pre(every=3, scaling=depth)"]
)
@pytest.mark.parametrize("normalization", ["none", "layer_norm", "rms_norm", "batch_norm"])
def test_every_wiring_goes_back_as_it_came(residual, normalization):
    """dE/dx_0 and dE/dW against central differences of E = sum(top * x_L), biases and small signals included."""
    rng = np.random.default_rng(3)
    weights = [rng.standard_normal((5, 5)) / 2 for _ in range(6)]
    biases = [0.3 * rng.standard_normal(5) for _ in range(6)]
    inputs, top = 0.1 * rng.standard_normal((4, 5)), rng.standard_normal((4, 5))

    def trace(of_weights, of_inputs):
        network = Network(of_weights, biases, "gelu", residual=residual, normalization=normalization)
        return network.propagate(of_inputs, top)

    def energy(of_weights, of_inputs):
        return float((trace(of_weights, of_inputs).activations[6] * top).sum())

    found = trace(weights, inputs)
    for _ in range(4):
        along, step = rng.standard_normal(inputs.shape), 1e-6
        slope = (energy(weights, inputs + step * along) - energy(weights, inputs - step * along)) / (2 * step)
        np.testing.assert_allclose(slope, (found.activation_gradients[0] * along).sum(), rtol=1e-6, atol=1e-7)
    for layer in range(1, 7):
        along, step = rng.standard_normal((5, 5)), 1e-6
        there, back = ([*weights] for _ in range(2))
        there[layer - 1], back[layer - 1] = weights[layer - 1] + step * along, weights[layer - 1] - step * along
        slope = (energy(there, inputs) - energy(back, inputs)) / (2 * step)
        np.testing.assert_allclose(slope, (found.weight_gradients[layer] * along).sum(), rtol=1e-6, atol=1e-7)


def test_branches_of_unequal_widths_are_refused():
    with pytest.raises(SettingError, match="adds signals of different widths at layer 1"):
        Network([np.ones((3, 2))], residual="post")
