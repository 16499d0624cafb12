"""Branches and norms in training: PyTorch's steps, finite differences, the simulator's own passes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from simulator import Experiment, Network
from simulator.losses import Loss
from simulator.residual import Residual
from simulator.studies.training.networks import Networks
from simulator.walk import Walk

CASES = (
    "post", "pre", "post, to the outputs", "pre, to the outputs", "post every 2", "pre every 2", "layer norm",
    "rms norm", "batch norm", "post, batch norm", "pre, batch norm", "pre every 2, layer norm",
)  # fmt: skip
NORMS = ("none", "layer_norm", "rms_norm", "batch_norm")
CROSS_ENTROPY = Loss.parse("softmax_cross_entropy")


def of_case(case: dict, count: int = 1) -> Networks:
    """Networks of unequal widths, which an experiment with branches could not have."""
    widths = case["widths"]
    wiring = {name: value for name, value in case.items() if name != "widths"}
    return Networks([Experiment(depth=len(widths) - 1, width=5, **wiring)] * count, np.float64, widths)


def our_end(wired, case: str) -> dict[str, np.ndarray]:
    given, networks = wired.problem(case), of_case(wired.CASES[case], 2)
    networks.params[:] = given["start"]
    losses = []
    for inputs, targets in zip(given["inputs"], given["targets"], strict=True):
        (passed,) = networks.descend(inputs, targets, CROSS_ENTROPY)
        losses.append(CROSS_ENTROPY.value(passed.outputs, targets)[0])
        networks.params[:] -= wired.RATE * networks.gradients
    np.testing.assert_array_equal(*networks.params)
    return {"loss": np.array(losses), "end": networks.params[0]}


@pytest.mark.parametrize("case", CASES)
def test_twenty_steps_are_pytorchs(wired, case: str) -> None:
    assert set(CASES) == set(wired.CASES)
    wanted, found = json.loads(wired.STORED.read_text(encoding="utf-8"))[case], our_end(wired, case)
    assert np.abs(wanted["end"] - wired.problem(case)["start"]).max() > 0.1, "It has moved."
    for name in ("loss", "end"):
        np.testing.assert_allclose(found[name], wanted[name], rtol=0, atol=1e-8)


@pytest.mark.parametrize("case", CASES)
def test_twenty_steps_are_those_of_pytorch_here(wired, case: str) -> None:
    pytest.importorskip("torch")
    wanted, found = wired.trained(case), our_end(wired, case)
    for name in ("loss", "end"):
        np.testing.assert_allclose(found[name], wanted[name], rtol=0, atol=1e-8)


@pytest.mark.parametrize("residual", ["none", "post(alpha=0.7)", "pre(every=2,alpha=0.7)"])
def test_gradients_under_dropout_are_finite_differences(residual: str) -> None:
    """The same units dropped each time; networks whose outputs are asked for are whole."""
    rng, widths = np.random.default_rng(1), (3, 5, 5, 3)
    networks = Networks([Experiment(depth=3, width=5, residual=residual, dropout=0.4)], np.float64, widths)
    inputs, targets = rng.standard_normal((12, 3)), np.eye(3)[rng.integers(3, size=12)]

    def loss() -> float:
        (passed,) = networks.descend(inputs, targets, CROSS_ENTROPY, np.random.default_rng(7))
        return float(CROSS_ENTROPY.value(passed.outputs, targets)[0])

    loss()
    gradients, step = networks.gradients.copy(), 1e-5
    for index in range(networks.params.shape[1]):
        values = []
        for places in (1, -2, 1):
            networks.params[:, index] += places * step
            values.append(loss())
        wanted = (values[0] - values[1]) / (2 * step)
        np.testing.assert_allclose(gradients[0, index], wanted, rtol=0, atol=1e-9)
    whole = networks.descend(inputs, targets, CROSS_ENTROPY)[0].outputs.copy()
    np.testing.assert_allclose(networks.outputs(inputs), whole, rtol=1e-12)
    assert np.abs(whole - networks.descend(inputs, targets, CROSS_ENTROPY, rng)[0].outputs).max() > 0.01


@pytest.mark.parametrize("normalization", NORMS)
@pytest.mark.parametrize("residual", ["none", "post(alpha=0.7)", "pre(every=2,alpha=0.7)"])
def test_gradients_are_finite_differences(residual: str, normalization: str) -> None:
    rng, widths = np.random.default_rng(1), (3, 5, 5, 5, 3)
    starts = [
        Experiment(depth=4, width=5, bias="normal(std=0.3)", residual=residual, normalization=normalization, seed=seed)
        for seed in (0, 1)
    ]
    networks = Networks(starts, np.float64, widths)
    inputs, targets = rng.standard_normal((12, 3)), np.eye(3)[rng.integers(3, size=12)]
    networks.descend(inputs, targets, CROSS_ENTROPY)
    gradients, step = networks.gradients.copy(), 1e-4
    for index in range(networks.params.shape[1]):
        values = []
        for places in (1, -1, 2, -2):
            networks.params[:, index] += places * step
            values.append(CROSS_ENTROPY.value(networks.outputs(inputs), targets))
            networks.params[:, index] -= places * step
        near, far = values[0] - values[1], values[2] - values[3]
        # Error step^4/30 times a fifth derivative, which norms of few examples make as large as 1e5, and 1e-16/step.
        wanted = (8 * near - far) / (12 * step)
        np.testing.assert_allclose(gradients[:, index], wanted, rtol=0, atol=1e-10)


@pytest.mark.parametrize("normalization", NORMS)
@pytest.mark.parametrize("residual", ["none", "post", "pre", "post(every=2,scaling=depth)", "pre(every=2,alpha=0.3)"])
def test_the_network_is_the_simulators(residual: str, normalization: str) -> None:
    experiment = Experiment(depth=6, width=8, bias="normal", residual=residual, normalization=normalization, gain=1.3)
    networks, rng = Networks([experiment], np.float64), np.random.default_rng(2)
    inputs, targets = rng.standard_normal((7, 8)), np.eye(8)[rng.integers(8, size=7)]
    (passed,) = networks.descend(inputs, targets, CROSS_ENTROPY)
    own = Network(
        [weight[0] for weight in networks.weights], [bias[0, 0] for bias in networks.biases], "tanh",
        residual=residual, normalization=normalization,
    )  # fmt: skip
    trace = own.propagate(inputs, CROSS_ENTROPY.gradient(passed.outputs[0], targets))
    for layer in range(1, 6):
        np.testing.assert_allclose(passed.preactivations[layer - 1][0], trace.preactivations[layer], atol=1e-12)
        if residual.startswith("pre"):
            # An explicit network shows the signal that passes by; what the next weights meet is phi of its norm.
            np.testing.assert_allclose(passed.inputs[layer][0], np.tanh(passed.met[layer - 1][0]), atol=1e-12)
        else:
            np.testing.assert_allclose(passed.inputs[layer][0], trace.activations[layer], atol=1e-12)
    if residual.startswith("pre"):  # nothing stands behind the last weights, so the whole way back is the same
        np.testing.assert_allclose(passed.outputs[0], trace.preactivations[6], atol=1e-12)
        for layer in range(1, 7):
            np.testing.assert_allclose(passed.deltas[layer - 1][0], trace.preactivation_gradients[layer], atol=1e-12)
            wanted = trace.weight_gradients[layer]
            np.testing.assert_allclose(networks.weight_gradients()[layer - 1][0], wanted, atol=1e-12)


@pytest.mark.parametrize("residual", ["none", "pre", "post"])
def test_batch_norm_takes_the_statistics_of_the_rows_it_is_told(residual: str) -> None:
    rng = np.random.default_rng(3)
    networks = of_case({"widths": (4, 5, 5, 3), "residual": residual, "normalization": "batch_norm"}, 2)
    inputs, targets = rng.standard_normal((9, 4)), np.eye(3)[rng.integers(3, size=9)]
    passed = networks.descend(inputs, targets, CROSS_ENTROPY)
    whole = networks.outputs(inputs)
    np.testing.assert_allclose(whole, passed[0].outputs, rtol=1e-12)
    np.testing.assert_allclose(networks.outputs(inputs[:2], inputs), whole[:, :2], rtol=0, atol=1e-12)
    assert np.abs(networks.outputs(inputs[:2]) - whole[:, :2]).max() > 0.1, "Two rows alone are another batch."


def test_each_wiring_is_trained_as_if_it_were_alone() -> None:
    rng, widths = np.random.default_rng(4), (4, 5, 5, 3)
    wirings = [
        {}, {}, {"residual": "pre"}, {"normalization": "batch_norm"}, {"residual": "post", "normalization": "rms_norm"},
    ]  # fmt: skip
    starts = [Experiment(depth=3, width=5, seed=k, **wiring) for k, wiring in enumerate(wirings)]
    inputs, targets = rng.standard_normal((9, 4)), np.eye(3)[rng.integers(3, size=9)]
    together = Networks(starts, np.float64, widths)
    assert [(stack.rows.start, stack.rows.stop) for stack in together.stacks] == [(0, 2), (2, 3), (3, 4), (4, 5)]
    together.descend(inputs, targets, CROSS_ENTROPY)
    for k, start in enumerate(starts):
        alone = Networks([start], np.float64, widths)
        alone.descend(inputs, targets, CROSS_ENTROPY)
        np.testing.assert_allclose(together.gradients[k], alone.gradients[0], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(together.outputs(inputs)[k], alone.outputs(inputs)[0], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("residual", "widths", "wanted"),
    [
        ("none", (4, 4, 4), (0, 0)),
        ("post", (64, 32, 32, 32, 10), (0, 1, 1, 0)),
        ("pre", (32, 32, 32, 32), (1, 1, 1)),
        ("pre(every=2)", (64, 32, 32, 32, 32, 10), (0, 0, 0, 2, 0)),
        ("post(every=3)", (8, 8, 8), (0, 0)),
    ],
)
def test_sums_join_equal_widths_alone(residual: str, widths: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    assert Walk.of(Residual.parse(residual), len(widths) - 1, widths).back == wanted
