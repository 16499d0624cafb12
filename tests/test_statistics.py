"""Statistics against the stored statistics of PyTorch's networks, and against their definitions."""

import json
from pathlib import Path

import numpy as np
import pytest

from simulator.activations import Activation
from simulator.network import run
from simulator.scaled import Scaled, value
from simulator.statistics import QUANTITIES, STATISTICS, Activated, WeightGradient, pairs
from simulator.weights import Dense

DATA = Path(__file__).parent / "data"
STORED = json.loads((DATA / "networks.json").read_text())
CASES = {name: case for name, case in STORED.items() if "mode" not in case}  # with neither branches nor norms
ARRAYS = np.load(DATA / "networks.npz")
KEYS = {
    "h": "preactivation",
    "x": "activation",
    "gh": "preactivation_gradient",
    "gx": "activation_gradient",
    "gW": "weight_gradient",
}
KINKED = [name for name in CASES if CASES[name]["activation"] in ("linear", "tanh", "relu", "gelu", "selu", "erf")]


def measured(name):
    """{(quantity, statistic, layer): value} of a stored network, by the simulator's own loop."""
    case, found = CASES[name], {}
    layers = [
        Dense(
            lambda number=number: ARRAYS[f"{name}/W{number}"][None],
            bias=Scaled(ARRAYS[f"{name}/b{number}"][None, None]),
        )
        for number in range(1, case["layers"] + 1)
    ]

    def observe(layer, quantity, sample):
        for statistic in STATISTICS.values():
            if quantity in statistic.of and (result := statistic.measure(sample)) is not None:
                found[quantity, statistic.name, layer] = value(*result)[0]

    signals = (Scaled(ARRAYS[f"{name}/{key}"][None]) for key in ("x0", "gtop"))
    run(layers, [Activation.parse(case["activation"])] * len(layers), *signals, observe)
    return found


@pytest.mark.parametrize("name", KINKED)
def test_moments_of_stored_networks(name):
    found = measured(name)
    for layer, stored in enumerate(CASES[name]["stats"], 1):
        for key, quantity in KEYS.items():
            mean, variance, second_moment = stored[key]
            scale = max(abs(mean), np.sqrt(second_moment))
            if quantity != "weight_gradient":
                assert found[quantity, "mean", layer] == pytest.approx(mean, rel=1e-10, abs=1e-12 * scale)
            assert found[quantity, "variance", layer] == pytest.approx(variance, rel=1e-10, abs=1e-14 * second_moment)
            assert found[quantity, "second_moment", layer] == pytest.approx(second_moment, rel=1e-10, abs=1e-300)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name]["activation"] == "relu"])
def test_zero_and_dead_fractions_of_stored_relu_networks(name):
    found = measured(name)
    for layer, (zeros, dead) in enumerate(zip(CASES[name]["zero_frac_x"], CASES[name]["dead_units"], strict=True), 1):
        assert found["activation", "saturated_fraction", layer] == pytest.approx(zeros)
        assert found["activation", "dead_fraction", layer] == pytest.approx(dead)


def test_correlation_is_the_mean_cosine_of_pairs():
    values = np.random.default_rng(0).standard_normal((2, 5, 30)) + 0.5
    mantissa, _ = STATISTICS["correlation"].measure(Scaled(values))
    for network, found in zip(values, mantissa, strict=True):
        unit = network / np.linalg.norm(network, axis=1, keepdims=True)
        cosines = unit @ unit.T
        assert found == pytest.approx(cosines[np.triu_indices(5, 1)].mean(), rel=1e-12)


def test_correlation_leaves_zero_vectors_out():
    values = np.ones((1, 3, 4))
    values[0, 0] = 0
    assert STATISTICS["correlation"].measure(Scaled(values))[0][0] == pytest.approx(1)
    values[0, 1] = 0
    assert np.isnan(STATISTICS["correlation"].measure(Scaled(values))[0][0])


@pytest.mark.parametrize("shape", [(4, 60, 50), (40, 6, 5)])
def test_weight_gradient_moments_do_not_depend_on_the_route(shape):
    batch, fan_in, fan_out = shape
    rng = np.random.default_rng(0)
    inputs, upstream = rng.standard_normal((1, batch, fan_in)), rng.standard_normal((1, batch, fan_out))
    gradient = upstream[0].T @ inputs[0]
    sample = WeightGradient(Scaled(upstream), Scaled(inputs))
    assert sample.mean[0] == pytest.approx(gradient.mean(), rel=1e-9)
    assert sample.second_moment[0] == pytest.approx(np.mean(gradient**2), rel=1e-12)
    assert sample.variance[0] == pytest.approx(gradient.var(), rel=1e-11)


def test_a_variance_below_the_rounding_of_the_mean_is_measured():
    sigmoid = Activation.parse("sigmoid")
    small = 1e-12 * np.random.default_rng(0).standard_normal((1, 8, 100))
    sample = Activated(Scaled(sigmoid.function(small)), centred=lambda: Scaled(sigmoid.centred(small)))
    mantissa, exponent = STATISTICS["variance"].measure(sample)
    assert value(mantissa, exponent)[0] == pytest.approx(small.var() / 16, rel=1e-10)


def test_every_pair_names_a_quantity_and_a_statistic():
    for activation in Activation.registry.values():
        listed = pairs([activation()])
        assert len(set(listed)) == len(listed)
        assert all(quantity in QUANTITIES and statistic in STATISTICS for quantity, statistic in listed)
        assert (("activation", "inactive_fraction") in listed) == activation().rectifier
    mixed = [Activation.parse(text) for text in ("tanh", "relu", "linear")]
    assert pairs(mixed) == pairs(mixed[1:2]), "of some layers at least"
    assert all(statistic.about.endswith(".") and statistic.of for statistic in STATISTICS.values())
