"""The Jacobian against the engine's own backward pass, finite differences, exact cases and theory."""

from __future__ import annotations

import math

import numpy as np
import pytest

import simulator as sim
from simulator.activations import Activation
from simulator.initializers import Initializer
from simulator.studies.jacobian import GAUSSIAN, LAWS, ORTHOGONAL, jacobians, label, laws, snapshots
from simulator.studies.propagation import walk
from simulator.theory.isometry import isometry
from simulator.theory.phase_diagram import critical_point
from simulator.weights import Role, stream

SMALL = sim.Experiment(depth=5, width=12, batch=3, engine="dense", bias="normal(std=0.3)", gain=1.3, seed=7)


def last(experiment: sim.Experiment, law: str = "own") -> np.ndarray:
    """J_L, (n_L, n_0)."""
    return list(jacobians(experiment, law))[-1][1].plain()[0].T


@pytest.mark.parametrize("activation", Activation.registry)
@pytest.mark.parametrize("init", ["xavier_normal", "orthogonal", "torch_default"])
def test_it_takes_gradients_where_the_dense_engine_takes_them(activation: str, init: str) -> None:
    experiment = SMALL.replace(activation=activation, init=init)
    gradients = {}

    def observe(layer, quantity, sample):
        if quantity == "activation_gradient":
            gradients[layer] = sample.plain()[0, 0]

    walk(experiment, lambda first, last: observe)
    expected = gradients[0]
    np.testing.assert_allclose(
        last(experiment).T @ gradients[5], expected, rtol=0, atol=1e-13 * np.abs(expected).max() * 12
    )


def test_it_is_the_derivative_by_finite_differences() -> None:
    experiment = SMALL.replace(widths="9-14-11-6", activation="gelu", init="he_normal")
    init, widths = experiment.init_part, experiment.layer_widths
    weights, biases = [], []
    for layer in (1, 2, 3):
        fan_in, fan_out = widths[layer - 1 : layer + 1]
        weights.append(experiment.gain * init.sample(stream(7, Role.WEIGHT, layer), fan_out, fan_in))
        biases.append(experiment.bias_part.sample(stream(7, Role.BIAS, layer), fan_out, fan_in))
    network = sim.Network(weights, biases, "gelu")
    x = experiment.inputs_part.sample(stream(7, Role.INPUTS), 3, 9)[0]
    step = 1e-5
    moved = np.concatenate([x + step * np.eye(9), x - step * np.eye(9)])
    out = network.propagate(moved, np.ones((18, 6))).activations[3]
    # Central differences of size 1e-5 are good to its square, rounding / 1e-5.
    np.testing.assert_allclose(last(experiment), ((out[:9] - out[9:]) / (2 * step)).T, atol=1e-8)


def test_explicit_networks_agree() -> None:
    experiment = SMALL.replace(init="orthogonal", activation="tanh", bias="zeros")
    weights = [1.3 * experiment.init_part.sample(stream(7, Role.WEIGHT, layer), 12, 12) for layer in range(1, 6)]
    x = experiment.inputs_part.sample(stream(7, Role.INPUTS), 3, 12)[0]
    trace = sim.Network(weights, activation="tanh").propagate(np.tile(x, (12, 1)), np.eye(12))
    np.testing.assert_allclose(last(experiment), trace.activation_gradients[0], rtol=0, atol=1e-13)


def test_the_last_layer_may_be_another() -> None:
    experiment = SMALL.replace(activation="relu", init="he_normal", last_activation="linear", last_init="orthogonal")
    gradients = {}

    def observe(layer, quantity, sample):
        if quantity == "activation_gradient":
            gradients[layer] = sample.plain()[0, 0]

    walk(experiment, lambda first, last: observe)
    expected = gradients[0]
    np.testing.assert_allclose(last(experiment).T @ gradients[5], expected, atol=1e-12 * np.abs(expected).max())
    found = sim.jacobian(experiment.replace(gain=1, bias="zeros"))
    np.testing.assert_allclose(found.theory_variance, [0, 2, 4, 6, 8, 8])


def test_branches_and_normalization_are_left_out() -> None:
    wired = sim.jacobian(SMALL.replace(residual="post", normalization="layer_norm"))
    plain = sim.jacobian(SMALL)
    np.testing.assert_array_equal(wired.log10_mean_square, plain.log10_mean_square)
    np.testing.assert_array_equal(wired.theory_log10, plain.theory_log10)


@pytest.mark.parametrize("gain", [1.0, 0.5])
def test_orthogonal_linear_layers_are_an_isometry(gain: float) -> None:
    found = sim.jacobian(sim.Experiment(depth=40, width=48, activation="linear", init="orthogonal", gain=gain))
    for layer, logs in zip(found.layers, found.singular, strict=True):
        np.testing.assert_allclose(logs, layer * math.log10(gain), rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.log10_condition, 0, atol=1e-12)
    assert found.relative_variance[-1] < 1e-24
    assert found.theory_variance[-1] == 0


@pytest.mark.parametrize("depth", [1, 3, 6])
def test_the_largest_value_of_gaussian_linear_layers(depth: int) -> None:
    width = 256
    found = sim.jacobian(sim.Experiment(depth=depth, width=width, activation="linear", init="lecun_normal"))
    edge = (depth + 1) ** (depth + 1) / depth**depth
    # The largest value lies within some widths of the edge's own scale, N^(-2/3).
    assert 10 ** (2 * found.singular[-1][0]) == pytest.approx(edge, rel=(depth + 1) * width ** (-2 / 3))


@pytest.mark.parametrize(
    ("activation", "init"), [("linear", "lecun_normal"), ("relu", "he_normal"), ("tanh", "lecun_normal")]
)
@pytest.mark.parametrize("law", [GAUSSIAN, ORTHOGONAL])
def test_mean_and_spread_are_those_of_theory(activation: str, init: str, law: str) -> None:
    experiment, seeds = sim.Experiment(depth=6, width=96, batch=1, activation=activation, init=init), 24
    found = [sim.jacobian(experiment.replace(seed=seed), law) for seed in range(seeds)]
    means = np.array([10 ** (one.log10_mean_square[-1] - one.theory_log10[-1]) for one in found])
    spreads = np.array([one.relative_variance[-1] for one in found])
    theory = float(np.mean([one.theory_variance[-1] for one in found]))
    error = 5 / math.sqrt(seeds)
    # Finite width moves either by a fraction of the order of depth/width.
    assert abs(means.mean() - 1) <= error * means.std() + 6 / 96 + 1e-12
    assert abs(spreads.mean() - theory) <= error * spreads.std() + theory * 6 / 96 + 1e-12
    exact = {"linear": (6, 0), "relu": (12, 6)}.get(activation)
    if exact is not None:
        assert theory == pytest.approx(exact[law == ORTHOGONAL], abs=1e-12)


@pytest.mark.parametrize(("sigma_b2", "gaussian", "orthogonal"), [(0.02, 12.17, 2.17), (2e-4, 10.17, 0.174)])
def test_spread_of_tanh_on_the_edge_of_chaos(sigma_b2: float, gaussian: float, orthogonal: float) -> None:
    tanh, low, high = Activation.parse("tanh"), 1e-4, 1.0
    while high - low > 1e-13:
        middle = (low + high) / 2
        low, high = (middle, high) if critical_point(tanh, middle)[1] < sigma_b2 else (low, middle)
    sigma_w2 = critical_point(tanh, low)[0]
    experiment = sim.Experiment(
        depth=10, width=4, init="lecun_normal", gain=math.sqrt(sigma_w2), bias=f"normal(std={math.sqrt(sigma_b2)})"
    )
    example = np.full(4, math.sqrt((low - sigma_b2) / sigma_w2))
    for law, expected in ((False, gaussian), (True, orthogonal)):
        logs, variance = isometry(experiment, experiment.layer_widths, example, orthogonal=[law] * 10)
        assert logs[-1] == pytest.approx(0, abs=1e-9)
        assert variance[-1] == pytest.approx(expected, rel=3e-3)


def test_any_depth_keeps_its_logarithms() -> None:
    experiment = sim.Experiment(depth=400, width=16, activation="relu", init="he_normal", batch=1)
    plain, shrunk = (sim.jacobian(experiment.replace(gain=gain)) for gain in (1.0, 2.0**-30))
    shift = 30 * np.log10(2.0)
    layers = np.arange(401)
    np.testing.assert_allclose(plain.log10_mean_square - shrunk.log10_mean_square, 2 * shift * layers, atol=1e-9)
    np.testing.assert_allclose(shrunk.theory_log10, plain.theory_log10 - 2 * shift * layers, rtol=1e-12, atol=1e-9)
    assert plain.resolved[-1].size == shrunk.resolved[-1].size > 0
    frame = shrunk.to_frame("x").query("statistic == 'mean_square'")
    assert frame.value.isna().any()
    assert frame.log10.notna().all()


def test_units_that_are_shut_take_directions_away() -> None:
    experiment = sim.Experiment(depth=8, width=64, activation="relu", init="orthogonal", gain=math.sqrt(2))
    found, active = sim.jacobian(experiment), []
    for _, matrix, count in jacobians(experiment):
        active.append(count)
        assert np.count_nonzero(np.any(matrix.values[0] != 0, axis=0)) == count
    assert found.rank == (64, *np.minimum.accumulate(active))
    assert np.isinf(found.log10_condition).all()
    for kept, logs, layer in zip(found.resolved, found.singular, found.layers, strict=True):
        assert kept.size <= found.rank[layer] < 64
        assert (logs[found.rank[layer] :] < logs[0] - 13).all()


def test_other_laws_have_the_same_second_moments() -> None:
    experiment = sim.Experiment(
        depth=2, widths="30-50-20", init="normal(std=0.2)", gain=1.5, batch=1, activation="linear"
    )
    expected = 50 * 20 * (1.5 * 0.2) ** 4
    for law in LAWS:
        found = [sim.jacobian(experiment.replace(seed=seed), law) for seed in range(40)]
        squares = [10 ** one.log10_mean_square[-1] for one in found]
        assert abs(np.mean(squares) - expected) <= 5 * np.std(squares) / math.sqrt(40) + 1e-12 * expected
        assert found[0].theory_log10[-1] == pytest.approx(math.log10(expected), abs=1e-12)


@pytest.mark.parametrize("widths", ["30-20-10", "10-20-30", "12-12-12"])
def test_the_spread_counts_every_direction_of_the_input(widths: str) -> None:
    found = sim.jacobian(sim.Experiment(widths=widths, activation="tanh", batch=1))
    squares = np.zeros(found.widths[0])
    squares[: found.singular[-1].size] = 10 ** (2 * found.singular[-1])
    assert 10 ** found.log10_mean_square[-1] == pytest.approx(squares.mean(), rel=1e-12)
    assert found.relative_variance[-1] == pytest.approx(squares.var() / squares.mean() ** 2, rel=1e-10)


def test_what_double_precision_resolves_is_kept_and_nothing_else() -> None:
    found = sim.jacobian(sim.Experiment(depth=30, width=64, activation="linear", init="lecun_normal"))
    below = [kept[-1] - kept[0] for kept in found.resolved]
    assert min(below) < -12
    assert min(below) >= math.log10(np.finfo(float).eps * 64)
    lost = [kept.size < logs.size for kept, logs in zip(found.resolved, found.singular, strict=True)]
    np.testing.assert_array_equal(np.isinf(found.log10_condition), lost)
    assert lost[-1]
    assert not lost[0]


def test_wide_layers_are_narrowed_with_the_same_scale() -> None:
    wide = sim.Experiment(depth=3, width=4096, init="normal(std=0.03)", bias="torch_default", batch=2)
    found = sim.jacobian(wide)
    assert found.narrowed
    assert max(found.widths) == 512
    narrow = wide.replace(width=512, init="lecun_normal", gain=0.03 * math.sqrt(4096), bias="zeros")
    assert found.theory_log10[1] == pytest.approx(sim.jacobian(narrow).theory_log10[1], abs=1e-3)
    # Five standard deviations of a mean over 512 x 512 squares, times three layers.
    assert (
        abs(found.log10_mean_square[-1] - found.theory_log10[-1]) < 3 * 5 * math.log10(math.e) * math.sqrt(2) / 512 * 3
    )


@pytest.mark.parametrize("settings", [{"init": "zeros"}, {"gain": 0}, {"init": "zeros", "bias": "constant(value=1)"}])
def test_without_weights_there_is_nothing(settings: dict) -> None:
    for law in LAWS:
        found = sim.jacobian(sim.Experiment(depth=3, width=8, **settings), law)
        assert np.isneginf(found.log10_mean_square[1:]).all()
        assert np.isnan(found.log10_condition).all()
        assert all(not kept.size for kept in found.resolved)
        assert (found.to_frame().query("statistic == 'mean_square' and layer > 0").value == 0).all()


def test_weights_with_a_mean_have_no_theory() -> None:
    found = sim.jacobian(sim.Experiment(depth=3, width=8, init="constant(value=0.5)"))
    assert np.isnan(found.theory_log10).all()
    assert "theory" not in set(found.to_frame().source)


def test_the_same_example_and_weights_whatever_the_engine_and_the_seeds() -> None:
    one = sim.jacobian(SMALL)
    other = sim.jacobian(SMALL.replace(engine="auto", seeds=4))
    np.testing.assert_array_equal(one.log10_mean_square, other.log10_mean_square)


@pytest.mark.parametrize("name", Initializer.registry)
def test_what_stands_beside_each_scheme(name: str) -> None:
    experiment = sim.Experiment(init=name, depth=2, width=8)
    kinds = {"own": "own", "gaussian": "gaussian", "orthogonal": "orthogonal"}
    kinds["own"] = (
        "orthogonal" if experiment.init_part.orthogonal else "gaussian" if experiment.init_part.gaussian else name
    )
    shown = [kinds[law] for law in laws(experiment)]
    assert {"gaussian", "orthogonal"} <= set(shown)
    assert len(shown) == len(set(shown))
    names = [label(experiment, law) for law in laws(experiment)]
    assert [text.endswith("(own)") for text in names].count(True) == 1


@pytest.mark.parametrize("depth", [1, 2, 3, 10, 30, 500, 2000])
def test_snapshots(depth: int) -> None:
    layers = snapshots(depth)
    assert layers[0] == 1
    assert layers[-1] == depth
    assert len(layers) <= 6
    assert list(layers) == sorted(set(layers))


def test_an_unknown_law_is_refused_and_progress_is_told() -> None:
    with pytest.raises(sim.SettingError, match=r"jacobian\.law"):
        sim.jacobian(SMALL, "othogonal")
    told = []
    sim.jacobian(SMALL, progress=lambda done, total: told.append((done, total)))
    assert told == [(layer, 5) for layer in range(1, 6)]
