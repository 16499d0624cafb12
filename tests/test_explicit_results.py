"""What a network of one's own comes to: the forms its arrays may have, its losses, table, verdict, chart, theory."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import simulator as sim
from simulator import Experiment, Network, SettingError
from simulator.initializers import Initializer
from simulator.statistics import STATISTICS

RNG = np.random.default_rng(5)
WIDTHS = (6, 8, 5, 3)
WEIGHTS = [RNG.standard_normal(pair) for pair in zip(WIDTHS[1:], WIDTHS, strict=False)]
BIASES = [RNG.standard_normal(width) for width in WIDTHS[1:]]
X = RNG.standard_normal((7, 6))


def tensor(array: np.ndarray) -> SimpleNamespace:
    """What of a tensor is used, so that this is tested without PyTorch too."""
    made = SimpleNamespace(ndim=array.ndim, shape=array.shape, numpy=lambda: array)
    for name in ("detach", "to", "double"):
        setattr(made, name, lambda *_: made)
    return made


def saved(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path / "network.npz", **arrays)
    return path / "network.npz"


@pytest.mark.parametrize("form", ["tensors", "state_dict", "kernels", "npz", "npz text"])
def test_every_form_of_the_arrays_is_the_same_network(form: str, tmp_path: Path) -> None:
    pairs = list(zip(WEIGHTS, BIASES, strict=True))
    numbered = {
        f"{name}{at}": array for at, pair in enumerate(pairs, 1) for name, array in zip("Wb", pair, strict=True)
    }
    given = {
        "tensors": ([tensor(w) for w in WEIGHTS], [tensor(b) for b in BIASES]),
        "state_dict": ({f"{2 * at}.{name}": tensor(a) for at, pair in enumerate(pairs)
                        for name, a in zip(("weight", "bias"), pair, strict=True)},),
        "kernels": ({f"dense_{at}/{name}": a for at, pair in enumerate(pairs)
                     for name, a in (("kernel", pair[0].T), ("bias", pair[1]))},),
        "npz": (saved(tmp_path, **numbered),),
        "npz text": (str(saved(tmp_path, **numbered)),),
    }[form]  # fmt: skip
    found = Network(*given, activation="tanh").propagate(X).activations[3]
    np.testing.assert_array_equal(found, Network(WEIGHTS, BIASES, "tanh").propagate(X).activations[3])


def test_the_gradient_at_the_top_is_drawn_or_that_of_a_loss() -> None:
    network = Network(WEIGHTS, BIASES, ["tanh", "relu", "linear"])
    one, again, other = (network.propagate(X, seed=seed).activation_gradients[3] for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert abs(one.mean()) < 4 / np.sqrt(one.size) and abs(one.var() - 1) < 4 * np.sqrt(2 / one.size)
    classes = np.array([0, 1, 2, 0, 1, 2, 2])
    trace = network.propagate(X, loss="softmax_cross_entropy", targets=classes)
    e = np.exp(trace.activations[3])
    expected = (e / e.sum(axis=1, keepdims=True) - np.eye(3)[classes]) / 7
    np.testing.assert_allclose(trace.activation_gradients[3], expected, rtol=1e-13)
    one_hot = network.propagate(X, loss="softmax_cross_entropy", targets=np.eye(3)[classes])
    np.testing.assert_array_equal(one_hot.activation_gradients[0], trace.activation_gradients[0])
    squared = network.propagate(X, loss="mse", targets=np.zeros((7, 3)))
    np.testing.assert_allclose(squared.activation_gradients[3], 2 * squared.activations[3] / 21, rtol=1e-14)


def test_its_table_has_every_statistic_of_its_arrays() -> None:
    trace = sim.propagate(Network(WEIGHTS, BIASES, "relu"), X)
    frame = trace.to_frame("mine").set_index(["quantity", "statistic", "layer"])
    assert set(frame["label"]) == {"mine"} and set(frame["seed"]) == {-1}
    for quantity in ("preactivation", "activation", "preactivation_gradient", "activation_gradient", "weight_gradient"):
        for layer, array in getattr(trace, f"{quantity}s").items():
            for statistic, expected in {"variance": array.var(), "second_moment": np.square(array).mean()}.items():
                assert frame.loc[(quantity, statistic, layer), "value"] == pytest.approx(expected, rel=1e-12)
    dead = (trace.preactivations[2] <= 0).all(axis=0).mean()
    assert frame.loc[("activation", "dead_fraction", 2), "value"] == dead
    assert {statistic for _, statistic, _ in frame.index} == set(STATISTICS)


def drawn(scheme: str, depth: int = 12, width: int = 96, last: float = 1.0) -> Network:
    law = Initializer.parse(scheme)
    weights = [law.sample(np.random.default_rng(seed), width, width) for seed in range(depth)]
    weights[-1] = weights[-1] * last
    return Network(weights, activation="relu")


def test_the_experiment_that_it_is_a_draw_of_foretells_it() -> None:
    inputs = np.random.default_rng(1).standard_normal((64, 96))
    trace = drawn("he_uniform").propagate(inputs)
    near = trace.nearest_experiment()
    assert (near.init, near.activation, near.depth, near.width, near.bias) == ("he_uniform", "relu", 12, 96, "zeros")
    draws = sim.propagate(near.replace(seeds=32)).curves["activation", "second_moment"][1]
    found = trace.curves["activation", "second_moment"][1][0]
    assert np.all(np.abs(found - draws.mean(axis=0))[1:] < 5 * draws.std(axis=0)[1:])
    assert trace.verdict.outcome.name == "HOLDS" and trace.verdict.advice is None
    sources = {trace["name"] for trace in trace.chart()["data"]}
    assert len(sources) > 1, sources


def test_a_head_of_its_own_is_named_and_known_as_such() -> None:
    """A policy network: the last layer's weights are 100 times smaller."""
    inputs = np.random.default_rng(1).standard_normal((64, 96))
    trace = drawn("he_normal", last=0.01).propagate(inputs)
    assert trace.verdict.cause.startswith("Layer 12 (relu) does most of it"), trace.verdict.cause
    near = trace.nearest_experiment()
    assert near.init == "he_normal" and near.weight_variance(12) * 96 == pytest.approx(2e-4, rel=0.1)


def test_weights_of_no_law_are_measured_only() -> None:
    """As after training: a few directions have it all."""
    rng = np.random.default_rng(2)
    weights = [rng.standard_normal((64, 1)) * rng.standard_normal((1, 64)) for _ in range(3)]
    trace = Network(weights).propagate(rng.standard_normal((16, 64)))
    assert trace.theory is None
    assert len(trace.chart()["data"]) == 1


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Network({"0.weight": np.ones((2, 2)), "norm.scale": np.ones(2)}), "'norm.scale' of shape"),
        (lambda: Network({"0.weight": np.ones((2, 2, 3))}), "nor the bias of a layer"),
        (lambda: Network({"0.bias": np.ones(2)}), "has no weight"),
        (lambda: Network({"0.weight": np.ones((2, 2))}, [np.ones(2)]), "leave them out"),
        (lambda: Network("nowhere.npz"), "cannot be read"),
        (lambda: Network(__file__), "not an .npz file"),
        (lambda: Network(WEIGHTS).propagate(X, loss="softmax_cross_entropy"), "targets must be given"),
        (lambda: Network(WEIGHTS).propagate(X, loss="mse", targets=[1, 2]), "or classes"),
        (lambda: Network(WEIGHTS).propagate(X, loss="mse", targets=[9] * 7), "must be classes"),
        (lambda: Network(WEIGHTS).propagate(X, loss="mse", targets=np.ones((7, 2))), "must be an array"),
        (lambda: Network(WEIGHTS).propagate(X, np.ones((7, 3)), loss="mse", targets=np.ones((7, 3))), "or a loss"),
        (lambda: Network(WEIGHTS).propagate(X, np.ones((7, 2))), "needs top_gradient"),
        (lambda: Network(WEIGHTS).propagate(X, loss="hinge", targets=X), "Network.loss"),
        (lambda: Network(WEIGHTS).propagate(X).chart("activation", "nothing"), "has no nothing"),
        (lambda: sim.propagate(Experiment(), X), "go with a Network"),
        (lambda: sim.propagate(None), "propagate.experiment"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_sentence(make, said: str) -> None:
    with pytest.raises(SettingError, match=said) as caught:
        make()
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")
